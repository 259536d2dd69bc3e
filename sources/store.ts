import type { Dirent, Stats } from 'node:fs'
import { readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { makeFolder } from '../operators/lock/makeFolder.js'
import { writeError, writeWhole } from './atomicFile.js'
import { objectStore } from './objects/objectStore.js'
import { isAbsence, openFile, readNow, stampNow, unreadable } from './openFile.js'
import { isRemote } from './place.js'
import type { Entry, Found, Store } from './storage.js'

export type { Entry, Found, Store, Unfinished } from './storage.js'

/**
 * A folder of this machine; without a name that which the process is in, and names of anywhere.
 *
 * @param unfinished folder in it for files that are not finished. Default: they are beside the others
 */
export function localStore(root = '', unfinished?: string): Store {
  const place = (name: string) => (root === '' ? name || '.' : join(root, name))
  const folderOf = (name: string) => (unfinished === undefined ? dirname(place(name)) : place(unfinished))
  return {
    place,
    unfinished: (name) => ({ path: place(name), folder: folderOf(name) }),
    async list(folder) {
      try {
        const entries = await readdir(place(folder), { withFileTypes: true })
        return entries
          .map((entry): Entry => ({
            name: entry.name,
            kind: entry.isSymbolicLink() ? 'link' : kindOf(entry),
          }))
          .sort((a, b) => (a.name < b.name ? -1 : 1))
      } catch (cause) {
        if (isAbsence(cause)) return undefined
        throw unreadable(place(folder), cause)
      }
    },
    async stat(name) {
      const found = await stat(place(name)).catch(() => undefined)
      return found && { kind: kindOf(found), size: found.size, modified: found.mtimeMs }
    },
    stamp: (name) => soon(() => stampNow(place(name))),
    real: (name) => realpath(place(name)).catch(() => undefined),
    open: (name) => openFile(place(name)),
    text: (name, check) => soon(() => readNow(place(name), check)),
    put: (name, bytes, options) => writeWhole(place(name), bytes, { ...options, folder: folderOf(name) }),
    give: (file, name) => soon(() => file.nameIfAbsent(place(name))),
    async move(name, to) {
      try {
        makeFolder(dirname(place(to)))
        await rename(place(name), place(to))
      } catch (cause) {
        throw writeError(place(to), cause)
      }
    },
    async remove(name) {
      try {
        await rm(place(name))
        return true
      } catch (cause) {
        if (isAbsence(cause) || (await stat(place(name)).catch(() => undefined))?.isDirectory()) return false
        throw new BlindspotError('io', `${place(name)} cannot be removed: ${(cause as Error).message}`, {
          cause,
        })
      }
    },
  }
}

/** The store of a place: a folder, or what is below a prefix of an object store. */
export const storeOf = (place: string): Store => (isRemote(place) ? objectStore(place) : localStore(place))

const onDisk = localStore()
const inBuckets = objectStore()
const of = (place: string) => (isRemote(place) ? inBuckets : onDisk)

/** Files by their paths, and objects by their URLs, as `s3://bucket/name`. */
export const disk: Store = {
  place: (name) => of(name).place(name),
  list: (folder, deep) => of(folder).list(folder, deep),
  stat: (name) => of(name).stat(name),
  stamp: (name) => of(name).stamp(name),
  real: (name) => of(name).real(name),
  open: (name) => of(name).open(name),
  text: (name, check) => of(name).text(name, check),
  put: (name, bytes, options) => of(name).put(name, bytes, options),
  unfinished: (name) => of(name).unfinished(name),
  give: (file, name) => of(name).give(file, name),
  move: (name, to) => of(name).move(name, to),
  remove: (name) => of(name).remove(name),
}

/** What is done at once, as a promise. */
const soon = <T>(work: () => T) => new Promise<T>((resolve) => resolve(work()))

const kindOf = (found: Stats | Dirent): Found['kind'] =>
  found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'

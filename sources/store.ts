import type { Dirent, Stats } from 'node:fs'
import { readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { makeFolder } from '../operators/lock/makeFolder.js'
import { writeError, writeWhole } from './atomicFile.js'
import { openFile, unreadable, type OpenFile } from './openFile.js'

/** What is at a name, links followed. */
export interface Found {
  readonly kind: 'file' | 'folder' | 'other'
  /** Size in bytes. */
  readonly size: number
  /** When it was last changed, in milliseconds since 1970. */
  readonly modified: number
}

/** What a folder has directly in it. */
export interface Entry {
  /** Name in the folder. */
  readonly name: string
  /** What the entry is. A link is one wherever it leads: `stat` follows it. */
  readonly kind: Found['kind'] | 'link'
}

/**
 * Where bytes are: the few calls by which they are listed, read by range, put and removed.
 *
 * Names have `/` between their parts and are relative to the store's root. A file is complete or absent. What the disk
 * refuses is an `io` error that names the file.
 */
export interface Store {
  /** The place of a name, as libraries take it that read for themselves, and as messages say it. */
  place(name: string): string
  /** What is directly in a folder, in the order of the names; undefined where there is no such folder. */
  list(folder: string): Promise<readonly Entry[] | undefined>
  /** What is at a name; undefined where there is nothing that can be looked at. */
  stat(name: string): Promise<Found | undefined>
  /** The place that a name leads to through links, the same for all names of a file; undefined where that is nothing. */
  real(name: string): Promise<string | undefined>
  open(name: string): Promise<OpenFile>
  /** Gives a file its bytes at once; with `ifAbsent` only where there is none, and says whether it did. */
  put(name: string, bytes: Uint8Array | string, options?: { readonly ifAbsent?: boolean }): Promise<boolean>
  /** Gives a file another name. */
  move(name: string, to: string): Promise<void>
  /** Removes a file; says whether there was one. */
  remove(name: string): Promise<boolean>
}

/** A folder of this machine; without a name that which the process is in, and names of anywhere. */
export function localStore(root = ''): Store {
  const place = (name: string) => (root === '' ? name || '.' : join(root, name))
  return {
    place,
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
    real: (name) => realpath(place(name)).catch(() => undefined),
    open: (name) => openFile(place(name)),
    put: (name, bytes, options) => writeWhole(place(name), bytes, options),
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

/** The files of this machine by their paths. */
export const disk: Store = localStore()

const kindOf = (found: Stats | Dirent): Found['kind'] =>
  found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'

const isAbsence = (cause: unknown) =>
  ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')

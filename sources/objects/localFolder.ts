import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { notHere } from '../openFile.js'
import { above, isRemote, lastOf, within } from '../place.js'
import { disk } from '../store.js'
import { bytesOfObject, copyPath, tidyCopies, used, writeCopy } from './copies.js'

/**
 * A folder of files on this machine, such as a model's, or one of its files: itself, of an object store a copy with what is
 * directly in the folder.
 *
 * @throws BlindspotError `bad-option` where there is nothing
 */
export async function localFolder(place: string): Promise<string> {
  if (!isRemote(place)) return place
  if ((await disk.stat(place))?.kind === 'file') return join(await localFolder(above(place)), lastOf(place))
  const entries = ((await disk.list(place)) ?? []).filter(({ kind }) => kind === 'file')
  if (entries.length === 0) throw notHere(place, 'there are no files')
  const stamps = await Promise.all(entries.map(({ name }) => disk.stamp(within(place, name))))
  const key = createHash('sha256')
    .update(JSON.stringify([place, entries.map(({ name }) => name), stamps]))
    .digest('hex')
  // the last part of the name is what a model is called by
  const folder = copyPath(key, lastOf(place))
  tidyCopies()
  makeFolder(folder)
  for (const { name } of entries) {
    const copy = join(folder, name)
    if (!existsSync(copy)) await writeCopy(copy, bytesOfObject(within(place, name)))
  }
  used(key)
  return folder
}

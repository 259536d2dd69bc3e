import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { isRemote, lastOf, within } from '../place.js'
import { disk } from '../store.js'

/**
 * Runs what writes files to a folder; where that is of an object store they are written on this machine and sent then, those
 * that are named last after the others.
 *
 * @param write is given a folder of this machine
 */
export async function writingTo<T>(
  place: string,
  write: (folder: string) => Promise<T>,
  last: readonly string[] = [],
): Promise<T> {
  if (!isRemote(place)) return write(place)
  const parent = await mkdtemp(join(tmpdir(), 'blindspot-'))
  const folder = join(parent, lastOf(place))
  makeFolder(folder)
  try {
    const result = await write(folder)
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort((a, b) => last.indexOf(basename(a)) - last.indexOf(basename(b)))
    for (const name of files) await disk.put(within(place, name), await readFile(join(folder, name)))
    return result
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

/** The same where the files are told, which are named at their place then. */
export const writingFiles = (
  place: string,
  write: (folder: string) => Promise<readonly string[]>,
): Promise<readonly string[]> =>
  writingTo(place, async (folder) =>
    (await write(folder)).map((path) => within(place, path.slice(folder.length + 1))),
  )

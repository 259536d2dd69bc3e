import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { missingFolders, removeEmpty } from '../../operators/lock/makeFolder.js'
import { writingTo } from './writingTo.js'
import { isRemote } from '../place.js'
import { disk } from '../store.js'

/**
 * Runs what writes files to a folder that is new or empty, so that all of it is of this call; where that fails nothing of it is left.
 *
 * @param last names of files that come last
 * @throws BlindspotError `bad-option` where something is there already; what the writing throws
 */
export async function writingToNew<T>(
  place: string,
  write: (folder: string) => Promise<T>,
  last: readonly string[],
): Promise<T> {
  const found = await disk.stat(place)
  if (found !== undefined && found.kind !== 'folder')
    throw new BlindspotError('bad-option', `--out ${place}: expected a folder, got a file; choose another`)
  const there = (await disk.list(place)) ?? []
  // the first file of a call is one that comes last, under a temporary name until then
  const isLeft = there.some(({ name }) => last.some((one) => name.startsWith(`.${one}.`)))
  if (isLeft)
    throw new BlindspotError(
      'bad-option',
      `--out ${place}: a call that was killed has left a part of its files there; remove the folder, and the same call makes all of them`,
    )
  if (there.length > 0)
    throw new BlindspotError(
      'bad-option',
      `--out ${place}: expected a new or an empty folder, it has ${there[0].name}${there.length > 1 ? ` and ${there.length - 1} more` : ''}; choose another, or remove what is in it`,
    )
  if (isRemote(place)) return writingTo(place, write, last)
  const missing = missingFolders(place)
  try {
    return await write(place)
  } catch (error) {
    await emptied(place).catch(() => undefined)
    removeEmpty(missing)
    throw error
  }
}

async function emptied(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
}

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { missingFolders, removeEmpty } from '../../operators/lock/makeFolder.js'
import { isRemote } from '../place.js'
import { disk } from '../store.js'
import { isMark, writingAlone } from './writingAlone.js'
import { writingTo } from './writingTo.js'

/**
 * Runs what writes files to a folder that is new or empty, alone, so that all of it is of this call; where that fails nothing of it
 * is left.
 *
 * @param last names of files that come last
 * @throws BlindspotError `bad-option` where something is there already, `busy` where another call is at it; what the writing throws
 */
export async function writingToNew<T>(
  place: string,
  write: (folder: string) => Promise<T>,
  last: readonly string[],
): Promise<T> {
  const found = await disk.stat(place)
  if (found !== undefined && found.kind !== 'folder')
    throw new BlindspotError('bad-option', `--out ${place}: expected a folder, got a file; choose another`)
  // before it is marked: what is somebody else's is not touched; of one with a mark it is told first who is at it
  const { isMarked } = await namesIn(place)
  if (!isMarked) await requireEmpty(place, last)
  const missing = isRemote(place) ? [] : missingFolders(place)
  try {
    return await writingAlone(place, async () => {
      await requireEmpty(place, last)
      if (isRemote(place)) return writingTo(place, write, last)
      try {
        return await write(place)
      } catch (error) {
        await emptied(place).catch(() => undefined)
        throw error
      }
    })
  } catch (error) {
    removeEmpty(missing)
    throw error
  }
}

async function namesIn(
  place: string,
): Promise<{ readonly names: readonly string[]; readonly isMarked: boolean }> {
  const all = ((await disk.list(place)) ?? []).map(({ name }) => name)
  const names = all.filter((name) => !isMark(name))
  return { names, isMarked: names.length < all.length }
}

async function requireEmpty(place: string, last: readonly string[]): Promise<void> {
  const { names } = await namesIn(place)
  // the first file of a call is one that comes last, under a temporary name until then
  const isLeft = names.some((name) => last.some((one) => name.startsWith(`.${one}.`)))
  if (isLeft)
    throw new BlindspotError(
      'bad-option',
      `--out ${place}: a call that was killed has left a part of its files there; remove the folder, and the same call makes all of them`,
    )
  if (names.length > 0)
    throw new BlindspotError(
      'bad-option',
      `--out ${place}: expected a new or an empty folder, it has ${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ''}; choose another, or remove what is in it`,
    )
}

async function emptied(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (!isMark(name)) await rm(join(folder, name), { recursive: true, force: true })
}

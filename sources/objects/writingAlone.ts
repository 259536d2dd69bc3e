import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, takeLock } from '../../operators/lock/fileLock.js'
import { isRemote, within } from '../place.js'
import { disk } from '../store.js'
import { writeError } from '../atomicFile.js'

/** What is in a folder that a call writes to, until it has ended. */
const MARK = '.blindspot-writing'

/** Whether a file of a folder only says that a call writes there. */
export const isMark = (name: string): boolean => name.startsWith(MARK) || name.startsWith(`.${MARK}.`)

/**
 * Runs what writes to a folder while no other call does, of this process or another. One that was killed is no hindrance in a folder
 * of this machine; in an object store, where nobody sees whether it lives, it is.
 *
 * @throws BlindspotError `busy`; what the writing throws
 */
export async function writingAlone<T>(place: string, write: () => Promise<T>): Promise<T> {
  const release = await (isRemote(place) ? markObject(place) : lockFolder(place))
  try {
    return await write()
  } finally {
    await release()
  }
}

async function lockFolder(place: string): Promise<() => void | Promise<void>> {
  const path = join(place, `${MARK}.lock`)
  const lock = await takeLock(path).catch((error: unknown) => {
    throw writeError(path, error)
  })
  if (lock.kind === 'held') return () => lock.release()
  throw new BlindspotError(
    'busy',
    `--out ${place}: ${describeBusy(lock)}, is writing to it; choose another folder, or wait until that has ended`,
  )
}

async function markObject(place: string): Promise<() => Promise<unknown>> {
  const mark = within(place, MARK)
  if (await disk.put(mark, randomBytes(12).toString('hex'), { ifAbsent: true }))
    return () => disk.remove(mark)
  throw new BlindspotError(
    'busy',
    `--out ${place}: another call is writing to it, or was killed and has left a part of its files there; choose another folder, or, where none is at it, remove what is there`,
  )
}

import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, takeLock } from '../../operators/lock/fileLock.js'
import { writeError } from '../../sources/atomicFile.js'
import { temporaryFolder } from './manifest.js'

/**
 * Runs the work of a step while no other process does the same step of a data set: two would write the same files.
 * A lock whose owner is gone is taken over, at once where the owner was a process of this machine.
 *
 * @throws BlindspotError `io` where another process is at it
 */
export async function whileLocked<T>(folder: string, step: string, work: () => Promise<T>): Promise<T> {
  const path = join(temporaryFolder(folder), `${step}.lock`)
  const lock = await takeLock(path).catch((error: unknown) => {
    throw writeError(path, error)
  })
  if (lock.kind === 'busy')
    throw new BlindspotError(
      'io',
      `${folder}: ${describeBusy(lock)}, is at the same work; wait for it, choose another folder, ` +
        `or, where it runs no longer, delete ${path}`,
    )
  try {
    return await work()
  } finally {
    lock.release()
  }
}

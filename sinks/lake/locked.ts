import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy } from '../../operators/lock/fileLock.js'
import { LONGEST_WAIT, waitForLock } from '../../operators/lock/waitForLock.js'
import { writeError } from '../../sources/atomicFile.js'
import { TEMPORARY, type Home } from './home.js'

/** Name of the lock of those who write what is committed. */
export const MANIFEST_LOCK = 'manifest'

/**
 * Runs something while no other process or worker of this machine does, for one data set; one whose owner is gone is no
 * hindrance.
 *
 * It spares those who commit at once the second try, and keeps what is tidied from those who write. What is committed does
 * not depend on it: another host can take it from a process that was stopped for long, and in an object store there is none.
 */
export async function locked<T>({ root, isRemote }: Home, action: () => T | Promise<T>): Promise<T> {
  if (isRemote) return action()
  const path = join(root, TEMPORARY, `${MANIFEST_LOCK}.lock`)
  const lock = await waitForLock(path).catch((error: unknown) => {
    throw writeError(path, error)
  })
  if (lock.kind === 'busy')
    throw new BlindspotError(
      'io',
      `${root}: ${describeBusy(lock)}, has been writing the manifest for more than ${LONGEST_WAIT / 1000} s; ` +
        `see whether it was stopped, or, where it runs no longer, delete ${path}`,
    )
  try {
    return await action()
  } finally {
    await lock.release()
  }
}

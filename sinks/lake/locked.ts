import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, takeLock } from '../../operators/lock/fileLock.js'
import { writeError } from '../../sources/atomicFile.js'

/** Unfinished files and locks lie beside the tables: polars refuses a table's folder that has them in it. */
export const temporaryFolder = (folder: string) => join(folder, '.tmp')

/** The lock of those who write what is committed. */
export const manifestLock = (folder: string) => join(temporaryFolder(folder), 'manifest.lock')

/** Milliseconds for which others are waited for: what they do takes less than one second. */
const LONGEST_WAIT = 60_000

/**
 * Runs something while no other process or worker does, for one data set; one whose owner is gone is no hindrance.
 *
 * It spares those who commit at once the second try, and keeps what is tidied from those who write. What is committed does
 * not depend on it: another host can take it from a process that was stopped for long.
 */
export async function locked<T>(folder: string, action: () => T | Promise<T>): Promise<T> {
  const path = manifestLock(folder)
  const began = performance.now()
  for (let tries = 1; ; tries++) {
    const lock = await takeLock(path).catch((error: unknown) => {
      throw writeError(path, error)
    })
    if (lock.kind === 'held') {
      try {
        return await action()
      } finally {
        lock.release()
      }
    }
    if (performance.now() - began > LONGEST_WAIT)
      throw new BlindspotError(
        'io',
        `${folder}: ${describeBusy(lock)}, has been writing the manifest for more than ${LONGEST_WAIT / 1000} s; ` +
          `see whether it was stopped, or, where it runs no longer, delete ${path}`,
      )
    // a commit is a few milliseconds, tidying up to a second
    await sleep(1 + Math.random() * Math.min(3 * tries, 25))
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { takeLock, type Busy, type Held } from './fileLock.js'

/** Milliseconds for which others are waited for: what they do takes less than one second. */
export const LONGEST_WAIT = 60_000

/** Takes a lock that others have for moments, one after the other; tells who has had it for longer than that. */
export async function waitForLock(path: string): Promise<Held | Busy> {
  const began = performance.now()
  for (let tries = 1; ; tries++) {
    const lock = await takeLock(path)
    if (lock.kind === 'held' || performance.now() - began > LONGEST_WAIT) return lock
    // a commit is a few milliseconds, tidying up to a second
    await sleep(1 + Math.random() * Math.min(3 * tries, 25))
  }
}

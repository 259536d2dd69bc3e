import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, type Fence, type Held } from '../../operators/lock/fileLock.js'
import type { Watch } from '../../operators/lock/watch.js'
import { commit } from './commit.js'
import { committedIn, type Committed } from './committed.js'
import type { Home } from './home.js'
import { MANIFEST_LOCK } from './locked.js'
import { MOST_OWNERS } from './manifestSchema.js'

/**
 * Runs the work of a step while no other process does the same step of a data set: two would write the same files.
 *
 * Each owner has a number. A lock whose owner is gone is taken over, at once where the owner was a process of this machine:
 * first it is committed that the owners up to that number are out, so that one that was only stopped commits nothing more
 * when it goes on, whatever has become of its lock.
 *
 * @throws BlindspotError `busy` where another process is at it
 */
export async function whileLocked<T>(home: Home, step: string, work: () => Promise<T>): Promise<T> {
  const lock = await home.locks.take(step, fenceOf(home, step))
  if (lock.kind === 'busy')
    throw new BlindspotError(
      'busy',
      `${home.root}: ${describeBusy(lock)}, is at the same work; wait for it, choose another folder, ` +
        `or, where it runs no longer, delete ${home.locks.place(step)}`,
    )
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/** Takes the lock of a step off that a process has left which is gone. */
export const putOut = (home: Home, step: string): Promise<void> =>
  home.locks.putOut(step, fenceOf(home, step))

const fenceOf = (home: Home, step: string): Fence => ({
  out: async () => (await committedIn(home)).fence(step),
  put: async (number) => {
    await commit(home, (committed) =>
      committed.fence(step) < number && number < MOST_OWNERS ? { fence: { step, number } } : undefined,
    )
  },
})

/** Who is at a step, in words; undefined where nobody is. */
export async function ownerOf(home: Home, step: string, watched?: Watch): Promise<string | undefined> {
  const holder = await home.locks.holder(step, watched)
  return holder && describeBusy(holder)
}

/** The right to commit files of a step. */
export interface Claim {
  readonly step: string
  readonly number: number
}

/** What this thread has of a step now: without its lock nothing. */
export function claimOf(home: Home, step: string): Claim | undefined {
  const lock = home.locks.own(step)
  return lock && { step, number: lock.number }
}

/**
 * Makes sure that nobody has taken over what this thread is at in a data set, nor the step of a claim from before.
 *
 * @throws BlindspotError `busy` where another process does the work by now
 */
export function requireOwners(
  { root, locks: all }: Home,
  committed: Committed,
  claim: Claim | undefined,
): void {
  const locks = all.allOwn().filter(({ name }) => name !== MANIFEST_LOCK)
  for (const lock of locks) requireHeld(lock)
  const steps = locks.map(({ name, number }) => ({ step: name, number }))
  for (const { step, number } of claim ? [...steps, claim] : steps)
    if (number <= committed.fence(step))
      throw new BlindspotError(
        'busy',
        `${root}: another process took the work of step ${step} over from this one (number ${number}; those up to ` +
          `${committed.fence(step)} are out), which had not answered for long; nothing more is written; run again when no other is at it`,
      )
}

function requireHeld(lock: Held): void {
  if (lock.stillHeld()) return
  // somebody else is at the same work, or has done it
  throw new BlindspotError(
    'busy',
    `${lock.path} is no longer this process': it was deleted, or this process was stopped for so long that another took ` +
      'the work over; nothing more is written; run again when no other is at it',
  )
}

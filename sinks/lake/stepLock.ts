import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, heldAt, heldIn, holderOf, takeLock, type Held } from '../../operators/lock/fileLock.js'
import type { Watch } from '../../operators/lock/watch.js'
import { writeError } from '../../sources/atomicFile.js'
import { commit } from './commit.js'
import { committedIn, type Committed } from './committed.js'
import { manifestLock, temporaryFolder } from './locked.js'
import { MOST_OWNERS } from './manifestSchema.js'

const lockOf = (folder: string, step: string) => join(temporaryFolder(folder), `${step}.lock`)

/**
 * Runs the work of a step while no other process does the same step of a data set: two would write the same files.
 *
 * Each owner has a number. A lock whose owner is gone is taken over, at once where the owner was a process of this machine:
 * first it is committed that the owners up to that number are out, so that one that was only stopped commits nothing more
 * when it goes on, whatever has become of its lock.
 *
 * @throws BlindspotError `busy` where another process is at it
 */
export async function whileLocked<T>(folder: string, step: string, work: () => Promise<T>): Promise<T> {
  const path = lockOf(folder, step)
  const fence = {
    out: () => committedIn(folder).fence(step),
    put: (number: number) =>
      void commit(folder, (committed) =>
        committed.fence(step) < number && number < MOST_OWNERS ? { fence: { step, number } } : undefined,
      ),
  }
  const lock = await takeLock(path, { fence }).catch((error: unknown) => {
    throw writeError(path, error)
  })
  if (lock.kind === 'busy')
    throw new BlindspotError(
      'busy',
      `${folder}: ${describeBusy(lock)}, is at the same work; wait for it, choose another folder, ` +
        `or, where it runs no longer, delete ${path}`,
    )
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/** Who is at a step, in words; undefined where nobody is. */
export function ownerOf(folder: string, step: string, watched?: Watch): string | undefined {
  const holder = holderOf(lockOf(folder, step), watched)
  return holder && describeBusy(holder)
}

/** The right to commit files of a step. */
export interface Claim {
  readonly step: string
  readonly number: number
}

/** What this thread has of a step now: without its lock nothing. */
export function claimOf(folder: string, step: string): Claim | undefined {
  const lock = heldAt(lockOf(folder, step))
  return lock && { step, number: lock.number }
}

/**
 * Makes sure that nobody has taken over what this thread is at in a data set, nor the step of a claim from before.
 *
 * @throws BlindspotError `busy` where another process does the work by now
 */
export function requireOwners(folder: string, committed: Committed, claim: Claim | undefined): void {
  const locks = heldIn(temporaryFolder(folder)).filter(({ path }) => path !== manifestLock(folder))
  for (const lock of locks) requireHeld(lock)
  const steps = locks.map(({ path, number }) => ({ step: stepOf(folder, path), number }))
  for (const { step, number } of claim ? [...steps, claim] : steps)
    if (number <= committed.fence(step))
      throw new BlindspotError(
        'busy',
        `${folder}: another process took the work of step ${step} over from this one (number ${number}; those up to ` +
          `${committed.fence(step)} are out), which had not answered for long; nothing more is written; run again when no other is at it`,
      )
}

const stepOf = (folder: string, path: string) =>
  path.slice(temporaryFolder(folder).length + 1, -'.lock'.length)

function requireHeld(lock: Held): void {
  if (lock.stillHeld()) return
  // somebody else is at the same work, or has done it
  throw new BlindspotError(
    'busy',
    `${lock.path} is no longer this process': it was deleted, or this process was stopped for so long that another took ` +
      'the work over; nothing more is written; run again when no other is at it',
  )
}

import type { Busy, Fence, Held } from '../../operators/lock/fileLock.js'
import type { Watch } from '../../operators/lock/watch.js'

/** A lock that this thread has. */
export interface OwnLock extends Held {
  /** What is locked. */
  readonly name: string
}

/** The locks of a data set. */
export interface Locks {
  /**
   * Takes a lock, or tells who has it. Where it was a process that is gone, that is put out first, by the fence.
   *
   * @throws BlindspotError `io`
   */
  take(name: string, fence: Fence): Promise<OwnLock | Busy>
  /** Takes a lock off whose owner is gone; of one who lives it is left alone. */
  putOut(name: string, fence: Fence): Promise<void>
  /** Who has a lock, or may have; undefined where nobody has. */
  holder(name: string, watched?: Watch): Promise<Busy | undefined>
  /** The lock that this thread has. */
  own(name: string): OwnLock | undefined
  /** All that this thread has. */
  allOwn(): readonly OwnLock[]
  /** Where a lock is. */
  place(name: string): string
  /** Names of all that somebody has, or had and left. */
  names(): Promise<readonly string[]>
}

import { basename, join } from 'node:path'
import {
  heldAt,
  heldIn,
  holderOf,
  takeLock,
  type Busy,
  type Fence,
  type Held,
} from '../../operators/lock/fileLock.js'
import type { Watch } from '../../operators/lock/watch.js'
import { writeError } from '../../sources/atomicFile.js'
import { namesNow } from '../../sources/openFile.js'
import type { Locks, OwnLock } from './locks.js'

const ENDING = '.lock'

/** The locks of a data set in a folder: files that name their owners. */
export class FolderLocks implements Locks {
  readonly #folder: string

  constructor(root: string, folder: string) {
    this.#folder = join(root, folder)
  }

  async take(name: string, fence: Fence): Promise<OwnLock | Busy> {
    const path = this.place(name)
    const lock = await takeLock(path, { fence }).catch((error: unknown) => {
      throw writeError(path, error)
    })
    return lock.kind === 'held' ? named(lock) : lock
  }

  async putOut(name: string, fence: Fence): Promise<void> {
    const lock = await this.take(name, fence)
    if (lock.kind === 'held') await lock.release()
  }

  holder(name: string, watched?: Watch): Promise<Busy | undefined> {
    return Promise.resolve(holderOf(this.place(name), watched))
  }

  own(name: string): OwnLock | undefined {
    const lock = heldAt(this.place(name))
    return lock && named(lock)
  }

  allOwn(): readonly OwnLock[] {
    return heldIn(this.#folder).map(named)
  }

  names(): Promise<readonly string[]> {
    const files = namesNow(this.#folder).filter((file) => !file.startsWith('.') && file.endsWith(ENDING))
    return Promise.resolve(files.map((file) => file.slice(0, -ENDING.length)))
  }

  place(name: string): string {
    return join(this.#folder, name + ENDING)
  }
}

const named = (lock: Held): OwnLock => ({ ...lock, name: basename(lock.path, ENDING) })

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Busy, Fence } from '../../operators/lock/fileLock.js'
import {
  asOwner,
  fateOf,
  isThisProcess,
  thisProcess,
  type Fate,
  type Owner,
} from '../../operators/lock/owner.js'
import { Watch } from '../../operators/lock/watch.js'
import type { Store } from '../../sources/store.js'
import type { Locks, OwnLock } from './locks.js'
import { beatObject, stopBeatOf } from './objectHeart.js'

/** Milliseconds for which a lock may be as it is before its owner is taken for gone: ten beats, and answers that come late. */
const PATIENCE = 30_000
/** Milliseconds between two looks at a lock. */
const PAUSE = 1000
/** Bytes over which an object is no lock. */
const LONGEST = 4096

/**
 * The locks of a data set in an object store. The one condition of it is that a name is given if nothing has it: the owner of
 * number n of a lock is whoever has put `NAME/n.lock`. Owners up to the number that the fence has are out, whatever is left
 * of theirs, so that none has to be taken off before the next can begin.
 */
export class ObjectLocks implements Locks {
  readonly #own = new Map<string, OwnLock>()

  constructor(
    readonly store: Store,
    readonly folder: string,
  ) {}

  async take(name: string, fence: Fence): Promise<OwnLock | Busy> {
    const watched = new Watch()
    const token = randomBytes(12).toString('hex')
    for (;;) {
      const number = (await fence.out()) + 1
      const object = this.#object(name, number)
      const text = JSON.stringify({ ...thisProcess(), token, number })
      if (await this.store.put(object, text, { ifAbsent: true })) {
        const lock = this.#hold(name, { object, text, number })
        if ((await fence.out()) < number) return lock
        await lock.release()
        continue
      }
      const found = await this.#look(object, name)
      if (found === undefined) continue
      const fate = found.fate === 'unknown' ? watched.fate(found) : found.fate
      if (fate === 'alive') return { kind: 'busy', owner: found.owner }
      if (fate === 'gone') {
        await fence.put(number)
        await this.store.remove(object)
      } else await sleep(PAUSE)
    }
  }

  async putOut(name: string, fence: Fence): Promise<void> {
    for (;;) {
      const number = await this.#last(name)
      if (number === undefined) return
      const object = this.#object(name, number)
      const found = await this.#look(object, name)
      if (found !== undefined && number > (await fence.out()) && found.fate !== 'gone') return
      // it is not taken for that: who wants it would have to wait
      await fence.put(number)
      await this.store.remove(object)
    }
  }

  async holder(name: string, watched = new Watch()): Promise<Busy | undefined> {
    const number = await this.#last(name)
    const found = number === undefined ? undefined : await this.#look(this.#object(name, number), name)
    if (!found) return undefined
    const fate = found.fate === 'unknown' ? watched.fate(found) : found.fate
    return fate === 'gone' ? undefined : { kind: 'busy', owner: found.owner }
  }

  own(name: string): OwnLock | undefined {
    return this.#own.get(name)
  }

  allOwn(): readonly OwnLock[] {
    return [...this.#own.values()]
  }

  place(name: string): string {
    return this.store.place(`${this.folder}/${name}`)
  }

  async names(): Promise<readonly string[]> {
    const entries = (await this.store.list(this.folder)) ?? []
    return entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name)
  }

  #object(name: string, number: number): string {
    return `${this.folder}/${name}/${number}.lock`
  }

  /** The largest number that a lock has. */
  async #last(name: string): Promise<number | undefined> {
    const entries = (await this.store.list(`${this.folder}/${name}`)) ?? []
    const numbers = entries.flatMap(({ name: file }) => /^(\d+)\.lock$/.exec(file)?.[1] ?? []).map(Number)
    return numbers.length === 0 ? undefined : Math.max(...numbers)
  }

  #hold(name: string, { object, text, number }: { object: string; text: string; number: number }): OwnLock {
    const place = this.store.place(object)
    const lock: OwnLock = {
      ...{ kind: 'held', name, path: place, number },
      // what the commits say of its number decides
      stillHeld: () => this.#own.get(name) === lock,
      release: async () => {
        this.#own.delete(name)
        await stopBeatOf(place)
        await this.store.remove(object)
      },
    }
    this.#own.set(name, lock)
    beatObject(place, text)
    return lock
  }

  async #look(object: string, name: string) {
    const text = await this.store.text(object, () => undefined)
    if (text === undefined) return undefined
    const value = text.length > LONGEST ? undefined : parsed(text)
    const owner = asOwner(value)
    const fate = owner ? this.#judge(owner, name) : 'unknown'
    return { key: text, token: undefined, number: 0, owner, fate, patience: PATIENCE }
  }

  /** Another thread of this process may have it, or may have ended with it. */
  #judge(owner: Owner, name: string): Fate {
    if (!isThisProcess(owner)) return fateOf(owner)
    return this.#own.has(name) ? 'alive' : 'unknown'
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

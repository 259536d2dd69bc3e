import { randomInt } from 'node:crypto'
import { warn } from '../../operators/errors.js'
import type { AtomicFile } from '../../sources/atomicFile.js'
import { committedIn, type Committed } from './committed.js'
import type { Home } from './home.js'
import type { Entry } from './manifestSchema.js'
import { fileOf, type Named } from './names.js'

/** Numbers that tell files of one name apart where none can be given only if it is free. */
const [LEAST, MOST] = [100_000_000, 1_000_000_000]

/**
 * Gives a finished file a name of a data set that nothing has: whoever comes late takes no name from another, and what is
 * committed stays as it is until the commit that replaces it is there.
 */
export class Publication {
  #file: string | undefined
  /** Names that were taken: by the file that this one replaces, or by what was never committed. */
  readonly #taken: string[] = []
  /** What is no longer listed with this file. */
  #instead: readonly string[] = []

  constructor(
    readonly home: Home,
    readonly named: Named,
    readonly finished: AtomicFile,
  ) {}

  /**
   * Gives the file its name, another one where somebody took it off the list in the meantime, and had it not there.
   *
   * @param since what was committed since it got its name
   * @returns the name, and those that are no longer listed with it
   */
  async publish(
    committed: Committed,
    since: readonly Entry[],
  ): Promise<{ readonly file: string; readonly instead: readonly string[] }> {
    if (this.#file !== undefined && since.some(({ remove }) => remove.includes(this.#file ?? ''))) {
      this.#taken.push(this.#file)
      this.#file = undefined
    }
    const file = (this.#file ??= await this.#name())
    const listed = committed.as(file)?.file ?? file
    this.#instead = [...new Set([...this.#taken, listed])].filter((name) => name !== file)
    return { file, instead: this.#instead }
  }

  /** Removes what this file has replaced, once it is committed; what stays is put aside when the data set is opened. */
  async removeReplaced(): Promise<void> {
    try {
      for (const name of this.#instead) await this.home.store.remove(name)
    } catch (error) {
      warn((error as Error).message)
    }
  }

  /** Takes the name away from the file again, unless it is committed; another's that has it by now is left alone. */
  async withdraw(): Promise<void> {
    if (this.#file === undefined) return
    const { store, isRemote } = this.home
    try {
      const isOwn = isRemote || this.finished.has(store.place(this.#file))
      if (!(await committedIn(this.home)).has(this.#file) && isOwn) await store.remove(this.#file)
    } catch {
      // it is put aside when the data set is opened
    }
  }

  /** The first name that is free; of an object store, which cannot give a large object a name only if it is, one that is drawn. */
  async #name(): Promise<string> {
    const { store, isRemote } = this.home
    for (let which = 1; ; which++) {
      const name = fileOf(this.named, isRemote ? randomInt(LEAST, MOST) : which)
      if (this.#taken.includes(name)) continue
      if (await store.give(this.finished, name)) return name
      this.#taken.push(name)
    }
  }
}

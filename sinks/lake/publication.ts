import { join } from 'node:path'
import { warn } from '../../operators/errors.js'
import type { AtomicFile } from '../../sources/atomicFile.js'
import { removeNow } from '../../sources/writeNow.js'
import { committedIn, type Committed } from './committed.js'
import type { Entry } from './manifestSchema.js'
import { fileOf, type Named } from './names.js'

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
    readonly folder: string,
    readonly named: Named,
    readonly finished: AtomicFile,
  ) {}

  /**
   * Gives the file its name, another one where somebody took it off the list in the meantime, and had it not there.
   *
   * @param since what was committed since it got its name
   * @returns the name, and those that are no longer listed with it
   */
  publish(
    committed: Committed,
    since: readonly Entry[],
  ): { readonly file: string; readonly instead: readonly string[] } {
    if (this.#file !== undefined && since.some(({ remove }) => remove.includes(this.#file ?? ''))) {
      this.#taken.push(this.#file)
      this.#file = undefined
    }
    for (let which = 1; this.#file === undefined; which++) {
      const name = fileOf(this.named, which)
      if (this.#taken.includes(name)) continue
      if (this.finished.nameIfAbsent(join(this.folder, name))) this.#file = name
      else this.#taken.push(name)
    }
    const listed = committed.as(this.#file)?.file ?? this.#file
    this.#instead = [...new Set([...this.#taken, listed])].filter((name) => name !== this.#file)
    return { file: this.#file, instead: this.#instead }
  }

  /** Removes what this file has replaced, once it is committed; what stays is put aside when the data set is opened. */
  removeReplaced(): void {
    try {
      for (const name of this.#instead) removeNow(join(this.folder, name))
    } catch (error) {
      warn((error as Error).message)
    }
  }

  /** Takes the name away from the file again, unless it is committed; another's that has it by now is left alone. */
  withdraw(): void {
    if (this.#file === undefined) return
    const path = join(this.folder, this.#file)
    try {
      if (!committedIn(this.folder).has(this.#file) && this.finished.has(path)) removeNow(path)
    } catch {
      // it is put aside when the data set is opened
    }
  }
}

import { join } from 'node:path'
import type { AtomicFile } from '../../sources/atomicFile.js'
import { removeNow } from '../../sources/writeNow.js'
import type { Committed } from './committed.js'
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

  /** Removes what this file has replaced, once it is committed. */
  removeReplaced(): void {
    for (const name of this.#instead) removeNow(join(this.folder, name))
  }

  /** Whether the file is committed. */
  isIn(committed: Committed): boolean {
    return this.#file !== undefined && committed.has(this.#file)
  }

  /** Takes the name away from the file again; another's that has it by now is left alone. */
  withdraw(): void {
    if (this.#file === undefined) return
    const path = join(this.folder, this.#file)
    if (this.finished.has(path)) removeNow(path)
  }
}

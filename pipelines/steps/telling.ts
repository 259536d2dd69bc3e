/** Tells listeners of a step that is performed elsewhere. Their first error interrupts the step, as it would here. */
export class Telling {
  #thrown: { readonly error: unknown } | undefined

  constructor(readonly interrupt: () => void) {}

  /** Tells something, unless a listener has failed. */
  tell(what: () => void): void {
    if (this.#thrown) return
    try {
      what()
    } catch (error) {
      this.#thrown = { error }
      this.interrupt()
    }
  }

  /** Throws what a listener has thrown: for when the step has ended. */
  throwIfFailed(): void {
    if (this.#thrown) throw this.#thrown.error
  }
}

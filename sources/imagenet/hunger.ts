/** What a reader waits for, so that who feeds it knows when it has taken all that there is. */
export class Hunger {
  /** Waits that have begun. */
  #turn = 0
  #isWaiting = false
  #isOver = false
  #wake: () => void = () => undefined

  /** Waits for the reader's next value. */
  async while<T>(next: () => Promise<T>): Promise<T> {
    this.#turn++
    this.#isWaiting = true
    this.#wake()
    try {
      return await next()
    } finally {
      this.#isWaiting = false
    }
  }

  /** There will be no reader any more. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  /** Resolves when the reader waits for what has not come: what has is handed over before the event loop's next turn. */
  async unfed(): Promise<void> {
    while (!this.#isOver) {
      if (!this.#isWaiting) await new Promise<void>((resolve) => (this.#wake = resolve))
      const turn = this.#turn
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#isWaiting && this.#turn === turn) return
    }
  }
}

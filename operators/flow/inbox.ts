import { Subscription, type Observable } from 'rxjs'
import { hold } from './hold.js'

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined }

/**
 * Where pushed values wait to be pulled by one reader: the bounded queue under the operators of this folder.
 *
 * A push over `capacity` holds its emitter until there is room again. Capacity 0 is a rendezvous: the
 * emitter waits until the reader asks for the *next* value, so a value that is being worked on still
 * counts. Never more than max(1, capacity) values wait, unless the source ignores holds.
 *
 * Invariant: while a reader waits, no value does.
 */
export class Inbox<T> implements AsyncIterableIterator<T, undefined> {
  /** Values that wait; those before `#first` are pulled already, and undefined. */
  #values: (T | undefined)[] = []
  #first = 0
  #reader: Reader<T> | undefined
  #room: { readonly promise: Promise<void>; readonly release: () => void } | undefined
  #failure: { readonly error: unknown } | undefined
  #ended = false

  constructor(
    readonly capacity: number,
    private readonly onClose: () => void = () => undefined,
  ) {}

  /** Values waiting. */
  get size(): number {
    return this.#values.length - this.#first
  }

  /** No value waits and none will come. */
  get done(): boolean {
    return this.#ended && this.size === 0
  }

  /** Called inside `next`: queues the value, and holds the emitter when that leaves no room. */
  push(value: T): void {
    if (this.#ended) return
    const reader = this.#reader
    this.#reader = undefined
    if (reader) reader.resolve({ done: false, value })
    else this.#values.push(value)
    if (!this.#hasRoom()) hold(this.#roomAgain())
  }

  /** No more values; those that wait can still be pulled. */
  end(): void {
    this.#ended = true
    this.#settle()
  }

  /** Ends with an error, which the next pull throws; the values that wait are dropped. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#failure = { error }
    this.close()
  }

  /** Drops what waits, ends the reader, lets the emitter go. */
  close(): void {
    this.#values = []
    this.#first = 0
    this.#ended = true
    this.#settle()
    this.onClose()
  }

  /** The next value if one waits already, else undefined. For operators that have other work meanwhile. */
  take(): T | undefined {
    return this.size === 0 ? undefined : this.#shift()
  }

  /** The next value, as soon as there is one. One pull at a time. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#shift() })
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#settle()
    })
  }

  /** Leaving a `for await` closes. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.close()
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #hasRoom(): boolean {
    return this.#ended || this.size < this.capacity || (this.size === 0 && this.#reader !== undefined)
  }

  #roomAgain(): Promise<void> {
    if (!this.#room) {
      let release: () => void = () => undefined
      const promise = new Promise<void>((resolve) => (release = resolve))
      this.#room = { promise, release }
    }
    return this.#room.promise
  }

  #shift(): T {
    const value = this.#values[this.#first] as T
    this.#values[this.#first++] = undefined // what was pulled must not stay alive
    // an amortised cut: a long queue does not cost its length at each value
    if (this.#first * 2 >= this.#values.length) {
      this.#values = this.#values.slice(this.#first)
      this.#first = 0
    }
    this.#settle()
    return value
  }

  /** Lets the emitter go where there is room, and the reader where nothing will come. */
  #settle(): void {
    if (this.#hasRoom()) {
      this.#room?.release()
      this.#room = undefined
    }
    const reader = this.#reader
    if (!reader || !this.#ended) return
    this.#reader = undefined
    const failure = this.#failure
    this.#failure = undefined
    if (failure) reader.reject(failure.error)
    else reader.resolve(DONE)
  }
}

/**
 * Subscribes and turns push to pull: `for await` over an Observable, holding it up while the loop is busy.
 * Leaving the loop unsubscribes; an error of the source is thrown in it.
 */
export function pull<T>(source: Observable<T>, capacity = 0): Inbox<T> {
  const subscription = new Subscription()
  const inbox = new Inbox<T>(capacity, () => subscription.unsubscribe())
  subscription.add(
    source.subscribe({
      next: (value) => inbox.push(value),
      error: (error: unknown) => inbox.fail(error),
      complete: () => inbox.end(),
    }),
  )
  return inbox
}

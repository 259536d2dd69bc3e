import type { Subscriber } from 'rxjs'

const RELEASED: Promise<void> = Promise.resolve()
const ignore = () => undefined

/** Holds taken during the innermost `emit` that is running; undefined outside of any. */
let frame: Promise<void>[] | undefined

/**
 * Hands a value downstream; the promise resolves once every hold that was taken meanwhile is released.
 *
 * Awaiting it before the next value is made is what keeps memory bounded: an operator downstream that has
 * no room takes a `hold` inside `next`, and synchronous RxJS operators between (`map`, `filter`,
 * `bufferCount`, `tap`, …) run inside the same call and pass it on unknowing. An operator that emits
 * later than it receives (`delay`, `observeOn`, `debounceTime`, the outer side of `mergeMap`) breaks the
 * chain. An emission inside another one's call counts for the outer one too.
 *
 * The promise never rejects, and resolves at once when `subscriber` is closed: look at
 * `subscriber.closed` before going on.
 *
 * @example
 * const numbers = new Observable<number>((subscriber) => void (async () => {
 *   for (const n of [1, 2, 3]) await emit(subscriber, n)
 *   subscriber.complete()
 * })())
 * await consume(numbers, console.log)
 */
export function emit<T>(subscriber: Subscriber<T>, value: T): Promise<void> {
  if (subscriber.closed) return RELEASED
  const outer = frame
  const holds: Promise<void>[] = []
  frame = holds
  try {
    subscriber.next(value)
  } finally {
    frame = outer
  }
  if (holds.length === 0) return RELEASED
  const accepted = new Promise<void>((resolve) => {
    // who has left holds nobody up: a closed subscriber resolves too
    subscriber.add(resolve)
    void Promise.all(holds).then(() => {
      subscriber.remove(resolve)
      resolve()
    })
  })
  outer?.push(accepted)
  return accepted
}

/**
 * Asks whoever is emitting at this moment to wait for `room` before the next value.
 *
 * Call it synchronously inside `next`; outside of an `emit`, that is under a source that knows nothing of
 * holds, it does nothing and the caller's queue grows. A rejection releases like a resolution: errors
 * travel by `error`, not here.
 */
export function hold(room: PromiseLike<unknown>): void {
  const released = Promise.resolve(room).then(ignore, ignore)
  frame?.push(released)
}

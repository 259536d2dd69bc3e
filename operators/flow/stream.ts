import { Observable, type Subscriber } from 'rxjs'
import { emit } from './hold.js'

/**
 * An Observable that makes its next value only when the last one was accepted: the source of a stream.
 *
 * `make` is called anew for each subscription. Unsubscribing aborts `signal` and calls the iterator's
 * `return()`, so that a generator's `finally` runs. (`from(asyncIterable)` would drain it at once.)
 *
 * @example
 * const lines = stream(async function* () {
 *   const file = await open('my-model/model.json')
 *   try { for await (const line of file.readLines()) yield line } finally { await file.close() }
 * })
 * await consume(lines, (line) => console.log(line.length))
 */
export function stream<T>(make: (signal: AbortSignal) => AsyncIterable<T> | Iterable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const abort = new AbortController()
    subscriber.add(() => abort.abort())
    produce(subscriber, make, abort.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    )
  })
}

async function produce<T>(
  subscriber: Subscriber<T>,
  make: (signal: AbortSignal) => AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): Promise<void> {
  const iterator = iterate(make(signal))
  // nobody is left to hear of an error in the clean-up
  const leave = () => void Promise.resolve(iterator.return?.()).catch(() => undefined)
  subscriber.add(leave)
  try {
    while (!subscriber.closed) {
      const result = await iterator.next()
      if (result.done) break
      await emit(subscriber, result.value)
    }
  } finally {
    subscriber.remove(leave)
  }
}

function iterate<T>(values: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]()
}

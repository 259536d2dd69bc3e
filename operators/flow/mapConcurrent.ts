import { isPromise } from 'node:util/types'
import { isObservable, throwError, type Observable, type OperatorFunction } from 'rxjs'
import { asyncOperator } from './asyncOperator.js'
import { pull, type Inbox } from './inbox.js'
import { positiveInteger } from './positiveInteger.js'
import { requireKnown } from '../options/knownOptions.js'

/** Options of `mapConcurrent`. */
export interface MapConcurrentOptions {
  /**
   * Values worked on at a time, a finished one that waits to be taken downstream included.
   * Default 1: one after the other, as `concatMap`.
   */
  readonly concurrency?: number | undefined
  /** Whether results come in the order of their sources, or as they are ready. Default true. */
  readonly ordered?: boolean | undefined
}

/**
 * Maps by asynchronous work, so many at a time, and holds the source while no slot is free.
 *
 * `f` gives a promise, an Observable (all of its values are passed on, and it is held while downstream is
 * busy or, ordered, until its turn) or a plain value; arrays are plain values. `signal` aborts when the
 * stream is over: free what the work holds. An error in order reaches downstream after the results
 * before it, out of order at once; either way it stops the source and the rest of the work.
 *
 * @example
 * const files = from(['my-model/model.json', 'victim/model.json'])
 * const texts = files.pipe(mapConcurrent((file, _, signal) => readFile(file, { signal }), { concurrency: 4 }))
 * await lastValueFrom(texts)
 */
export function mapConcurrent<A, B>(
  f: (value: A, index: number, signal: AbortSignal) => Observable<B> | PromiseLike<B> | B,
  options: MapConcurrentOptions = {},
): OperatorFunction<A, B> {
  requireKnown<MapConcurrentOptions>('mapConcurrent', options, { concurrency: true, ordered: true })
  const { concurrency = 1, ordered = true } = options
  positiveInteger('mapConcurrent', 'concurrency', concurrency)
  return asyncOperator<A, B>(0, async (input, out) => {
    let index = 0
    let busy = 0
    let previous: Promise<void> = Promise.resolve()
    let slotFreed: () => void = () => undefined
    const open = new Set<Inbox<B>>()
    const over = () => out.signal.aborted
    const closeAll = () => {
      for (const inner of open) inner.close()
      slotFreed()
    }
    out.signal.addEventListener('abort', closeAll)

    // one emission at a time: each waits until the one before it was taken
    const deliver = (value: B): Promise<void> => (previous = previous.then(() => out.emit(value)))

    async function drain(result: Inbox<B> | Promise<B>, send: (value: B) => Promise<void>): Promise<void> {
      if (isPromise(result)) return send(await result)
      for await (const value of result) await send(value)
      open.delete(result)
    }

    function work(value: A): Promise<void> {
      const started = start(() => f(value, index++, out.signal))
      if (!isPromise(started)) open.add(started)
      if (over()) closeAll() // by f itself
      if (!ordered) return drain(started, deliver)
      return (previous = previous.then(() => drain(started, out.emit)))
    }

    const finished = () => {
      busy--
      slotFreed()
    }
    for await (const value of input) {
      if (over()) return
      busy++
      work(value).then(finished, (error: unknown) => out.fail(error))
      while (busy >= concurrency && !over()) await new Promise<void>((free) => (slotFreed = free))
    }
    while (busy > 0 && !over()) await new Promise<void>((free) => (slotFreed = free))
  })
}

function start<B>(work: () => Observable<B> | PromiseLike<B> | B): Inbox<B> | Promise<B> {
  try {
    const result = work()
    if (isObservable(result)) return pull(result)
    const promise = Promise.resolve(result)
    promise.catch(() => undefined) // seen when its turn comes
    return promise
  } catch (error) {
    return pull(throwError(() => error))
  }
}

import { setMaxListeners } from 'node:events'
import { Observable, type OperatorFunction } from 'rxjs'
import { emit } from './hold.js'
import { Inbox } from './inbox.js'

/** What the body of an operator writes to. */
export interface Outlet<B> {
  /** Hands a value downstream; resolves when there is room for the next one, or nobody is left. */
  readonly emit: (value: B) => Promise<void>
  /** Ends the stream with an error at once, from work that the body does not await. */
  readonly fail: (error: unknown) => void
  /** Aborted when the stream is over for whatever reason: unsubscribed, failed, complete. */
  readonly signal: AbortSignal
}

/**
 * An operator written as one async function that pulls its input and emits its output.
 *
 * While the body does not pull, at most `capacity` values wait and the source is held. The stream
 * completes when the body returns and fails when it throws; an error of the source goes past it,
 * downstream, at once. When the stream is over, the input ends, `signal` aborts and the source stops;
 * release resources in the body's `finally`.
 *
 * @example
 * const slowed = asyncOperator<ImageBatch, ImageBatch>(0, async (batches, out) => {
 *   for await (const batch of batches) {
 *     await new Promise((resolve) => setTimeout(resolve, 10))
 *     await out.emit(batch)
 *   }
 * })
 * await lastValueFrom(mnist('test', { limit: 256 }).pipe(slowed))
 *
 * @param capacity values that may wait; 0: the source waits until the body asks for the next value
 */
export function asyncOperator<A, B>(
  capacity: number,
  body: (input: Inbox<A>, out: Outlet<B>) => Promise<void>,
): OperatorFunction<A, B> {
  return (source) =>
    new Observable((subscriber) => {
      const abort = new AbortController()
      setMaxListeners(0, abort.signal)
      const inbox = new Inbox<A>(capacity)
      subscriber.add(() => {
        inbox.close()
        abort.abort()
      })
      subscriber.add(
        source.subscribe({
          next: (value) => inbox.push(value),
          error: (error: unknown) => subscriber.error(error),
          complete: () => inbox.end(),
        }),
      )
      const out: Outlet<B> = {
        emit: (value) => emit(subscriber, value),
        fail: (error) => subscriber.error(error),
        signal: abort.signal,
      }
      body(inbox, out).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      )
    })
}

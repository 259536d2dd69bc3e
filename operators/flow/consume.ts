import type { Observable } from 'rxjs'
import { requireKnown } from '../options/knownOptions.js'
import { pull } from './inbox.js'

/**
 * Runs a stream to its end: writes one value after the other and holds the source meanwhile.
 *
 * Resolves when the source has completed and the last value is written. Rejects once, with the error of
 * the source or of `write` or with the signal's reason, after the source was unsubscribed and after the
 * write that was under way has ended: files can be removed then.
 *
 * @example
 * await consume(mnist('test', { limit: 256 }), async ({ label }) => console.log(label), { signal: AbortSignal.timeout(60_000) })
 *
 * @returns how many values were written
 */
export async function consume<T>(
  source: Observable<T>,
  write: (value: T) => Promise<void> | void,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<number> {
  requireKnown<{ readonly signal?: AbortSignal | undefined }>('consume', options, { signal: true })
  const { signal } = options
  signal?.throwIfAborted()
  const inbox = pull(source)
  const abort = () => inbox.fail(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  let count = 0
  try {
    for await (const value of inbox) {
      await write(value)
      count++
    }
    return count
  } finally {
    signal?.removeEventListener('abort', abort)
    inbox.close()
  }
}

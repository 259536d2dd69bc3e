import type { MonoTypeOperatorFunction } from 'rxjs'
import { asyncOperator } from './asyncOperator.js'
import { positiveInteger } from './positiveInteger.js'

/**
 * Lets the source run ahead of what comes after by at most `n` values, so that both work at a time.
 *
 * Order is kept. The source is held while `n` values wait. Memory: `n` values more than without.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * await lastValueFrom(mnist('test', { limit: 1000 }).pipe(prefetch(2), evaluate(network)))
 */
export function prefetch<T>(n: number): MonoTypeOperatorFunction<T> {
  positiveInteger('prefetch', 'n', n)
  return asyncOperator<T, T>(n, async (input, out) => {
    for await (const value of input) await out.emit(value)
  })
}

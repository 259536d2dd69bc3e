import { defer, EMPTY, map, takeWhile, type MonoTypeOperatorFunction } from 'rxjs'
import { unexpected } from './options/unexpected.js'
import type { Rows } from './records/rowView.js'
import { sliceRows } from './records/sliceRows.js'

/**
 * Ends a stream of batches with its n-th row: the batch that has it is cut behind it, and the source is left. The arrays of that batch
 * are views.
 *
 * A source's own `limit` reads no more than it gives; this is for what comes after operators, such as the first 100 rows that
 * `selectRows` keeps.
 *
 * @param n rows at most, a whole number from 0
 * @throws BlindspotError `bad-option` at once
 * @example mnist('test').pipe(selectRows(({ label }) => label === 3), takeRows(100))
 */
export function takeRows<Batch extends Rows>(n: number): MonoTypeOperatorFunction<Batch> {
  if (!(Number.isSafeInteger(n) && n >= 0)) throw unexpected('takeRows', 'a whole number of rows from 0', n)
  return (source) =>
    defer(() => {
      let left = n
      if (left === 0) return EMPTY
      return source.pipe(
        map((batch) => {
          const rows = Math.min(left, batch.index.length)
          left -= rows
          return rows === batch.index.length ? batch : sliceRows(batch, 0, rows)
        }),
        takeWhile(() => left > 0, true),
      )
    })
}

import { concatMap, defer, EMPTY, of, takeWhile, type MonoTypeOperatorFunction } from 'rxjs'
import { sliceRows } from '../../operators/records/sliceRows.js'

/**
 * The rows from `skip` to before `end` of a stream of columnar batches, whatever their sizes; a batch without any is left
 * out, and the source is not asked for more than it takes.
 */
export function rowsBetween<Batch extends { readonly index: Int32Array }>(
  skip: number,
  end = Infinity,
): MonoTypeOperatorFunction<Batch> {
  return (source) =>
    defer(() => {
      let at = 0
      return source.pipe(
        concatMap((batch) => {
          const [from, rows] = [at, batch.index.length]
          at += rows
          const [first, last] = [Math.max(0, skip - from), Math.min(rows, end - from)]
          if (first >= last) return EMPTY
          return of(last - first === rows ? batch : sliceRows(batch, first, last))
        }),
        takeWhile(() => at < end, true),
      )
    })
}

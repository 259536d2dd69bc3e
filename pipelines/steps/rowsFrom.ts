import { Observable, type MonoTypeOperatorFunction } from 'rxjs'
import { sliceRows } from '../../operators/records/sliceRows.js'

/** Leaves out the first rows of a stream of columnar batches, whatever their sizes. */
export function rowsFrom<Batch extends { readonly index: Int32Array }>(
  skip: number,
): MonoTypeOperatorFunction<Batch> {
  return (source) =>
    new Observable((subscriber) => {
      let left = skip
      return source.subscribe({
        next(batch) {
          const rows = batch.index.length
          if (left < rows || rows === 0) subscriber.next(left === 0 ? batch : sliceRows(batch, left, rows))
          left = Math.max(0, left - rows)
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

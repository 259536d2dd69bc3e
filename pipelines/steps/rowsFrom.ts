import { Observable, type MonoTypeOperatorFunction } from 'rxjs'

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
          if (left < rows || rows === 0) subscriber.next(left === 0 ? batch : from(batch, left))
          left = Math.max(0, left - rows)
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

/** The rows of a batch from one on: of each column, whose values are as many for every row. */
function from<Batch extends { readonly index: Int32Array }>(batch: Batch, row: number): Batch {
  const rows = batch.index.length
  const later = (value: unknown) =>
    value instanceof Int32Array ||
    value instanceof Uint8Array ||
    value instanceof Float32Array ||
    value instanceof Float64Array
      ? value.subarray((value.length / rows) * row)
      : value
  return Object.fromEntries(Object.entries(batch).map(([name, value]) => [name, later(value)])) as Batch
}

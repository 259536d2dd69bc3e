import { defer, filter, map, type MonoTypeOperatorFunction } from 'rxjs'
import { rowsAt, rowViews, type Rows, type RowView } from './records/rowView.js'

/**
 * Keeps the rows of batches that meet a predicate: of images, examples, scores, ranks or activations.
 *
 * The predicate gets a row: `label`, `index` and other columns are its own values, `pixels` and other lists its part of the batch's
 * array, `dataset`, `shape` and the like as the batch has them. `status` and `reason` of examples are positions in `STATUSES` and
 * `REASONS`. Batches of which all rows stay pass as they are; those of which none stays are left out, unless they tell of images that
 * cannot be read. An error that the predicate throws is the stream's.
 *
 * @param predicate gets a row, and its place among all rows of the subscription, from 0
 * @example mnist('test').pipe(selectRows(({ label }) => label === 3 || label === 5))
 */
export function selectRows<Batch extends Rows>(
  predicate: (row: RowView<Batch>, place: number) => boolean,
): MonoTypeOperatorFunction<Batch> {
  return (source) =>
    defer(() => {
      let place = 0
      return source.pipe(
        map((batch) => {
          const rows: number[] = []
          let row = 0
          for (const view of rowViews(batch)) {
            if (predicate(view, place++)) rows.push(row)
            row++
          }
          return rows.length === row ? batch : rowsAt(batch, rows)
        }),
        filter((batch) => batch.index.length > 0 || 'unreadable' in batch),
      )
    })
}

import { isPromise } from 'node:util/types'
import { defer, filter, map, type MonoTypeOperatorFunction } from 'rxjs'
import { BlindspotError } from './errors.js'
import { rowsAt, rowViews, type Rows, type RowView } from './records/rowView.js'

/**
 * Keeps the rows of batches that meet a predicate: of images, examples, scores, ranks or activations.
 *
 * The predicate gets a row: `label`, `index` and other columns are its own values, `pixels` and other lists its part of the batch's
 * array, `dataset`, `shape` and the like as the batch has them. `status` and `reason` of examples are positions in `STATUSES` and
 * `REASONS`. Batches of which all rows stay pass as they are; those of which none stays are left out, unless they tell of images that
 * cannot be read. An error that the predicate throws is the stream's.
 *
 * @param predicate gets a row, and its place among all rows of the subscription, from 0; its answer is true or false, no promise of it
 * @throws BlindspotError `bad-option`, at once where the predicate is no function, in the stream for another answer
 * @example
 * const some = mnist('test').pipe(selectRows(({ label }) => label === 3 || label === 5))
 * const network = await loadClassifier('my-model')
 * const found = mnist('test', { limit: 16 }).pipe(attack(network), selectRows(({ status }) => STATUSES[status] === 'success'))
 * await lastValueFrom(found)
 */
export function selectRows<Batch extends Rows>(
  predicate: (row: RowView<Batch>, place: number) => boolean,
): MonoTypeOperatorFunction<Batch> {
  if (typeof (predicate as unknown) !== 'function')
    throw new BlindspotError(
      'bad-option',
      `selectRows: expected a function of a row, got ${typeof predicate}`,
    )
  return (source) =>
    defer(() => {
      let place = 0
      return source.pipe(
        map((batch) => {
          const rows: number[] = []
          let row = 0
          for (const view of rowViews(batch)) {
            const keeps: unknown = predicate(view, place++)
            if (typeof keeps !== 'boolean')
              throw new BlindspotError(
                'bad-option',
                `selectRows: expected the predicate to answer true or false, got ${isPromise(keeps) ? 'a promise' : String(keeps)}`,
              )
            if (keeps) rows.push(row)
            row++
          }
          return rows.length === row ? batch : rowsAt(batch, rows)
        }),
        filter((batch) => batch.index.length > 0 || 'unreadable' in batch),
      )
    })
}

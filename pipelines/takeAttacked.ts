import { Observable, type MonoTypeOperatorFunction } from 'rxjs'
import { STATUSES, type AdversarialBatch } from '../operators/records/adversarial.js'

const SKIPPED = STATUSES.indexOf('skipped')

/** Images of the batch, whatever became of them, and those that were attacked. Rows of an image are together. */
export function countImages({ index, status }: AdversarialBatch): { images: number; attacked: number } {
  let images = 0
  let attacked = 0
  let counted = false
  for (let row = 0; row < index.length; row++) {
    if (row === 0 || index[row] !== index[row - 1]) {
      images++
      counted = false
    }
    if (!counted && status[row] !== SKIPPED) {
      attacked++
      counted = true
    }
  }
  return { images, attacked }
}

/** Ends the stream after the rows of the `limit`-th image that was attacked rather than skipped. */
export function takeAttacked(limit: number): MonoTypeOperatorFunction<AdversarialBatch> {
  return (source) =>
    new Observable((subscriber) => {
      let left = limit
      return source.subscribe({
        next(batch) {
          const { attacked } = countImages(batch)
          if (attacked < left) {
            left -= attacked
            subscriber.next(batch)
            return
          }
          subscriber.next(firstRows(batch, rowsOf(batch, left)))
          subscriber.complete()
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

/** Rows up to the end of the n-th attacked image. */
function rowsOf(batch: AdversarialBatch, n: number): number {
  const { index, status } = batch
  const attacked = new Set<number>()
  for (let row = 0; row < index.length; row++) {
    if (attacked.size === n && !attacked.has(index[row])) return row
    if (status[row] !== SKIPPED) attacked.add(index[row])
  }
  return index.length
}

function firstRows(batch: AdversarialBatch, rows: number): AdversarialBatch {
  const n = batch.index.length
  const first = <T extends Int32Array | Float32Array | Float64Array | Uint8Array>(column: T): T =>
    column.subarray(0, (column.length / n) * rows) as T
  return {
    ...batch,
    index: first(batch.index),
    label: first(batch.label),
    target: first(batch.target),
    prediction: first(batch.prediction),
    adversarialPrediction: first(batch.adversarialPrediction),
    status: first(batch.status),
    reason: first(batch.reason),
    distortion: first(batch.distortion),
    l2: first(batch.l2),
    linf: first(batch.linf),
    c: first(batch.c),
    margin: first(batch.margin),
    solves: first(batch.solves),
    iterations: first(batch.iterations),
    evaluations: first(batch.evaluations),
    original: first(batch.original),
    adversarial: first(batch.adversarial),
  }
}

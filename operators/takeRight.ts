import { Observable, type MonoTypeOperatorFunction } from 'rxjs'
import { requireKnownLabels, type Classifier } from './classifier.js'
import { classify } from './classifier/classify.js'
import type { ImageBatch } from './records/image.js'
import { sliceRows } from './records/sliceRows.js'

/** Ends the stream with the n-th image that the classifier gets right; those it gets wrong pass, uncounted. */
export function takeRight(classifier: Classifier, n: number): MonoTypeOperatorFunction<ImageBatch> {
  return (source) =>
    new Observable((subscriber) => {
      let left = n
      return source.subscribe({
        next(batch) {
          let predicted: Int32Array
          try {
            requireKnownLabels(classifier, batch)
            predicted = classify(classifier, batch, batch.pixels)
          } catch (error) {
            subscriber.error(error)
            return
          }
          const right = [...batch.label.keys()].filter((row) => predicted[row] === batch.label[row])
          if (right.length < left) {
            left -= right.length
            subscriber.next(batch)
            return
          }
          subscriber.next(sliceRows(batch, 0, right[left - 1] + 1))
          subscriber.complete()
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

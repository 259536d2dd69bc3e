import { scan, type OperatorFunction } from 'rxjs'
import type { Classifier } from './classifier.js'
import { requireImages } from './inputSize.js'
import { countErrors } from './predictions.js'
import type { ImageBatch } from './records/image.js'

/** How often a model is wrong, over the images so far. */
export interface Evaluation {
  readonly kind: 'evaluation'
  readonly model: string
  readonly images: number
  readonly errors: number
  /** errors / images */
  readonly error: number
}

/**
 * Error of a classifier on a stream of images, the running total after each batch; the last one is the result.
 *
 * @throws BlindspotError `bad-data` where the images are not of the model's size
 * @example images.pipe(evaluate(classifier), last())
 */
export function evaluate(classifier: Classifier): OperatorFunction<ImageBatch, Evaluation> {
  const { name: model, classes } = classifier
  const start: Evaluation = { kind: 'evaluation', model, images: 0, errors: 0, error: NaN }
  return scan((total, batch) => {
    const { pixels, label } = batch
    requireImages(classifier, batch, pixels, label.length)
    const images = total.images + label.length
    const errors = total.errors + countErrors(classifier.logits(pixels), label, classes)
    return { ...total, images, errors, error: errors / images }
  }, start)
}

import { scan, type OperatorFunction } from 'rxjs'
import { requireKnownLabels, type Classifier } from './classifier.js'
import { checked, requireClasses } from './classifier/checked.js'
import { requireClassifier } from './classifier/requireClassifier.js'
import { classify } from './classifier/classify.js'
import type { ImageBatch } from './records/image.js'

/** How often a model is wrong, over the images so far. */
export interface Evaluation {
  readonly kind: 'evaluation'
  readonly model: string
  readonly images: number
  /** Images that the model gets wrong. */
  readonly errors: number
  /** errors / images */
  readonly error: number
}

/**
 * Error of a classifier on a stream of images, the running total after each batch; the last one is the result.
 *
 * @throws BlindspotError `bad-model`, at once, for a classifier of one class; in the stream `bad-option` where the images
 * are not of the model's size, `bad-data` where they have a pixel that is not finite, `bad-model` where the classifier's answer is not what
 * it should be, or not finite: it names the image
 * @example
 * const network = await loadClassifier('my-model')
 * const { images, errors } = await lastValueFrom(mnist('test').pipe(evaluate(network)))
 */
export function evaluate(classifier: Classifier): OperatorFunction<ImageBatch, Evaluation> {
  requireClassifier('evaluate', classifier)
  requireClasses(checked(classifier))
  const { name: model } = classifier
  const start: Evaluation = { kind: 'evaluation', model, images: 0, errors: 0, error: NaN }
  return scan((total, batch) => {
    const { pixels, label } = batch
    const images = total.images + label.length
    requireKnownLabels(classifier, batch)
    const predicted = classify(classifier, batch, pixels)
    const errors = total.errors + predicted.filter((k, row) => k !== label[row]).length
    return { ...total, images, errors, error: errors / images }
  }, start)
}

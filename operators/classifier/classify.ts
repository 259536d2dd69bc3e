import { checked, requireClasses } from './checked.js'
import { type Classifier, requireFinite, requireImages, predictions } from '../classifier.js'
import { BlindspotError } from '../errors.js'

/** Images of one batch, whatever else is known of them. */
export interface Sampled {
  readonly dataset: string
  readonly split: string
  /** [n] positions of the images in their split. */
  readonly index: Int32Array
}

/**
 * [n] the classes of the images `pixels` [n × values], for a count of errors: an answer that is no class is an error
 * of the network, not one more image that it gets wrong.
 *
 * @throws BlindspotError `bad-option` for images of another size than the classifier's, `bad-data` for a pixel that is not finite,
 * `bad-model` for a classifier of one class or an answer that is not finite; both name the image
 */
export function classify(classifier: Classifier, batch: Sampled, pixels: Float32Array): Int32Array {
  const { dataset, split, index } = batch
  const model = checked(classifier)
  requireClasses(model)
  requireImages(model, batch, pixels, index.length)
  // some layers make numbers of NaN, such as a ReLU: it has to be found before
  requireFinite(batch, pixels)
  const predicted = predictions(model.logits(pixels), model.classes)
  const row = predicted.indexOf(-1)
  if (row < 0) return predicted
  throw new BlindspotError(
    'bad-model',
    `${model.name}: ${dataset} ${split}, image ${index[row]}: its logits are not all finite numbers, so that it has no ` +
      'class; look at the weights for NaN and Infinity',
  )
}

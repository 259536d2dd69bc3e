import type { Classifier } from './classifier.js'
import { BlindspotError } from './errors.js'

/** Values of one input. */
export function inputSize({ inputShape }: Classifier): number {
  return inputShape.reduce((product, extent) => product * extent, 1)
}

/**
 * That a batch holds `rows` images of the classifier's size: another size can divide the batch as well.
 *
 * @throws BlindspotError `bad-data`
 */
export function requireImages(
  classifier: Classifier,
  batch: { readonly dataset: string; readonly split: string },
  pixels: Float32Array,
  rows: number,
): void {
  if (pixels.length === rows * inputSize(classifier)) return
  throw new BlindspotError(
    'bad-data',
    `${batch.dataset} ${batch.split}: ${pixels.length} values for ${rows} images, but model ${classifier.name} takes ` +
      `${classifier.inputShape.join(' × ')} values each; choose the source that the model was made for`,
  )
}

/**
 * That `pixels` [n × values] of a batch's images hold numbers.
 *
 * @throws BlindspotError `bad-data`, naming the image
 */
export function requireFinite(
  { dataset, split, index }: { readonly dataset: string; readonly split: string; readonly index: Int32Array },
  pixels: Float32Array,
): void {
  let at = 0
  while (at < pixels.length && Number.isFinite(pixels[at])) at++
  if (at === pixels.length) return
  const size = pixels.length / index.length
  throw new BlindspotError(
    'bad-data',
    `${dataset} ${split}, image ${index[Math.floor(at / size)]}: pixel value ${at % size} is ${pixels[at]}; expected finite numbers`,
  )
}

import type { Framing } from './classifier/framing.js'
import type { Preprocess } from './classifier/preprocess.js'
import { BlindspotError } from './errors.js'
import { sizeFromShape } from './classifier/sizeFromShape.js'

/** Logits of a batch and a gradient of each sample's own with respect to its pixels. */
export interface LossGradient {
  /** [n × classes] */
  readonly logits: Float32Array
  /** [n × values] */
  readonly gradient: Float32Array
}

/** A model on disk, known by its weights: enough for any thread to load the same classifier. */
export interface ModelReference {
  readonly name: string
  /** Absolute path of its `model.json`. */
  readonly file: string
  /** As in `Classifier`. */
  readonly weightsHash: string
  /** How photographs become its inputs, of a model that takes photographs. */
  readonly framing?: Framing | undefined
  /** What is done to its inputs, or a file that says it, where code says so in place of a `preprocess.json`. */
  readonly preprocess?: Preprocess | string | undefined
}

/**
 * A network as everything outside `operators/tensor` sees it: a function of batches of typed arrays.
 * Logits are never softmaxed; what the model needs done to pixels is inside.
 * On one machine and backend each row's result depends on that row alone, bit for bit, whatever else is in the batch.
 */
export interface Classifier {
  readonly name: string
  /** Shape of one input, such as [784] or [227, 227, 3]. */
  readonly inputShape: readonly number[]
  /** Number of classes. */
  readonly classes: number
  /** Least and largest value of a pixel: [0, 1] unless the classifier says otherwise. */
  readonly box: readonly [low: number, high: number]
  /** Names of the layers whose activations can be asked for, input to output. */
  readonly layers: readonly string[]
  /**
   * SHA-256 of the weights' bytes; where a `preprocess.json` changes what is computed of an image, of that hash and of what
   * it does. How photographs are cut is no part of it: the images' identity has that.
   */
  readonly weightsHash: string
  /** How photographs become its inputs, of a model that takes photographs. */
  readonly framing?: Framing | undefined
  /** [n × classes] logits of `pixels` [n × values]. */
  logits(pixels: Float32Array): Float32Array
  /**
   * Logits, and the input gradient of Σ logits · weights, with the constants weights [n × classes] = `weigh(logits)`: of any loss
   * of the logits, with its derivatives by them as weights. `lossGradient` is that of the cross-entropy.
   */
  logitGradient(pixels: Float32Array, weigh: (logits: Float32Array) => Float32Array): LossGradient
  /** Shape of a layer's activations for one input: [units], or [height, width, channels] of a convolution. */
  layerShape(layer: string): readonly number[]
  /**
   * [n × values] activations of a named layer, flattened per sample.
   *
   * @param options.pre before the layer's activation function, such as its sigmoid. Default false.
   */
  activations(layer: string, pixels: Float32Array, options?: { readonly pre?: boolean }): Float32Array
  /**
   * Whether a layer has an activation function that is strictly increasing in each unit, such as a sigmoid: then the values
   * before it tell more than those after it, of which many are the same float32 numbers. Without it no layer has one.
   */
  increasing?: ((layer: string) => boolean) | undefined
  /** Frees the tensors; the classifier cannot be used afterwards. */
  dispose(): void
}

/** Values of one input. */
export function inputSize({ inputShape }: Classifier): number {
  return sizeFromShape(inputShape)
}

/**
 * Checks that a batch holds `rows` images of the classifier's size: another size can divide the batch as well.
 *
 * @throws BlindspotError `bad-option`: images and model were not made for each other
 */
export function requireImages(
  classifier: Classifier,
  batch: { readonly dataset: string; readonly split: string },
  pixels: Float32Array,
  rows: number,
): void {
  if (pixels.length === rows * inputSize(classifier)) return
  const each = pixels.length / rows
  const found = Number.isInteger(each)
    ? `images of ${each} values each`
    : `${pixels.length} values for ${rows} images`
  throw new BlindspotError(
    'bad-option',
    `${batch.dataset} ${batch.split}: ${found}, but model ${classifier.name} takes ` +
      `${classifier.inputShape.join(' × ')} values each; choose the source that the model was made for`,
  )
}

/**
 * Checks that the labels of a batch's images are classes of the classifier: others are of another data set, and no errors.
 *
 * @throws BlindspotError `bad-option`, naming the image
 */
export function requireKnownLabels(
  { name, classes }: Classifier,
  { dataset, split, index, label, path }: Labelled,
): void {
  const row = label.findIndex((k) => !(k >= 0 && k < classes))
  if (row < 0) return
  throw new BlindspotError(
    'bad-option',
    `${dataset} ${split} ${index[row]}${path?.[row] ? ` (${path[row]})` : ''}: expected a label from 0 to ${classes - 1}, a class of model ${name}, got ${label[row]}; ` +
      'choose images of the classes that the model tells apart',
  )
}

interface Labelled {
  readonly dataset: string
  readonly split: string
  readonly index: Int32Array
  readonly label: Int32Array
  readonly path?: readonly string[] | undefined
}

/**
 * Checks that `pixels` [n × values] of a batch's images hold numbers.
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
    `${dataset} ${split}, image ${index[Math.floor(at / size)]}: expected finite numbers, got ${pixels[at]} at ${at % size}`,
  )
}

/**
 * The class of each row, that with the largest logit; the first of equals, −1 where a logit is no finite number.
 *
 * @param logits [n × classes]
 */
export function predictions(logits: Float32Array, classes: number): Int32Array {
  const predicted = new Int32Array(logits.length / classes)
  for (let row = 0, at = 0; row < predicted.length; row++, at += classes) {
    let best = 0
    let finite = true
    for (let k = 0; k < classes; k++) {
      finite &&= Number.isFinite(logits[at + k])
      if (logits[at + k] > logits[at + best]) best = k
    }
    predicted[row] = finite ? best : -1
  }
  return predicted
}

import { createHash } from 'node:crypto'
import { isFloat32Array } from 'node:util/types'
import type { Classifier } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { boxFault } from '../minimize/box.js'
import { randomFor } from '../random.js'
import { described } from '../options/described.js'
import type { Framing } from './framing.js'
import { sizeFromShape } from './sizeFromShape.js'

/** A layer of a classifier of one's own. */
export interface LayerOfOnesOwn {
  /** Of one image: [units], or [height, width, channels]. */
  readonly shape: readonly number[]
  /** [n × values] of `pixels` [n × values of an image]. */
  readonly values: (pixels: Float32Array) => Float32Array
}

/** What `defineClassifier` is given. */
export interface ClassifierDefinition {
  readonly name: string
  /** Shape of one input, such as [784] or [227, 227, 3]. */
  readonly inputShape: readonly number[]
  readonly classes: number
  /** [n × classes] of `pixels` [n × values]; before any softmax, a row by itself whatever else is in the batch. */
  readonly logits: (pixels: Float32Array) => Float32Array
  /**
   * [n × values] of each image Σ weights[k] ∂logits[k] / ∂pixels with its own `weights` [n × classes]: the vector-Jacobian product,
   * PyTorch's `logits.backward(weights)`.
   */
  readonly gradient?: (pixels: Float32Array, weights: Float32Array) => Float32Array
  /** In place of `gradient` where logits are there on the way to it: as in `Classifier`. */
  readonly logitGradient?: Classifier['logitGradient']
  /** Least and largest value of a pixel. Default: [0, 1]. */
  readonly box?: readonly [low: number, high: number]
  /** Layers whose activations can be asked for, input to output, by their names. Default: none. */
  readonly layers?: Readonly<Record<string, LayerOfOnesOwn>>
  /** What tells it from others. Default: a hash of its name, shape and logits of two images of noise, once it is asked for. */
  readonly weightsHash?: string
  /** How photographs become its inputs. */
  readonly framing?: Framing
  /** Frees what it holds. Default: nothing. */
  readonly dispose?: () => void
}

/** All fields, of which the compiler sees that none is forgotten. */
const FIELDS: Readonly<Record<keyof ClassifierDefinition, true>> = {
  ...{ name: true, inputShape: true, classes: true, logits: true, gradient: true, logitGradient: true },
  ...{ box: true, layers: true, weightsHash: true, framing: true, dispose: true },
}

/**
 * A classifier of one's own, of its logits and their gradient alone: any function of images, computed by anything. What else a
 * `Classifier` has is filled in. `checkClassifier` tells whether it is right.
 *
 * @throws BlindspotError `bad-option` for a field that is missing or none of these
 * @example
 * // logits[k] = pixels · w[k] of images of two pixels
 * const w = [[1, -1], [-1, 1]]
 * const linear = defineClassifier({
 *   name: 'linear',
 *   inputShape: [2],
 *   classes: 2,
 *   logits: (x) => Float32Array.from(x, (_, at) => x[at - (at % 2)] * w[at % 2][0] + x[at - (at % 2) + 1] * w[at % 2][1]),
 *   gradient: (_, g) => Float32Array.from(g, (__, at) => g[at - (at % 2)] * w[0][at % 2] + g[at - (at % 2) + 1] * w[1][at % 2]),
 * })
 */
export function defineClassifier(definition: ClassifierDefinition): Classifier {
  requireFields(definition)
  const { name, inputShape, classes, logits, gradient, box = [0, 1], layers = {}, framing } = definition
  const layerOf = (layer: string): LayerOfOnesOwn => {
    if (Object.hasOwn(layers, layer)) return layers[layer]
    const known = Object.keys(layers).join(', ') || 'none'
    throw new BlindspotError('bad-option', `${name} has no layer "${layer}"; its layers are: ${known}`)
  }
  let hash = definition.weightsHash
  return {
    ...{ name, inputShape, classes, box, layers: Object.keys(layers), framing },
    get weightsHash() {
      return (hash ??= hashOf(definition))
    },
    logits: (pixels) => logits(pixels),
    logitGradient:
      definition.logitGradient ??
      ((pixels, weigh) => {
        const found = logits(pixels)
        const weights = weigh(found)
        return { logits: found, gradient: gradient?.(pixels, weights) ?? new Float32Array(0) }
      }),
    layerShape: (layer) => layerOf(layer).shape,
    activations(layer, pixels, { pre = false } = {}) {
      const { values } = layerOf(layer)
      if (!pre) return values(pixels)
      throw new BlindspotError(
        'bad-option',
        `${name}: layer "${layer}" tells no values before an activation function; leave out pre`,
      )
    },
    dispose: () => definition.dispose?.(),
  }
}

function requireFields(definition: ClassifierDefinition): void {
  const wrong = (message: string) => new BlindspotError('bad-option', `defineClassifier: ${message}`)
  if (typeof definition !== 'object' || (definition as unknown) === null)
    throw wrong(`expected an object of ${Object.keys(FIELDS).join(', ')}, got ${typeof definition}`)
  const given = definition as unknown as Readonly<Record<string, unknown>>
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(FIELDS, key))
  if (unknown !== undefined) throw wrong(`${unknown} is no field; expected ${Object.keys(FIELDS).join(', ')}`)
  for (const key of ['name', 'inputShape', 'classes', 'logits'])
    if (given[key] === undefined) throw wrong(`${key}: expected a value, got none`)
  if (typeof given['name'] !== 'string' || given['name'] === '') throw wrong('name: expected a text')
  const { inputShape, classes } = definition
  const fault = boxFault(definition.box ?? [0, 1])
  const isSize = (size: unknown) => Number.isSafeInteger(size) && Number(size) >= 1
  if (!(Array.isArray(inputShape) && inputShape.length > 0 && inputShape.every(isSize)))
    throw wrong(`inputShape: expected whole numbers from 1, such as [784], got ${JSON.stringify(inputShape)}`)
  if (!(isSize(classes) && classes >= 2))
    throw wrong(`classes: expected a whole number from 2, got ${described(classes)}`)
  if (fault !== undefined) throw wrong(`box: ${fault}, got ${described(definition.box)}`)
  for (const key of ['logits', 'gradient', 'logitGradient', 'dispose'])
    if (given[key] !== undefined && typeof given[key] !== 'function')
      throw wrong(`${key}: expected a function, got ${typeof given[key]}`)
  const gradients = ['gradient', 'logitGradient'].filter((key) => given[key] !== undefined)
  if (gradients.length !== 1)
    throw wrong(
      `expected one of gradient and logitGradient, got ${gradients.length === 0 ? 'neither' : 'both'}`,
    )
}

/** What a classifier says of two images of noise, with its name and shape. */
function hashOf({
  name,
  inputShape,
  classes,
  logits,
  box: [low, high] = [0, 1],
}: ClassifierDefinition): string {
  const random = randomFor(0, 'classifier')
  const pixels = Float32Array.from(
    { length: 2 * sizeFromShape(inputShape) },
    () => low + (high - low) * random.uniform(),
  )
  const found: unknown = logits(pixels)
  const hash = createHash('sha256').update(JSON.stringify([name, inputShape, classes]))
  return (isFloat32Array(found) ? hash.update(Buffer.from(found.slice().buffer)) : hash).digest('hex')
}

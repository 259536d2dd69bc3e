import { map, type OperatorFunction } from 'rxjs'
import { checked } from './classifier/checked.js'
import { unexpected } from './options/unexpected.js'
import { type Classifier, inputSize, requireFinite, requireImages } from './classifier.js'
import { POOLINGS, type ActivationBatch, type Pooling } from './records/activation.js'
import type { ImageBatch } from './records/image.js'
import { sizeFromShape } from './classifier/sizeFromShape.js'
import { requireClassifier } from './classifier/requireClassifier.js'
import { requireKnown } from './options/knownOptions.js'

/** Options of `activations`. */
export interface ActivationOptions {
  /** Whether to give the values before the layer's activation function, such as its sigmoid. Default false. */
  readonly pre?: boolean | undefined
  /**
   * What becomes of the positions of a layer that has them, such as a convolution: a unit is a channel, and its value
   * the largest or the mean over the positions; `none`: every position of every channel is a unit, (row · width +
   * column) · channels + channel. Default `max`. Dense layers have no positions.
   */
  readonly pool?: Pooling | undefined
  /**
   * Whether to give the values before the activation function, too, where it is strictly increasing (sigmoid, tanh,
   * softplus, ELU, …): by them `rank` orders the images along single units. It costs a second pass through the
   * network. Default true.
   */
  readonly order?: boolean | undefined
}

/** Values of a layer before pooling that are computed at once: 64 MB. */
const VALUES_AT_ONCE = 2 ** 24

/**
 * φ(x): the activations of a named layer, one row per image.
 *
 * @throws BlindspotError `bad-option`, at once, for a layer that the classifier does not have (the message lists those
 * that it has), or `pre` of one without an activation function; `bad-data` in the stream where images are not of the
 * model's size, or have a pixel that is not finite (it names the image).
 * @example
 * const network = await loadClassifier('my-model')
 * const ranks = mnist('test', { limit: 256 }).pipe(activations(network, network.layers[0]), rank({ basis: ['unit'], top: 8 }))
 * await lastValueFrom(ranks)
 */
export function activations(
  model: Classifier,
  layer: string,
  options: ActivationOptions = {},
): OperatorFunction<ImageBatch, ActivationBatch> {
  requireKnown<ActivationOptions>('activations', options, { pre: true, pool: true, order: true })
  const { pre = false, pool = 'max', order = true } = options
  requireClassifier('activations', model)
  const classifier = checked(model)
  if (!POOLINGS.includes(pool)) throw unexpected('activations: pool', `one of ${POOLINGS.join(', ')}`, pool)
  const { positions, channels, pooling } = layoutOf(classifier, layer, pool)
  // that there is something before the activation function
  if (pre) classifier.activations(layer, new Float32Array(0), { pre })
  const size = inputSize(classifier)
  // a mean over positions is no function of the mean before the activation function
  const ordered = order && !pre && pooling !== 'mean' && (classifier.increasing?.(layer) ?? false)
  const atOnce = Math.max(1, Math.floor(VALUES_AT_ONCE / (positions * channels)))

  return map((batch) => {
    const { dataset, split, index, label, pixels } = batch
    const rows = index.length
    requireImages(classifier, batch, pixels, rows)
    // some layers make numbers of NaN, such as a ReLU: it has to be found before
    requireFinite(batch, pixels)
    const phi = (before: boolean) =>
      joined(rows, atOnce, (from, to) => {
        const some = pixels.subarray(from * size, to * size)
        const values = classifier.activations(layer, some, { pre: before })
        return pooling === 'none' ? values : pooled(values, positions, channels, pooling)
      })
    const id = { model: classifier.name, layer, side: pre ? 'pre' : 'post', pool: pooling } as const
    const values = phi(pre)
    return { ...id, dataset, split, index, label, values, ...(ordered && { pre: phi(true) }) }
  })
}

/** What a layer makes of an image: where there is one position alone, nothing is pooled. */
export function layoutOf(
  classifier: Classifier,
  layer: string,
  pool: Pooling = 'max',
): Readonly<Record<'positions' | 'channels' | 'units', number>> & { readonly pooling: Pooling } {
  const shape = checked(classifier).layerShape(layer)
  const channels = shape.at(-1) ?? 1
  const positions = sizeFromShape(shape.slice(0, -1))
  const pooling = positions > 1 ? pool : 'none'
  return { positions, channels, pooling, units: pooling === 'none' ? positions * channels : channels }
}

/** The rows of several calls, of at most so many rows, one after the other. */
function joined(rows: number, atOnce: number, of: (from: number, to: number) => Float32Array): Float32Array {
  if (rows <= atOnce) return of(0, rows)
  const parts: Float32Array[] = []
  for (let from = 0; from < rows; from += atOnce) parts.push(of(from, Math.min(rows, from + atOnce)))
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** [n × channels] of [n × positions × channels]. */
function pooled(
  values: Float32Array,
  positions: number,
  channels: number,
  pool: 'max' | 'mean',
): Float32Array {
  const rows = values.length / (positions * channels)
  const out = new Float32Array(rows * channels)
  const row = new Float64Array(channels)
  for (let i = 0; i < rows; i++) {
    row.fill(pool === 'max' ? -Infinity : 0)
    for (let at = i * positions * channels, p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++, at++) {
        const value = values[at]
        if (pool === 'mean') row[c] += value
        // a NaN stays: nothing is larger
        else if (value > row[c] || Number.isNaN(value)) row[c] = value
      }
    }
    for (let c = 0; c < channels; c++) out[i * channels + c] = pool === 'mean' ? row[c] / positions : row[c]
  }
  return out
}

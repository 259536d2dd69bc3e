import { tf, type Layer, type Tensor } from '../tf.js'

/** x ↦ scale · x + offset of each channel, which is the last axis; of all alike where there is one number. */
export interface Affine {
  readonly scale: Float64Array
  readonly offset: Float64Array
}

/**
 * What a layer does at inference that is affine in each channel: a batch normalisation γ (x − μ) / √(σ² + ε) + β, a rescaling, a
 * normalisation. Undefined for all else, and where its channels are not the last axis or its numbers not finite.
 *
 * @param rank of its input, with the batch's dimension
 */
export function affineOf(layer: Layer, rank: number): Affine | undefined {
  if (layer.getClassName() === 'BatchNormalization' && !isLast(layer.getConfig()['axis'], rank))
    return undefined
  const found = numbersOf(layer)
  return found && [...found.scale, ...found.offset].every(Number.isFinite) ? found : undefined
}

/** The same of any axis and whatever the numbers are. */
export function numbersOf(layer: Layer): Affine | undefined {
  const config = layer.getConfig()
  switch (layer.getClassName()) {
    case 'Rescaling': {
      const [scale, offset] = [config['scale'], config['offset'] ?? 0].map((value) =>
        Float64Array.from([value].flat(), Number),
      )
      const channels = Math.max(scale.length, offset.length)
      const all = (values: Float64Array) => tiled({ scale: values, offset: values }, channels)?.scale
      const own = { scale: all(scale), offset: all(offset) }
      return own.scale && own.offset && { scale: own.scale, offset: own.offset }
    }
    case 'Normalization': {
      const [scale, offset] = (layer as Layer & { affine(): readonly [Tensor, Tensor] }).affine()
      const found = { scale: doubles(scale), offset: doubles(offset) }
      tf.dispose([scale, offset])
      return found
    }
    case 'BatchNormalization':
      return normalization(layer, config)
    default:
      return undefined
  }
}

function normalization(layer: Layer, config: tf.serialization.ConfigDict): Affine {
  const weights = layer.getWeights().map(doubles)
  const gamma = config['scale'] === false ? undefined : weights.shift()
  const beta = config['center'] === false ? undefined : weights.shift()
  const [mean, variance] = weights
  const epsilon = Number(config['epsilon'])
  const scale = variance.map((value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + epsilon))
  return { scale, offset: scale.map((value, c) => (beta?.[c] ?? 0) - value * mean[c]) }
}

const doubles = (tensor: Tensor): Float64Array => Float64Array.from(tensor.dataSync<'float32'>())

function isLast(axis: unknown, rank: number): boolean {
  const [at] = [axis ?? -1].flat() as readonly unknown[]
  return Number(at) === -1 || Number(at) === rank - 1
}

/** First one, then the other; undefined where they are of other numbers of channels. */
export function composed(first: Affine | undefined, second: Affine): Affine | undefined {
  if (first === undefined) return second
  const channels = Math.max(first.scale.length, second.scale.length)
  const [a, b] = [tiled(first, channels), tiled(second, channels)]
  return (
    a &&
    b && {
      scale: a.scale.map((value, c) => value * b.scale[c]),
      offset: a.offset.map((value, c) => value * b.scale[c] + b.offset[c]),
    }
  )
}

/** The same of so many channels, again and again; undefined where that does not come out even. */
export function tiled({ scale, offset }: Affine, channels: number): Affine | undefined {
  if (channels % scale.length !== 0) return undefined
  const all = (values: Float64Array) =>
    Float64Array.from({ length: channels }, (_, c) => values[c % values.length])
  return { scale: all(scale), offset: all(offset) }
}

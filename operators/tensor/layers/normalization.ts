import { tf, type Tensor } from '../tf.js'

type Shape = (number | null)[]
type Weight = ReturnType<tf.layers.Layer['addWeight']>

/** What Keras divides by at least. */
const LEAST = 1e-7

/**
 * Keras' Normalization along the last axis: (x − mean) / max(√variance, 1e-7), of what it has seen (`adapt`), which are its
 * weights, or of what its config says. A layer that TensorFlow.js lacks.
 */
export class Normalization extends tf.layers.Layer {
  static readonly className = 'Normalization'
  private readonly given: readonly [mean: unknown, variance: unknown]
  private readonly axis: readonly number[] | undefined
  private weightsOfMoments: readonly [Weight, Weight] | undefined

  constructor(config: Readonly<Record<string, unknown>>) {
    const { mean, variance, axis, invert, ...rest } = config
    super(rest)
    if (invert === true) throw new Error('invert true: is not computed, use a Rescaling')
    this.given = [mean ?? undefined, variance ?? undefined]
    this.axis = axis === null ? [] : [axis ?? -1].flat().map(Number)
  }

  override build(inputShape: Shape): void {
    const rank = inputShape.length
    const places = this.axis?.map((at) => (at < 0 ? at + rank : at)) ?? []
    if (places.some((at) => at !== rank - 1))
      throw new Error(
        `axis [${places.join(', ')}]: expected the last, ${rank - 1}, along which it is computed`,
      )
    const [mean, variance] = this.given
    if ((mean === undefined) !== (variance === undefined))
      throw new Error('expected both mean and variance, or neither, got one')
    if (mean === undefined) {
      const shape = places.length > 0 ? inputShape.slice(-1) : []
      this.weightsOfMoments = [
        this.addWeight('mean', shape, 'float32', tf.initializers.zeros(), undefined, false),
        this.addWeight('variance', shape, 'float32', tf.initializers.ones(), undefined, false),
      ]
    }
    super.build(inputShape)
  }

  override computeOutputShape<T>(inputShape: T): T {
    return inputShape
  }

  /** The scale and the offset, by which each channel is multiplied and then moved. */
  affine(): readonly [scale: Tensor, offset: Tensor] {
    return tf.tidy(() => {
      const [mean, variance] = this.weightsOfMoments
        ? this.weightsOfMoments.map((weight) => weight.read())
        : this.given.map(constant)
      const scale = tf.div(1, tf.maximum(tf.sqrt(variance), LEAST))
      return [tf.reshape(scale, [-1]), tf.reshape(tf.neg(tf.mul(mean, scale)), [-1])] as const
    })
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat()
    return tf.tidy(() => {
      const [scale, offset] = this.affine()
      return tf.add(tf.mul(x, scale), offset)
    })
  }

  override getConfig(): tf.serialization.ConfigDict {
    const [mean, variance] = this.given
    const own = { axis: this.axis?.slice() ?? [-1], mean, variance }
    return { ...super.getConfig(), ...(own as tf.serialization.ConfigDict) }
  }
}

/** A number, or one for each channel, however deep in lists. */
function constant(value: unknown): Tensor {
  const numbers = [value].flat(Infinity).map(Number)
  if (numbers.length > 0 && numbers.every((one) => Number.isFinite(Math.fround(one))))
    return tf.tensor1d(numbers)
  throw new Error(`mean and variance: expected finite numbers, got ${JSON.stringify(value)}`)
}

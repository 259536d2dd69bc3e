import { tf, type Tensor, type Tensor4D } from '../tf.js'

/** Settings of a LocalResponseNormalization, of which `alpha` is not divided by the channels that are summed. */
export interface LocalResponseNormalizationConfig {
  readonly name?: string
  /** Channels on either side that are summed with a channel's own. */
  readonly depthRadius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number
}

/**
 * x / (bias + alpha Σ x²)^beta, the sum over a channel and its neighbours, up to `depthRadius` on either side, those beyond
 * the first and last being 0 (Krizhevsky et al. 2012, section 3.3). A layer that Keras lacks; in a model.json of ours it has
 * the class `LocalResponseNormalization`.
 */
export class LocalResponseNormalization extends tf.layers.Layer {
  static readonly className = 'LocalResponseNormalization'
  private readonly settings: LocalResponseNormalizationConfig

  constructor({ depthRadius, bias, alpha, beta, ...rest }: LocalResponseNormalizationConfig) {
    super(rest)
    this.settings = { depthRadius, bias, alpha, beta }
    for (const [key, value] of Object.entries(this.settings))
      if (typeof value !== 'number' || !(value >= 0))
        throw new Error(`${key}: expected a number from 0, got ${String(value)}`)
  }

  override computeOutputShape<T>(inputShape: T): T {
    return inputShape
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { depthRadius, bias, alpha, beta } = this.settings
    const [x] = [inputs].flat() as Tensor4D[]
    return tf.tidy(() => tf.localResponseNormalization(x, depthRadius, bias, alpha, beta))
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings }
  }
}

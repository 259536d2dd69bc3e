import { tf, type Tensor, type Tensor4D } from '../tf.js'

/** How pixels of another size are made. */
const INTERPOLATIONS = ['bilinear', 'nearest'] as const

interface Config {
  readonly name?: string
  readonly height: number
  readonly width: number
  readonly interpolation?: (typeof INTERPOLATIONS)[number]
  readonly dataFormat?: string | null
  readonly cropToAspectRatio?: boolean | null
  readonly padToAspectRatio?: boolean | null
}
type Settings = Required<Pick<Config, 'height' | 'width' | 'interpolation'>>

/**
 * Keras' Resizing, `tf.image.resize` with pixels' centres at halves and without antialiasing: of each side a product with a matrix
 * of shares. TensorFlow.js' own cannot be called in a model, takes corners for centres, and its gradient knows no halves.
 */
export class Resizing extends tf.layers.Layer {
  static readonly className = 'Resizing'
  private readonly settings: Settings

  constructor({ height, width, interpolation = 'bilinear', ...rest }: Config) {
    super({ ...rest })
    this.settings = { height, width, interpolation }
    if (!INTERPOLATIONS.includes(interpolation))
      throw new Error(
        `interpolation: expected one of ${INTERPOLATIONS.join(', ')}, got ${interpolation as string}`,
      )
    if (rest.cropToAspectRatio || rest.padToAspectRatio)
      throw new Error('crop_to_aspect_ratio and pad_to_aspect_ratio: expected false, all of the image')
    if (rest.dataFormat === 'channelsFirst') throw new Error('data_format: expected channels_last')
    for (const [key, value] of Object.entries({ height, width }))
      if (typeof (value as unknown) !== 'number')
        throw new Error(`${key}: expected a whole number from 1, got ${String(value)}`)
  }

  override computeOutputShape<T>(inputShape: T): T {
    const [images, , , channels] = [inputShape].flat() as readonly (number | null)[]
    return [images, this.settings.height, this.settings.width, channels] as T
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat() as Tensor4D[]
    const [images, height, width, channels] = x.shape
    const { height: tall, width: wide } = this.settings
    return tf.tidy(() => {
      const rows = tf.reshape(x, [images, height, width * channels])
      const columns = tf.reshape(tf.matMul(this.shares(height, tall, images), rows), [
        images * tall,
        width,
        channels,
      ])
      return tf.reshape(tf.matMul(this.shares(width, wide, images * tall), columns), [
        images,
        tall,
        wide,
        channels,
      ])
    })
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings }
  }

  /** [count, to, from] what of each old pixel a new one is, again and again. */
  private shares(from: number, to: number, count: number): Tensor {
    const shares = new Float32Array(to * from)
    for (let i = 0; i < to; i++) {
      const centre = ((i + 0.5) * from) / to
      if (this.settings.interpolation === 'nearest') {
        shares[i * from + Math.min(Math.floor(centre), from - 1)] = 1
        continue
      }
      const below = Math.floor(centre - 0.5)
      const share = centre - 0.5 - below
      shares[i * from + Math.max(below, 0)] += 1 - share
      shares[i * from + Math.min(below + 1, from - 1)] += share
    }
    return tf.tile(tf.tensor3d(shares, [1, to, from]), [count, 1, 1])
  }
}

import { tf, type Tensor, type Tensor4D } from '../tf.js'

interface Config {
  readonly name?: string
  readonly height: number
  readonly width: number
  readonly dataFormat?: string | null
}

/** Keras' CenterCrop of images that are as large as the crop, or larger: of TensorFlow.js' own there is no gradient. */
export class CenterCrop extends tf.layers.Layer {
  static readonly className = 'CenterCrop'
  private readonly size: { readonly height: number; readonly width: number }

  constructor({ height, width, ...rest }: Config) {
    super({ ...rest })
    this.size = { height, width }
    if (rest.dataFormat === 'channelsFirst') throw new Error('data_format: expected channels_last')
  }

  override computeOutputShape<T>(inputShape: T): T {
    const [images, tall, wide, channels] = [inputShape].flat() as readonly (number | null)[]
    const { height, width } = this.size
    if (!(height <= Number(tall) && width <= Number(wide)))
      throw new Error(
        `expected an image of ${height}x${width} or more, which it would not resize, got ${tall}x${wide}`,
      )
    return [images, height, width, channels] as T
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat() as Tensor4D[]
    const [images, tall, wide, channels] = x.shape
    const { height, width } = this.size
    const from = [0, Math.floor((tall - height) / 2), Math.floor((wide - width) / 2), 0]
    return tf.tidy(() => tf.slice(x, from, [images, height, width, channels]))
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.size }
  }
}

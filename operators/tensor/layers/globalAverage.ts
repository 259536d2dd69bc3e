import { tf, type Layer, type Tensor, type Tensor4D } from '../tf.js'

type Config = Readonly<Record<string, unknown>>

const [Pooling] = tf.serialization.SerializationMap.getMap().classNameMap[
  'GlobalAveragePooling2D'
] as unknown as [new (config: Config) => Layer]

/**
 * Keras' GlobalAveragePooling2D as a product of each image with a row of 1 / positions. Native TensorFlow's mean over two axes sums
 * in an order that depends on where in memory an image lies, if it has not a multiple of so many channels: a row's bits are then its
 * place's, and images could only be evaluated one by one.
 */
export class GlobalAverage extends Pooling {
  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat() as Tensor4D[]
    if (this.getConfig()['dataFormat'] === 'channelsFirst') return tf.tidy(() => tf.mean(x, [2, 3]))
    const [images, height, width, channels] = x.shape
    const positions = height * width
    return tf.tidy(() => {
      const row = tf.fill([images, 1, positions], 1 / positions)
      return tf.reshape(tf.matMul(row, tf.reshape(x, [images, positions, channels])), [images, channels])
    })
  }
}

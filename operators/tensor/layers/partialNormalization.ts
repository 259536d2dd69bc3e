import { tf, type Layer, type Tensor } from '../tf.js'

type Config = Readonly<Record<string, unknown>>
interface Variable {
  read(): Tensor
}
type Normalization = Layer & {
  readonly axis: number | readonly number[]
  readonly epsilon: number
  readonly gamma?: Variable
  readonly beta?: Variable
  readonly movingMean: Variable
  readonly movingVariance: Variable
}

const [BatchNormalization] = tf.serialization.SerializationMap.getMap().classNameMap[
  'BatchNormalization'
] as unknown as [new (config: Config) => Normalization]

/** Keras' BatchNormalization without `scale` or `center`, of which TensorFlow.js has no gradient. */
export class PartialNormalization extends BatchNormalization {
  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat()
    return tf.tidy(() => {
      const [axis] = [this.axis].flat()
      const at = axis < 0 ? axis + x.rank : axis
      const along = (value: Tensor) =>
        tf.reshape(
          value,
          x.shape.map((size, place) => (place === at ? size : 1)),
        )
      const deviation = tf.sqrt(tf.add(this.movingVariance.read(), this.epsilon))
      const scale = this.gamma ? tf.div(this.gamma.read(), deviation) : tf.div(1, deviation)
      const offset = tf.neg(tf.mul(this.movingMean.read(), scale))
      const moved = this.beta ? tf.add(offset, this.beta.read()) : offset
      return tf.add(tf.mul(x, along(scale)), along(moved))
    })
  }
}

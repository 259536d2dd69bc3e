import t from 'tap'
import { randomFor } from '../../../operators/random.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loaders } from '../../../operators/tensor/load.js'
import { tf, type Tensor } from '../../../operators/tensor/tf.js'

await useBackend()

const numbers = (shape: readonly number[], purpose: string) => {
  const random = randomFor(1, purpose)
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform() - 0.5)
}

/** How far the gradient is from differences at most; a mean is linear, so that these are exact but for rounding. */
function furthest(shape: readonly number[], pool: (x: Tensor) => Tensor): number {
  return tf.tidy(() => {
    const values = numbers(shape, 'input')
    const at = (x: Float32Array) => tf.tensor(x, [...shape])
    const weights = numbers(pool(at(values)).shape, 'weights')
    const weigh = (x: Tensor): tf.Scalar => {
      const pooled = pool(x)
      return tf.sum(tf.mul(pooled, tf.tensor(weights, pooled.shape)))
    }
    const slopes = Float32Array.from(
      tf
        .grad((x: Tensor) => weigh(x))(at(values))
        .dataSync(),
    )
    const moved = (i: number, by: number) => {
      const x = Float32Array.from(values)
      x[i] += by
      return weigh(at(x)).dataSync()[0]
    }
    return slopes.reduce(
      (most, slope, i) => Math.max(most, Math.abs(moved(i, 1) - moved(i, -1) - 2 * slope)),
      0,
    )
  })
}

for (const backend of ['native', 'wasm', 'cpu'] as const)
  void t.test(
    `${backend}: the gradient of average pooling is that of its values, at the edges too`,
    async (t) => {
      await loaders[backend]()
      const tensors = tf.memory().numTensors
      for (const pad of ['same', 'valid'] as const) {
        for (const [size, step] of [
          [3, 1],
          [3, 2],
          [[2, 3], 2],
          [2, [1, 3]],
          [5, 3],
        ] as const) {
          const [window, strides] = [size, step] as [number, number]
          const error = furthest([2, 7, 5, 2], (x) => tf.avgPool(x as tf.Tensor4D, window, strides, pad))
          t.ok(error < 1e-5, `${pad} ${JSON.stringify([size, step])}: ${error}`)
        }
        const error = furthest([1, 3, 4, 5, 2], (x) => tf.avgPool3d(x as tf.Tensor5D, 3, 2, pad))
        t.ok(error < 1e-5, `${pad} of three sides: ${error}`)
      }
      // what is no part of a batch is pooled as a batch of one
      const alone = furthest([7, 5, 2], (x) => tf.avgPool(x as tf.Tensor3D, 2, 2, 'same'))
      t.ok(alone < 1e-5, String(alone))
      t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
    },
  )

import type { Architecture } from '../../architecture.js'
import type { ImageShape } from '../../records/image.js'
import { activate, slope } from '../dense.js'
import { tf, type Tensor2D, type Tensor4D } from '../tf.js'
import { filterGradient } from './filterGradient.js'
import type { MiniBatch } from './miniBatches.js'
import type { Optimizer } from './optimizer.js'
import { denseLayers, type Sums } from './perceptron.js'
import type { LayerWeights } from './weights.js'

type Convolutional = Extract<Architecture, { readonly kind: 'CNN' }>

/**
 * A training step of convolutions below dense layers: the mean cross-entropy's gradient by a written-out backward pass,
 * then an update of `layers` in place.
 *
 * The pooling is done before bias and activation: these never decrease, so that the largest of four stays the largest, and
 * the values are the same at a quarter of the work.
 *
 * @param layers convolutions, then dense layers
 * @param decay coefficient of Σw² per layer
 */
export function convolutionalStep(
  layers: readonly LayerWeights[],
  { convolutions, activation }: Pick<Convolutional, 'convolutions' | 'activation'>,
  shape: ImageShape,
  decay: readonly number[],
  optimizer: Optimizer,
): (batch: MiniBatch) => Sums {
  const depth = convolutions.length
  const updates = layers.slice(0, depth).map(({ kernel, bias }) => ({
    kernel: optimizer(kernel.length),
    bias: optimizer(bias.length),
  }))
  const dense = denseLayers(layers.slice(depth), activation, decay.slice(depth), optimizer)

  const learn = (batch: MiniBatch): Sums => {
    const { rows, pixels, rate } = batch
    let x: Tensor4D = tf.tensor4d(pixels, [rows, ...shape])
    const passes = convolutions.map(({ filters, size }, i) => {
      const { kernel, bias } = layers[i]
      const filter = tf.tensor4d(kernel, [size, size, x.shape[3], filters])
      const input = x
      const sum = tf.conv2d(input, filter, 1, 'same')
      const pooled = tf.maxPool(sum, POOL, POOL, 'valid')
      x = activate(activation, bias.length > 0 ? tf.add<Tensor4D>(pooled, tf.tensor1d(bias)) : pooled)
      return { input, filter, sum, pooled, output: x }
    })
    const back = (gradient: Tensor2D) => {
      let g: Tensor4D = tf.reshape(gradient, x.shape)
      for (const [i, { input, filter, sum, pooled, output }] of [...passes.entries()].reverse()) {
        g = tf.mul(g, slope(activation, output))
        const bias = tf.sum(g, [0, 1, 2]).dataSync<'float32'>()
        g = poolGradient(g, sum, pooled)
        const kernel = filterGradient(input, g, filter.shape).dataSync<'float32'>()
        // the images' own gradient is of no use here
        if (i > 0) g = tf.conv2dTranspose(g, filter, input.shape, 1, 'same')
        updates[i].kernel(layers[i].kernel, kernel, decay[i], rate)
        updates[i].bias(layers[i].bias, bias, 0, rate)
      }
    }
    return dense(tf.reshape(x, [rows, -1]), batch, back)
  }

  return (batch) => {
    const sums: Sums[] = []
    tf.tidy(() => {
      sums.push(learn(batch))
    })
    return sums[0]
  }
}

/** Side of what is pooled, and its stride. */
const POOL = 2

/** The gradient with respect to what was pooled. */
function poolGradient(dy: Tensor4D, input: Tensor4D, output: Tensor4D): Tensor4D {
  const attributes = { filterSize: POOL, strides: POOL, pad: 'valid' }
  return tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, attributes)
}

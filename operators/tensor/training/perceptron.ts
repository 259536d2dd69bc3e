import type { Activation } from '../../architecture.js'
import { crossEntropy } from '../../classifier/crossEntropy.js'
import { activate, slope } from '../dense.js'
import { tf, type Tensor2D } from '../tf.js'
import type { MiniBatch } from './miniBatches.js'
import type { Optimizer } from './optimizer.js'
import { timesTransposed, transposedTimes } from './product.js'
import type { LayerWeights } from './weights.js'

/** What a step came to, sums over its images. */
export interface Sums {
  readonly loss: number
  readonly errors: number
}

/**
 * A training step of a dense network: the mean cross-entropy's gradient by a written-out backward pass,
 * then an update of `layers` in place.
 *
 * @param decay coefficient of Σw² per layer
 */
export function perceptronStep(
  layers: readonly LayerWeights[],
  activation: Activation,
  decay: readonly number[],
  optimizer: Optimizer,
): (batch: MiniBatch) => Sums {
  const learn = denseLayers(layers, activation, decay, optimizer)
  return (batch) => {
    const sums: Sums[] = []
    tf.tidy(() => {
      sums.push(learn(tf.tensor2d(batch.pixels, [batch.rows, layers[0].inputs]), batch))
    })
    return sums[0]
  }
}

/**
 * The same on a batch that is on the device, within `tf.tidy`.
 *
 * @param below gets the gradient of the mean cross-entropy with respect to the batch, before `layers` change
 */
export function denseLayers(
  layers: readonly LayerWeights[],
  activation: Activation,
  decay: readonly number[],
  optimizer: Optimizer,
): (x: Tensor2D, batch: MiniBatch, below?: (gradient: Tensor2D) => void) => Sums {
  const classes = layers[layers.length - 1].units
  const updates = layers.map(({ kernel, bias }) => ({
    kernel: optimizer(kernel.length),
    bias: optimizer(bias.length),
  }))
  return (x, { rows, labels, rate }, below) => {
    const kernels = layers.map(({ kernel, inputs, units }) => tf.tensor2d(kernel, [inputs, units]))
    const inputs: Tensor2D[] = [x]
    let logits = x
    for (const [i, { bias }] of layers.entries()) {
      const product = { a: inputs[i], b: kernels[i] }
      logits = tf.fused.matMul(
        bias.length > 0 ? { ...product, bias: tf.tensor1d(bias) } : product,
      ) as Tensor2D
      if (i < layers.length - 1) inputs.push(activate(activation, logits))
    }
    const { loss, errors, gradient } = crossEntropy(logits.dataSync<'float32'>(), labels, classes)
    let g = tf.tensor2d(
      gradient.map((value) => value / rows),
      [rows, classes],
    )
    for (let i = layers.length - 1; i >= 0; i--) {
      const kernel = transposedTimes(inputs[i], g).dataSync<'float32'>()
      const bias = tf.sum(g, 0).dataSync<'float32'>()
      if (i > 0) g = tf.mul(timesTransposed(g, kernels[i]), slope(activation, inputs[i]))
      else below?.(timesTransposed(g, kernels[0]))
      updates[i].kernel(layers[i].kernel, kernel, decay[i], rate)
      updates[i].bias(layers[i].bias, bias, 0, rate)
    }
    return { loss, errors }
  }
}

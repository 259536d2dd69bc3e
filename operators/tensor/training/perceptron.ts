import type { Activation } from '../../architecture.js'
import { crossEntropy } from '../crossEntropy.js'
import { activate, slope } from '../dense.js'
import { tf, type Tensor2D } from '../tf.js'
import type { MiniBatch } from './miniBatches.js'
import type { Optimizer } from './optimizer.js'
import { timesTransposed, transposedTimes } from './product.js'
import type { LayerWeights } from './weights.js'

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
): (batch: MiniBatch) => { loss: number; errors: number } {
  const classes = layers[layers.length - 1].units
  const updates = layers.map(({ kernel, bias }) => ({
    kernel: optimizer(kernel.length),
    bias: optimizer(bias.length),
  }))
  return ({ rows, pixels, labels, rate }) => {
    let loss = 0
    let errors = 0
    tf.tidy(() => {
      const kernels = layers.map(({ kernel, inputs, units }) => tf.tensor2d(kernel, [inputs, units]))
      const inputs: Tensor2D[] = [tf.tensor2d(pixels, [rows, layers[0].inputs])]
      let logits = inputs[0]
      for (const [i, { bias }] of layers.entries()) {
        const product = { a: inputs[i], b: kernels[i] }
        logits = tf.fused.matMul(
          bias.length > 0 ? { ...product, bias: tf.tensor1d(bias) } : product,
        ) as Tensor2D
        if (i < layers.length - 1) inputs.push(activate(activation, logits))
      }
      const result = crossEntropy(logits.dataSync<'float32'>(), labels, classes)
      ;({ loss, errors } = result)
      let g = tf.tensor2d(
        result.gradient.map((value) => value / rows),
        [rows, classes],
      )
      for (let i = layers.length - 1; i >= 0; i--) {
        const kernel = transposedTimes(inputs[i], g).dataSync<'float32'>()
        const bias = tf.sum(g, 0).dataSync<'float32'>()
        if (i > 0) g = tf.mul(timesTransposed(g, kernels[i]), slope(activation, inputs[i]))
        updates[i].kernel(layers[i].kernel, kernel, decay[i], rate)
        updates[i].bias(layers[i].bias, bias, 0, rate)
      }
    })
    return { loss, errors }
  }
}

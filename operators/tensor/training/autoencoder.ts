import { slope } from '../dense.js'
import { tf, type Tensor2D } from '../tf.js'
import type { MiniBatch } from './miniBatches.js'
import type { Optimizer } from './optimizer.js'
import { timesTransposed, transposedTimes } from './product.js'
import type { LayerWeights } from './weights.js'

/** What an autoencoder's code is to be like. */
export interface Sparsity {
  /** Weight of the penalty, β. */
  readonly weight: number
  /** Mean activation that each unit is drawn to, ρ. */
  readonly activation: number
}

/**
 * A training step of a sparse sigmoid autoencoder: per sample ½‖o − x‖², plus β Σ KL(ρ‖ρ̂ⱼ) over the code's
 * units with ρ̂ the batch's mean activation (Ng, CS294A lecture notes on sparse autoencoders).
 *
 * @param decay coefficients of Σw² of the encoder and the decoder
 */
export function autoencoderStep(
  encoder: LayerWeights,
  decoder: LayerWeights,
  sparsity: Sparsity,
  decay: readonly [number, number],
  optimizer: Optimizer,
): (batch: MiniBatch) => { loss: number; errors: number } {
  const layers = [encoder, decoder]
  const updates = layers.map(({ kernel, bias }) => ({
    kernel: optimizer(kernel.length),
    bias: optimizer(bias.length),
  }))
  return ({ rows, pixels, rate }) => {
    let loss = 0
    tf.tidy(() => {
      const x = tf.tensor2d(pixels, [rows, encoder.inputs])
      const [kernel1, kernel2] = layers.map(({ kernel, inputs, units }) =>
        tf.tensor2d(kernel, [inputs, units]),
      )
      const code = tf.sigmoid(tf.add<Tensor2D>(tf.matMul(x, kernel1), tf.tensor1d(encoder.bias)))
      const output = tf.sigmoid(tf.add<Tensor2D>(tf.matMul(code, kernel2), tf.tensor1d(decoder.bias)))
      const reconstruction = squaredError(output.dataSync<'float32'>(), pixels, rows)
      const penalty = sparsityPenalty(tf.mean(code, 0).dataSync<'float32'>(), sparsity, rows)
      loss = reconstruction.loss + rows * penalty.loss

      const g2 = tf.tensor2d(reconstruction.gradient, [rows, decoder.units])
      const back = tf.add<Tensor2D>(timesTransposed(g2, kernel2), tf.tensor1d(penalty.gradient))
      const g1 = tf.mul<Tensor2D>(back, slope('sigmoid', code))
      for (const [i, [input, g]] of [[x, g1] as const, [code, g2] as const].entries()) {
        const kernel = transposedTimes(input, g).dataSync<'float32'>()
        updates[i].kernel(layers[i].kernel, kernel, decay[i], rate)
        updates[i].bias(layers[i].bias, tf.sum(g, 0).dataSync<'float32'>(), 0, rate)
      }
    })
    return { loss, errors: NaN }
  }
}

/** Sum over the batch of ½‖o − x‖², and its mean's gradient before the output's sigmoid, (o − x) o (1 − o) / n. */
function squaredError(output: Float32Array, pixels: Float32Array, rows: number) {
  const gradient = new Float32Array(output.length)
  let loss = 0
  for (let i = 0; i < output.length; i++) {
    const o = output[i]
    const difference = o - pixels[i]
    loss += difference * difference
    gradient[i] = (difference * o * (1 - o)) / rows
  }
  return { loss: loss / 2, gradient }
}

/** β Σⱼ KL(ρ‖ρ̂ⱼ), and its gradient with respect to one sample's activations. */
function sparsityPenalty(mean: Float32Array, { weight, activation: rho }: Sparsity, rows: number) {
  const gradient = new Float32Array(mean.length)
  let loss = 0
  for (let j = 0; j < mean.length; j++) {
    // a unit that never or always fires has no finite KL
    const q = Math.min(1 - 1e-6, Math.max(1e-6, mean[j]))
    loss += weight * (rho * Math.log(rho / q) + (1 - rho) * Math.log((1 - rho) / (1 - q)))
    gradient[j] = (weight * (-rho / q + (1 - rho) / (1 - q))) / rows
  }
  return { loss, gradient }
}

import { crossEntropy } from '../../classifier/crossEntropy.js'
import { tf, type Tensor2D } from '../tf.js'
import { lbfgs, type Valuation, type LbfgsOptions } from './lbfgs.js'
import { nextTurn } from './turn.js'
import { sumOfSquares, type LayerWeights } from './weights.js'

/** Some of the inputs of a softmax, on the device. */
export interface Block {
  /** [rows × inputs] */
  readonly x: Tensor2D
  /** [rows] */
  readonly labels: Int32Array
}

/** State of the softmax after one iteration. */
export interface SoftmaxIterate {
  readonly iteration: number
  /** Mean cross-entropy and decay. */
  readonly loss: number
  readonly error: number
  readonly gradientNorm: number
  readonly layer: LayerWeights
}

/** Options of `softmaxRegression`. */
export interface SoftmaxOptions extends LbfgsOptions {
  /** Whether the softmax has biases. Default true. */
  readonly bias?: boolean | undefined
}

/**
 * Multinomial logistic regression by full-batch L-BFGS from zero: mean cross-entropy + `decay` · Σw², biases
 * not decayed. Products are float32 on the device, losses, sums and the minimiser's state float64.
 *
 * @param decay coefficient of Σw²
 */
export async function* softmaxRegression(
  blocks: readonly Block[],
  classes: number,
  decay: number,
  { bias = true, ...options }: SoftmaxOptions,
  signal: AbortSignal,
): AsyncGenerator<SoftmaxIterate, void, undefined> {
  const inputs = blocks[0].x.shape[1]
  const size = blocks.reduce((sum, block) => sum + block.labels.length, 0)
  let errors = 0

  async function valueAt(point: Float64Array): Promise<Valuation> {
    await nextTurn(signal)
    const layer = layerOf(point, inputs, classes)
    const gradient = new Float64Array(point.length)
    let loss = 0
    errors = 0
    for (const block of blocks) {
      const sums = accumulate(block, layer, gradient)
      loss += sums.loss
      errors += sums.errors
    }
    const weights = inputs * classes
    for (let i = 0; i < point.length; i++)
      gradient[i] = gradient[i] / size + (i < weights ? 2 * decay * point[i] : 0)
    return { value: loss / size + decay * sumOfSquares(point.subarray(0, weights)), gradient }
  }

  const start = new Float64Array((inputs + (bias ? 1 : 0)) * classes)
  for await (const { iteration, value, gradientNorm, point } of lbfgs(start, valueAt, options)) {
    const layer = layerOf(point, inputs, classes)
    yield { iteration, loss: value, error: errors / size, gradientNorm, layer }
  }
}

/** Adds a block's gradient, laid out as [classes × inputs] and then [classes], where there is a bias. */
function accumulate(
  { x, labels }: Block,
  { kernel, bias, inputs, units }: LayerWeights,
  gradient: Float64Array,
) {
  let sums = { loss: 0, errors: 0 }
  tf.tidy(() => {
    const product = { a: x, b: tf.tensor2d(kernel, [inputs, units]) }
    const z = tf.fused.matMul(bias.length > 0 ? { ...product, bias: tf.tensor1d(bias) } : product)
    const result = crossEntropy(z.dataSync<'float32'>(), labels, units)
    sums = result
    // (rᵀ·x) and not (xᵀ·r): the small operand is the one to transpose
    const r = tf.tensor2d(result.gradient, [labels.length, units])
    const products = tf.matMul(tf.transpose(r), x).dataSync<'float32'>()
    for (let i = 0; i < products.length; i++) gradient[i] += products[i]
    for (let i = 0; bias.length > 0 && i < result.gradient.length; i++)
      gradient[products.length + (i % units)] += result.gradient[i]
  })
  return sums
}

function layerOf(point: Float64Array, inputs: number, units: number): LayerWeights {
  const kernel = new Float32Array(inputs * units)
  for (let k = 0; k < units; k++)
    for (let i = 0; i < inputs; i++) kernel[i * units + k] = point[k * inputs + i]
  return { inputs, units, kernel, bias: Float32Array.from(point.subarray(inputs * units)) }
}

import type { Classifier } from '../../operators/classifier.js'
import { randomFor } from '../../operators/random.js'
import { classifierOf } from '../../operators/tensor/classifier.js'
import { denseNetwork } from '../../operators/tensor/dense.js'
import { tf } from '../../operators/tensor/tf.js'

/** logits = W x + b, with W [inputs × classes]. */
export function linearClassifier(
  name: string,
  inputs: number,
  weights: Float32Array,
  bias: Float32Array,
): Classifier {
  const kernel = tf.tensor2d(weights, [inputs, bias.length])
  return classifierOf(
    name,
    name,
    denseNetwork([inputs], [{ kind: 'linear', kernel, bias: tf.tensor1d(bias) }]),
  )
}

export function gaussians(n: number, scale: number, ...what: (string | number)[]): Float32Array {
  const random = randomFor(7, 'test', ...what)
  return Float32Array.from({ length: n }, () => scale * random.gaussian())
}

/**
 * ‖r‖ of the exact optimum for two classes: minimise ‖r‖ subject to w·(x + r) + b ≥ 0 in the box. The KKT
 * conditions give r = P(x + μw) − x with one multiplier μ ≥ 0, found by bisection; Infinity if none does.
 */
export function twoClassOptimum(x: Float32Array, w: Float64Array, b: number): number {
  const at = (mu: number) => Float64Array.from(x, (xi, i) => Math.min(1, Math.max(0, xi + mu * w[i])))
  const margin = (mu: number) => at(mu).reduce((sum, xi, i) => sum + xi * w[i], b)
  let [low, high] = [0, 1]
  while (margin(high) < 0 && high < 1e9) high *= 2
  if (margin(high) < 0) return Infinity
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (margin(middle) < 0) low = middle
    else high = middle
  }
  return Math.sqrt(at(high).reduce((sum, xi, i) => sum + (xi - x[i]) ** 2, 0))
}

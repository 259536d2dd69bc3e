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

const clip = (value: number) => Math.min(1, Math.max(0, value))
/** P(x + μw), and its ‖r‖ and margin w·(x + r) + b. */
function along(x: Float32Array, w: Float64Array, b: number, mu: number): { norm: number; margin: number } {
  const at = Float64Array.from(x, (xi, i) => clip(xi + mu * w[i]))
  return {
    norm: Math.sqrt(at.reduce((sum, xi, i) => sum + (xi - x[i]) ** 2, 0)),
    margin: at.reduce((sum, xi, i) => sum + xi * w[i], b),
  }
}

/** The least value from which on `isAbove`, between 0 and the first power of 2 that is. */
function bisect(isAbove: (value: number) => boolean): number {
  let [low, high] = [0, 1]
  while (!isAbove(high) && high < 1e9) high *= 2
  if (!isAbove(high)) return Infinity
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (isAbove(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * ‖r‖ of the exact optimum for two classes: minimise ‖r‖ subject to w·(x + r) + b ≥ 0 in the box. The KKT
 * conditions give r = P(x + μw) − x with one multiplier μ ≥ 0, found by bisection; Infinity if none does.
 */
export function twoClassOptimum(x: Float32Array, w: Float64Array, b: number): number {
  const mu = bisect((mu) => along(x, w, b, mu).margin >= 0)
  return mu < Infinity ? along(x, w, b, mu).norm : Infinity
}

/**
 * The exact minimiser of c ‖r‖² + log(1 + exp(−(w·(x + r) + b))) in the box: r = P(x + μw) − x again, where
 * 2cμ = 1 / (1 + exp(margin)), the softmax's share of the other class.
 */
export function twoClassMinimiser(
  x: Float32Array,
  w: Float64Array,
  b: number,
  c: number,
): { readonly norm: number; readonly margin: number } {
  const mu = bisect((mu) => 2 * c * mu >= 1 / (1 + Math.exp(along(x, w, b, mu).margin)))
  return along(x, w, b, mu)
}

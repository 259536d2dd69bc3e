import type { Classifier } from '../../operators/classifier.js'
import { randomFor } from '../../operators/random.js'

/** logits = W x + b, in double precision. */
export interface Affine {
  /** [classes][inputs] */
  readonly weights: readonly Float64Array[]
  readonly bias: Float64Array
}

/** Half-spaces {r : normal · r ≥ offset} in which one class is above each of the others. */
export type HalfSpaces = readonly { readonly normal: Float64Array; readonly offset: number }[]

/** W and b of a classifier whose logits are affine in the pixels; undefined where they are not. */
export function affineOf(classifier: Classifier): Affine | undefined {
  const { classes, inputShape } = classifier
  const size = inputShape.reduce((product, length) => product * length, 1)
  const origin = new Float32Array(size)
  const bias = Float64Array.from(classifier.logits(origin))
  const weights = Array.from(bias, (_, k) => {
    const oneHot = Float32Array.from(bias, (__, j) => (j === k ? 1 : 0))
    return Float64Array.from(classifier.logitGradient(origin, () => oneHot).gradient)
  })
  const random = randomFor(1, 'affine', classifier.name)
  const x = Float32Array.from(origin, () => random.uniform())
  const seen = classifier.logits(x)
  const largest = Math.max(...seen.map(Math.abs))
  const isAffine = weights.every(
    (w, k) => Math.abs(dot(w, x) + bias[k] - seen[k]) < 1e-4 * largest && seen.length === classes,
  )
  return isAffine ? { weights, bias } : undefined
}

/** The perturbations r of x for which `target` is above all other classes: (w_t − w_j)·(x + r) + b_t − b_j ≥ 0. */
export function targetRegion({ weights, bias }: Affine, x: Float32Array, target: number): HalfSpaces {
  return weights.flatMap((w, j) => {
    if (j === target) return []
    const normal = weights[target].map((value, i) => value - w[i])
    return [{ normal, offset: bias[j] - bias[target] - dot(normal, x) }]
  })
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

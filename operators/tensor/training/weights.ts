import type { Architecture } from '../../architecture.js'
import { randomFor } from '../../random.js'

/** The numbers of a dense layer, x·kernel + bias, or x·kernel. */
export interface LayerWeights {
  readonly inputs: number
  readonly units: number
  /** [inputs × units] */
  readonly kernel: Float32Array
  /** [units], or [0] of a layer without bias */
  readonly bias: Float32Array
}

/**
 * Glorot's uniform initial weights, ±√(6 / (inputs + units)), and zero biases (Glorot and Bengio 2010, eq. 16);
 * from our own generator, so that they are the same on every backend.
 *
 * @param layer which of the network's layers
 */
export function initialWeights(
  seed: number,
  layer: number,
  inputs: number,
  units: number,
  bias = true,
): LayerWeights {
  const random = randomFor(seed, 'weights', layer)
  const limit = Math.sqrt(6 / (inputs + units))
  const kernel = new Float32Array(inputs * units)
  for (let i = 0; i < kernel.length; i++) kernel[i] = (2 * random.uniform() - 1) * limit
  return { inputs, units, kernel, bias: new Float32Array(bias ? units : 0) }
}

/** The initial weights of all layers of a network on so many values. */
export const initialLayers = (
  { units, bias }: Pick<Architecture, 'units' | 'bias'>,
  seed: number,
  values: number,
): LayerWeights[] => units.map((n, i) => initialWeights(seed, i, i === 0 ? values : units[i - 1], n, bias))

/** Σ w², in doubles. */
export function sumOfSquares(weights: Float32Array | Float64Array): number {
  let sum = 0
  for (const w of weights) sum += w * w
  return sum
}

import { convolutionsIn, formatArchitecture, type Architecture } from '../../architecture.js'
import { BlindspotError } from '../../errors.js'
import { randomFor } from '../../random.js'
import type { ImageShape } from '../../records/image.js'

/** The numbers of a layer, x·kernel + bias, or x·kernel; of a convolution x is what a filter covers, row by row. */
export interface LayerWeights {
  /** Values that a unit is computed from. */
  readonly inputs: number
  readonly units: number
  /** [inputs × units]; of a convolution [size × size × channels × filters] */
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

/** The initial weights of all layers of a network on images of a shape. */
export const initialLayers = (architecture: Architecture, seed: number, shape: ImageShape): LayerWeights[] =>
  sizesOf(architecture, shape).map(({ inputs, units }, i) =>
    initialWeights(seed, i, inputs, units, architecture.bias),
  )

/**
 * Inputs and units of each layer.
 *
 * @throws BlindspotError `bad-data` where the images are too small for the pooling
 */
function sizesOf(architecture: Architecture, shape: ImageShape) {
  let [height, width, channels] = shape
  const convolutions = convolutionsIn(architecture)
  const sizes = convolutions.map(({ filters, size }) => {
    const layer = { inputs: size * size * channels, units: filters }
    ;[height, width, channels] = [height >> 1, width >> 1, filters]
    return layer
  })
  let inputs = height * width * channels
  if (inputs === 0) {
    const least = 2 ** convolutions.length
    throw new BlindspotError(
      'bad-data',
      `${formatArchitecture(architecture)} halves its images ${convolutions.length} times: expected images of at least ${least}×${least} pixels, got ${shape.slice(0, 2).join('×')}`,
    )
  }
  for (const units of architecture.units) {
    sizes.push({ inputs, units })
    inputs = units
  }
  return sizes
}

/** Σ w², in doubles. */
export function sumOfSquares(weights: Float32Array | Float64Array): number {
  let sum = 0
  for (const w of weights) sum += w * w
  return sum
}

import { tf, type Layer, type SymbolicTensor, type Tensor } from '../tf.js'
import { tiled, type Affine } from './affine.js'

/** Where a layer's weights have its channels: which of the kernels, and of a kernel's values the channel in and the one out. */
interface Kernel {
  /** Place of the kernel among the layer's weights that gives the channels out. */
  readonly at: number
  readonly outs: number
  readonly out: (value: number) => number
  /** Undefined where what comes in cannot be folded. */
  readonly in?: (value: number) => number
}

/** Layers that multiply by a kernel and add a bias. */
const CLASSES: ReadonlySet<string> = new Set([
  ...['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'DepthwiseConv2D', 'SeparableConv2D', 'Conv2DTranspose'],
])

/** Whether a layer is a kernel, a bias and an activation function. */
export const isLinear = (layer: Layer): boolean => CLASSES.has(layer.getClassName())

function kernelOf(layer: Layer): Kernel | undefined {
  const shapes = layer.weights.map(({ shape }) => shape.map((size) => size ?? 0))
  const [shape] = shapes
  const [ins, outs] = shape.slice(-2)
  const config = layer.getConfig()
  if (config['dataFormat'] === 'channelsFirst') return undefined
  switch (layer.getClassName()) {
    case 'Dense':
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D': {
      const perGroup = outs / Number(config['groups'] ?? 1)
      return {
        ...{ at: 0, outs, out: (i) => i % outs },
        in: (i) => Math.floor((i % outs) / perGroup) * ins + (Math.floor(i / outs) % ins),
      }
    }
    case 'DepthwiseConv2D':
      return {
        ...{ at: 0, outs: ins * outs, out: (i) => i % (ins * outs) },
        in: (i) => Math.floor(i / outs) % ins,
      }
    case 'SeparableConv2D': {
      const last = shapes[1].at(-1) ?? 0
      return { at: 1, outs: last, out: (i) => i % last }
    }
    case 'Conv2DTranspose':
      // [height, width, filters, channels]
      return { at: 0, outs: ins, out: (i) => Math.floor(i / outs) % ins }
    default:
      return undefined
  }
}

/**
 * A copy of a linear layer that does what comes behind it, too: each channel's filter and bias times its scale, plus the offset.
 *
 * @returns its output; undefined where it cannot be
 */
export function foldedBehind(layer: Layer, input: SymbolicTensor, behind: Affine): Folded | undefined {
  const kernel = kernelOf(layer)
  const affine = kernel && tiled(behind, kernel.outs)
  if (!kernel || !affine || behind.scale.length > kernel.outs) return undefined
  const { scale, offset } = affine
  return copied(layer, input, kernel, (values, bias) => [
    values.map((value, i) => value * scale[kernel.out(i)]),
    offset.map((value, k) => value + bias[k] * scale[k]),
  ])
}

/**
 * A copy of a linear layer that does what comes before it, too. Exact without padding: the zeros beyond an edge are beyond what
 * comes before, so that with padding nothing can be added, only multiplied.
 *
 * @returns its output; undefined where it cannot be
 */
export function foldedBefore(layer: Layer, input: SymbolicTensor, before: Affine): Folded | undefined {
  const kernel = kernelOf(layer)
  const inner = kernel?.in
  const affine = tiled(before, input.shape.at(-1) ?? 0)
  if (!kernel || !inner || !affine) return undefined
  const padded = (layer.getConfig()['padding'] ?? 'valid') !== 'valid'
  const { scale, offset } = affine
  if (padded && offset.some((value) => value !== 0)) return undefined
  return copied(layer, input, kernel, (values, bias) => {
    const sums = bias.slice()
    for (const [i, value] of values.entries()) sums[kernel.out(i)] += value * offset[inner(i)]
    return [values.map((value, i) => value * scale[inner(i)]), sums]
  })
}

/** A layer with other weights where it is called. */
export interface Folded {
  readonly layer: Layer
  readonly output: SymbolicTensor
}

function copied(
  layer: Layer,
  input: SymbolicTensor,
  { at, outs }: Kernel,
  change: (kernel: Float64Array, bias: Float64Array) => readonly [Float64Array, Float64Array],
): Folded {
  const config = layer.getConfig()
  const Kind = layer.constructor as new (config: Readonly<Record<string, unknown>>) => Layer
  const own = new Kind({ ...config, name: `${layer.name}/folded`, useBias: true })
  // written over at once: random numbers would only take time
  own.setFastWeightInitDuringBuild(true)
  const output = own.apply(input) as SymbolicTensor
  const given = layer.getWeights()
  const bias = config['useBias'] === false ? undefined : given.pop()
  const [kernel, sums] = change(doubles(given[at]), bias ? doubles(bias) : new Float64Array(outs))
  tf.tidy(() => {
    const changed = given.map((tensor, i) =>
      i === at ? tf.tensor(Float32Array.from(kernel), tensor.shape) : tensor,
    )
    own.setWeights([...changed, tf.tensor1d(Float32Array.from(sums))])
  })
  return { layer: own, output }
}

const doubles = (tensor: Tensor): Float64Array => Float64Array.from(tensor.dataSync<'float32'>())

import { tf, type Tensor } from './tf.js'

/** A pooling, as its gradient's kernel has it. */
interface Pooling {
  readonly filterSize: number | number[]
  readonly strides: number | number[]
  readonly pad: 'valid' | 'same' | number
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const mended = new Set<string>()

/**
 * Mends the gradients of average pooling on a backend whose kernels (wasm's and cpu's) divide by all places of a window, also
 * where some lie beyond the edge, as with the padding `same`, and the mean was over the others: what comes in is made larger by
 * as much.
 */
export function mendAveragePoolGradients(backendName: string): void {
  for (const [kernelName, infoOf] of [
    ['AvgPoolGrad', sides2D],
    ['AvgPool3DGrad', sides3D],
  ] as const) {
    const own = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined
    const key = `${backendName} ${kernelName}`
    if (mended.has(key) || !own) continue
    mended.add(key)
    tf.unregisterKernel(kernelName, backendName)
    tf.registerKernel({
      ...own,
      kernelFunc(args) {
        const pooling = args.attrs as unknown as Pooling
        if (pooling.pad === 'valid') return own.kernelFunc(args)
        const input = args.inputs['input'] as Tensor
        const dy = tf.tidy(() => weighted(args.inputs['dy'] as Tensor, infoOf(input.shape, pooling)))
        const gradient = own.kernelFunc({ ...args, inputs: { ...args.inputs, dy } })
        dy.dispose()
        return gradient
      },
    })
  }
}

/** A side of what is pooled: its length, the window's, its step, places before the first, and how many windows there are. */
type Side = readonly [length: number, window: number, step: number, before: number, windows: number]

/** By size of a window over its places within the image, which is a product over the sides. */
function weighted(dy: Tensor, sides: readonly Side[]): Tensor {
  return sides.reduce((product, [length, window, step, before, windows], i) => {
    const weights = Float32Array.from({ length: windows }, (_, at) => {
      const from = at * step - before
      return window / (Math.min(length, from + window) - Math.max(0, from))
    })
    const shape = dy.shape.map((_, axis) => (axis === i + 1 ? windows : 1))
    return tf.mul(product, tf.tensor(weights, shape))
  }, dy)
}

function sides2D(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Pooling): Side[] {
  const of = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize as [number, number],
    strides as [number, number],
    1,
    pad,
    dimRoundingMode,
  )
  return [
    [of.inHeight, of.filterHeight, of.strideHeight, of.padInfo.top, of.outHeight],
    [of.inWidth, of.filterWidth, of.strideWidth, of.padInfo.left, of.outWidth],
  ]
}

function sides3D(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Pooling): Side[] {
  const of = tf.backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize as [number, number, number],
    strides as [number, number, number],
    1,
    pad,
    dimRoundingMode,
  )
  return [
    [of.inDepth, of.filterDepth, of.strideDepth, of.padInfo.front, of.outDepth],
    [of.inHeight, of.filterHeight, of.strideHeight, of.padInfo.top, of.outHeight],
    [of.inWidth, of.filterWidth, of.strideWidth, of.padInfo.left, of.outWidth],
  ]
}

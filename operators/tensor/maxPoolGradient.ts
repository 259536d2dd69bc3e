import { tf, type Tensor } from './tf.js'

/** Below all that a network computes with, and above what `positive` makes of a negative number. */
const NOTHING = 2 ** -60
const LEAST = 2 ** -30

let mended = false

/**
 * Mends the gradient of max pooling on wasm: its kernel looks for the largest number beginning with the smallest positive
 * one, and where all that is pooled is negative it gives the gradient to the first place. Here it is asked of numbers in
 * the same order that are all positive.
 */
export function mendMaxPoolGradient(): void {
  const backendName = 'wasm'
  const kernelName = 'MaxPoolGrad'
  const own = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined
  if (mended || !own) return
  mended = true
  tf.unregisterKernel(kernelName, backendName)
  tf.registerKernel({
    ...own,
    kernelFunc(args) {
      const input = tf.tidy(() => positive(args.inputs['input'] as Tensor))
      const gradient = own.kernelFunc({ ...args, inputs: { ...args.inputs, input } })
      input.dispose()
      return gradient
    },
  })
}

/** Each number by itself, so that a row depends on no other: 0 and more as they are, others −1/x, made tiny. */
function positive(x: Tensor): Tensor {
  const below = tf.div(2 ** -100, tf.maximum(tf.abs(x), LEAST))
  return tf.where(tf.less(x, 0), below, tf.maximum(x, NOTHING))
}

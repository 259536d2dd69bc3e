import { tf, type Tensor } from './tf.js'

/** Gradients with respect to a convolution's filter, which TensorFlow.js computes whether asked for or not. */
const KERNELS = ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter']

/**
 * Runs `f`, which wants gradients with respect to inputs alone, on backends without those kernels too
 * (wasm): meanwhile a filter's gradient, of which nothing is made, is zeros.
 */
export function withoutFilterGradients<T>(f: () => T): T {
  const backendName = tf.getBackend()
  const present = new Set(tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName))
  const lacking = KERNELS.filter((kernelName) => !present.has(kernelName))
  for (const kernelName of lacking) {
    const kernelFunc = ({ attrs }: { attrs?: object | undefined }): Tensor =>
      tf.zeros((attrs as { filterShape: [number, number, number, number] }).filterShape)
    tf.registerKernel({ kernelName, backendName, kernelFunc })
  }
  try {
    return f()
  } finally {
    for (const kernelName of lacking) tf.unregisterKernel(kernelName, backendName)
  }
}

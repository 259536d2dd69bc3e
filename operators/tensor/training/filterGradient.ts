import { tf, type Tensor2D, type Tensor4D } from '../tf.js'
import { transposedTimes } from './product.js'

type Shape = Tensor4D['shape']

/**
 * The gradient of a convolution of stride 1 and `same` padding with respect to its filter, of the shape
 * [height, width, channels, filters]; a backend without that operation (wasm) gets it from products, several times slower.
 *
 * @param x [n × height × width × channels] what was convolved
 * @param dy [n × height × width × filters] gradient with respect to the result
 */
export function filterGradient(x: Tensor4D, dy: Tensor4D, filterShape: Shape): Tensor4D {
  const kernel = 'Conv2DBackpropFilter'
  const found = tf.getKernel(kernel, tf.getBackend()) as tf.KernelConfig | undefined
  if (!found) return byProducts(x, dy, filterShape)
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape }
  return tf.engine().runKernel(kernel, { x, dy }, attributes)
}

/** Σ over images and places of x, shifted as that pixel of the filter is, times dy: a product for each pixel. */
export function byProducts(x: Tensor4D, dy: Tensor4D, [height, width, channels, filters]: Shape): Tensor4D {
  const [above, left] = [(height - 1) >> 1, (width - 1) >> 1]
  const padded = tf.pad(x, [
    [0, 0],
    [above, height - 1 - above],
    [left, width - 1 - left],
    [0, 0],
  ])
  const places: Tensor2D = tf.reshape(dy, [-1, filters])
  const products = Array.from({ length: height * width }, (_, pixel) => {
    const shifted = tf.slice4d(padded, [0, Math.floor(pixel / width), pixel % width, 0], x.shape)
    return transposedTimes(tf.reshape(shifted, [-1, channels]), places)
  })
  return tf.reshape(tf.concat2d(products, 0), [height, width, channels, filters])
}

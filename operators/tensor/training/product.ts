import { tf, type Tensor2D } from '../tf.js'

// wasm multiplies with a transposed operand ten times slower than it transposes and multiplies;
// the native library is faster with the flag.

/** aᵀ·b */
export function transposedTimes(a: Tensor2D, b: Tensor2D): Tensor2D {
  return tf.getBackend() === 'tensorflow' ? tf.matMul(a, b, true, false) : tf.matMul(tf.transpose(a), b)
}

/** a·bᵀ */
export function timesTransposed(a: Tensor2D, b: Tensor2D): Tensor2D {
  return tf.getBackend() === 'tensorflow' ? tf.matMul(a, b, false, true) : tf.matMul(a, tf.transpose(b))
}

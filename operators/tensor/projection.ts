import { tf, type Tensor2D } from './tf.js'

/** Multiplies batches of rows with one matrix, in float32. */
export interface Projection {
  /** [n × count] ⟨row, direction⟩ of `values` [n × units]. */
  project(values: Float32Array): Float32Array
  dispose(): void
}

/**
 * Projection on the rows of a matrix.
 *
 * @param directions [count × units]
 */
export function projectionOn(directions: Float32Array, units: number): Projection {
  const matrix = tf.tidy(() =>
    // transposed once: wasm multiplies with a transposed operand ten times slower than without
    tf.keep(tf.transpose(tf.tensor2d(directions, [directions.length / units, units]))),
  )
  return {
    project(values) {
      const product = tf.tidy(() =>
        tf.matMul<Tensor2D>(tf.tensor2d(values, [values.length / units, units]), matrix),
      )
      try {
        return product.dataSync<'float32'>()
      } finally {
        product.dispose()
      }
    },
    dispose: () => matrix.dispose(),
  }
}

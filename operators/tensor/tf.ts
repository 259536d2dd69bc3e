// Not `import *`: for that Node reads the 5 MB of CommonJS once more, in search of names, which takes longer than to
// load them.
import tf = require('@tensorflow/tfjs')

/** TensorFlow.js, loaded in this one place; a backend registers itself with it (see backend.ts). */
export { tf }
export type { LayersModel, SymbolicTensor, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs'
export type Layer = tf.layers.Layer

import * as tf from '@tensorflow/tfjs'

/** TensorFlow.js, imported in this one place; a backend registers itself with it (see backend.ts). */
export { tf }
export type { LayersModel, SymbolicTensor, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs'

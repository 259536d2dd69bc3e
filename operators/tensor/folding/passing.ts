import type { Layer } from '../tf.js'

/** Layers that leave values as they are at inference. */
const PASSING: ReadonlySet<string> = new Set([
  ...['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
])

/** Whether a layer gives at inference what it is given: dropout, noise, an activation function that is none. */
export const isPassing = (layer: Layer): boolean =>
  PASSING.has(layer.getClassName()) ||
  (layer.getClassName() === 'Activation' && layer.getConfig()['activation'] === 'linear')

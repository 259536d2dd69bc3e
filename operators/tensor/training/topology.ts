import { createRequire } from 'node:module'
import { convolutionsIn, layersOf, type Architecture } from '../../architecture.js'
import type { ImageShape } from '../../records/image.js'
import type { Json } from '../modelFile.js'
import type { LayerWeights } from './weights.js'
import { sizeFromShape } from '../../classifier/sizeFromShape.js'

// not from TensorFlow.js itself, which plans of networks do not need
const { version } = createRequire(import.meta.url)('@tensorflow/tfjs/package.json') as { version: string }

/** A network as a TensorFlow.js layers model has it: a chain of Keras' layers, and its weights. */
export interface Topology {
  readonly topology: { readonly [key: string]: Json }
  readonly specs: readonly { readonly name: string; readonly shape: number[]; readonly dtype: 'float32' }[]
}

/** The topology of an architecture's layers on images of a shape; dense networks take them as rows of values. */
export function topologyOf(
  name: string,
  architecture: Architecture,
  shape: ImageShape,
  weights: readonly LayerWeights[],
): Topology {
  const convolutions = convolutionsIn(architecture)
  const names = layersOf(architecture)
  const values = sizeFromShape(shape)
  const inputShape = convolutions.length > 0 ? shape : [values]
  const layers: Json[] = []
  const specs: Topology['specs'][number][] = []
  for (const [i, { inputs, units, bias }] of weights.entries()) {
    const own = names[i]
    const convolution = convolutions.at(i)
    const common = {
      name: own,
      trainable: true,
      activation: own === 'logits' ? 'linear' : architecture.activation,
      use_bias: bias.length > 0,
      dtype: 'float32',
      ...(i === 0 ? { batch_input_shape: [null, ...inputShape] } : {}),
    }
    if (convolution) {
      const { filters, size } = convolution
      layers.push(
        layer('Conv2D', { ...common, filters, kernel_size: [size, size], strides: [1, 1], padding: 'same' }),
        layer('MaxPooling2D', {
          ...{ name: `pool${i + 1}`, pool_size: [2, 2], strides: [2, 2], padding: 'valid' },
        }),
      )
      specs.push(spec(`${own}/kernel`, [size, size, inputs / size ** 2, filters]))
    } else {
      if (i === convolutions.length && i > 0) layers.push(layer('Flatten', { name: 'flatten' }))
      layers.push(layer('Dense', { ...common, units }))
      specs.push(spec(`${own}/kernel`, [inputs, units]))
    }
    if (bias.length > 0) specs.push(spec(`${own}/bias`, [units]))
  }
  return { topology: sequential(name, layers), specs }
}

/** A chain of layers as a model. */
export const sequential = (name: string, layers: readonly Json[]) => ({
  ...layer('Sequential', { name, layers }),
  keras_version: `tfjs-layers ${version}`,
  backend: 'tensor_flow.js',
})

/** A layer, or a model. */
export const layer = (className: string, config: { readonly [key: string]: Json }) => ({
  class_name: className,
  config,
})

/** A weight of the manifest. */
export const spec = (name: string, shape: number[]) => ({ name, shape, dtype: 'float32' as const })

import type { GraphLayer, ModelGraph } from './model/graph.js'
import { TRANSPARENT } from './model/classes.js'

/** Layers whose activation function is the last that they do. */
export const ACTIVATED: ReadonlySet<string> = new Set([
  ...['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'DepthwiseConv2D', 'SeparableConv2D'],
])

/** The last layer that changes values, if nothing else uses it: layers behind it do nothing at inference. */
export function lastLayer({ output, calls }: ModelGraph): GraphLayer | undefined {
  let value: ModelGraph['output'] | 'input' = output
  while (value !== 'input') {
    const { layer, inputs }: ModelGraph['output']['call'] = value.call
    if (!isTransparent(layer))
      return calls.filter((call) => call.layer === layer).length === 1 ? layer : undefined
    value = inputs[0]
  }
  return undefined
}

const isTransparent = ({ className, config }: GraphLayer) =>
  TRANSPARENT.has(className) ||
  (className === 'Activation' && (config['activation'] ?? 'linear') === 'linear') ||
  (className === 'Permute' && (config['dims'] as number[]).every((dimension, i) => dimension === i + 1))

/** The function that a layer ends with, such as `softmax`. */
export function functionOf({ className, config }: GraphLayer): unknown {
  if (className === 'Softmax') return 'softmax'
  return ACTIVATED.has(className) || className === 'Activation' ? config['activation'] : undefined
}

/**
 * The layer without its softmax.
 *
 * @param inputShape with the batch's dimension
 */
export function withoutSoftmax(layer: GraphLayer, inputShape: readonly (number | null)[]): GraphLayer {
  if (functionOf(layer) !== 'softmax') return layer
  const { className, config } = layer
  if (className !== 'Softmax') return { ...layer, config: { ...config, activation: 'linear' } }
  return isOverAll(config['axis'], inputShape)
    ? { ...layer, className: 'Activation', config: { activation: 'linear' } }
    : layer
}

/** Whether an axis is the last, or the only one that is longer than 1: a softmax is then over the classes. */
function isOverAll(axis: unknown, shape: readonly (number | null)[]): boolean {
  const given = Number(axis ?? -1)
  const at = given < 0 ? given + shape.length : given
  return at === shape.length - 1 || shape.every((size, i) => i === 0 || i === at || size === 1)
}

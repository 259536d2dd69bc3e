import { isObject } from '../../options/isObject.js'

/** Settings of training, or told again elsewhere, that are left out: only what the network computes is kept. */
const LEFT_OUT =
  /(Initializer|Regularizer|Constraint)$|^(weights|buildConfig|buildInputShape|compileConfig|trainable|registeredName)$/

/** Names that people gave, and lists of them. */
const NAMES = new Set(['name', 'className', 'module', 'inboundNodes', 'inputLayers', 'outputLayers'])

/** Other names of activation functions: what Python's functions and classes are called. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  softmaxV2: 'softmax',
  logSoftmaxV2: 'logSoftmax',
  silu: 'swish',
  Softmax: 'softmax',
  ReLU: 'relu',
  ELU: 'elu',
  geluNew: 'gelu_new',
}

/**
 * A topology in the one form that the rest reads, whichever of Keras 2, Keras 3 and TensorFlow.js wrote it: keys and
 * values such as `channels_last` as TensorFlow.js has them, activations by name where they have one, Keras 3's
 * `batch_shape` and types of numbers as Keras 2's.
 */
export function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalized)
  if (typeof value === 'string') return camel(value)
  if (!isObject(value)) return value
  if (value['type'] === 'ndarray' && typeof value['value'] === 'number') return value['value']
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const name = camel(key)
      if (LEFT_OUT.test(name)) return []
      if (NAMES.has(name)) return [[name, inner]]
      if (name === 'activation' || name === 'recurrentActivation') return [[name, activation(inner)]]
      if (name === 'batchShape') return [['batchInputShape', inner]]
      if (name === 'dtype') return [[name, dtype(inner)]]
      return [[name, normalized(inner)]]
    }),
  )
}

/** An activation as TensorFlow.js names it, such as `hardSigmoid`; a description of a layer stays one. */
function activation(value: unknown): unknown {
  if (value === null) return 'linear'
  if (typeof value === 'string') {
    const name = camel(value)
    return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : name
  }
  if (!isObject(value)) return value
  const { className, config } = normalized(value) as Partial<Record<string, unknown>>
  if (className === 'function') return activation(config)
  if (typeof className === 'string' && /^[a-z]/.test(className)) return activation(className)
  return className === 'Softmax' && alongLast(config) ? 'softmax' : { className, config }
}

/** Whether a softmax's axis is the last, as it is by default. */
export function alongLast(config: unknown): boolean {
  const axis = isObject(config) ? config['axis'] : undefined
  return [undefined, null, -1, '-1'].includes(Array.isArray(axis) ? String(axis) : (axis as null))
}

/** The type of numbers that one of Keras' policies stores. */
function dtype(value: unknown): unknown {
  return isObject(value) && isObject(value['config']) ? value['config']['name'] : value
}

function camel(text: string): string {
  return text.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase())
}

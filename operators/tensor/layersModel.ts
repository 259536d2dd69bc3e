import { denseNetwork, type DenseOperation } from './dense.js'
import { inputGradient } from './inputGradient.js'
import { build, type BuiltModel, type Use } from './model/build.js'
import { ownVariables } from './model/ownVariables.js'
import { bad, inFile, type LayersFile } from './modelFile.js'
import type { Network } from './network.js'
import { ACTIVATED } from './softmax.js'
import {
  tf,
  type Layer,
  type LayersModel,
  type SymbolicTensor,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from './tf.js'

/** The network in a layers model, on logits: the written-out one where it is a chain of dense layers. */
export function layersModelNetwork({
  file,
  graph,
  specs,
  weights,
  inOrder,
}: Pick<LayersFile, 'file' | 'graph' | 'specs' | 'weights' | 'inOrder'>): Network {
  const { result: model, dispose } = inFile(file, () => build(graph, specs, weights, inOrder))
  let operations: DenseOperation[] | undefined
  try {
    const { shape } = model.output
    if (!shape.slice(1).every((size) => size !== null && size > 0)) {
      throw bad(file, `expected an output of a fixed shape, got [${shape.map(String).join(', ')}]`)
    }
    operations = denseOperations(model)
    if (operations === undefined) return layersNetwork(graph.inputShape, model, dispose)
  } catch (error) {
    dispose()
    throw error
  }
  dispose()
  return denseNetwork(graph.inputShape, operations)
}

/** The operations of a chain of dense layers, with tensors of their own; undefined for any other network. */
function denseOperations({ input, output, uses }: BuiltModel): DenseOperation[] | undefined {
  const chained = uses.every(
    ({ inputs }, i) => inputs.length === 1 && inputs[0] === (i === 0 ? input : uses[i - 1].outputs[0]),
  )
  if (
    !chained ||
    uses.at(-1)?.outputs[0] !== output ||
    new Set(uses.map(({ layer }) => layer)).size < uses.length
  )
    return undefined

  let flat = input.shape.length === 2
  const plans: (() => DenseOperation)[] = []
  let dense = false
  for (const { name, layer } of uses) {
    const config = layer.getConfig()
    const activation = config['activation']
    switch (layer.getClassName()) {
      case 'Flatten':
        if (!flat && config['dataFormat'] === 'channelsFirst') return undefined
        flat = true
        break
      case 'Dropout':
        break
      case 'Dense': {
        if (!flat || !isDense(activation)) return undefined
        dense = true
        const named = activation === 'linear' ? { name } : {}
        plans.push(() => {
          const [kernel, bias] = layer.getWeights() as [Tensor2D, Tensor1D | undefined]
          const zeros = (): Tensor1D => tf.zeros<tf.Rank.R1>([kernel.shape[1]])
          return {
            kind: 'linear',
            ...named,
            kernel: tf.keep(kernel.clone()),
            bias: tf.keep(bias?.clone() ?? zeros()),
          }
        })
        if (activation !== 'linear') plans.push(() => ({ kind: 'activation', name, activation }))
        break
      }
      case 'Activation':
        if (!isDense(activation)) return undefined
        if (activation !== 'linear') plans.push(() => ({ kind: 'activation', name, activation }))
        break
      default:
        return undefined
    }
  }
  return dense ? plans.map((make) => make()) : undefined
}

function isDense(activation: unknown): activation is 'sigmoid' | 'tanh' | 'relu' | 'linear' {
  return ['sigmoid', 'tanh', 'relu', 'linear'].includes(String(activation))
}

/** Any layers model, differentiated by TensorFlow.js. */
function layersNetwork(
  inputShape: readonly number[],
  { input, output, uses }: BuiltModel,
  disposeWeights: () => void,
): Network {
  const model = tf.model({ inputs: input, outputs: output })
  const reachable = new Map(uses.filter((use) => use.outputs.length === 1).map((use) => [use.name, use]))
  const found = (name: string) => {
    const there = reachable.get(name)
    if (there === undefined) throw new RangeError(name)
    return there
  }
  const parts = new Map<string, { readonly model: LayersModel; readonly dispose: () => void }>()
  const partTo = (name: string, pre: boolean) => {
    const use = found(name)
    const { result, dispose } = ownVariables(() => {
      const outputs = pre ? beforeActivation(use) : use.outputs[0]
      if (outputs === undefined) throw new RangeError(name)
      return tf.model({ inputs: input, outputs })
    })
    return { model: result, dispose }
  }
  const flat = (y: Tensor): Tensor2D => tf.reshape(y, [y.shape[0], -1])
  const applyAll = (part: LayersModel, x: Tensor2D): Tensor2D[] => {
    const y = part.apply(tf.reshape(x, [x.shape[0], ...inputShape]), { training: false }) as Tensor | Tensor[]
    return [y].flat().map(flat)
  }
  const apply = (part: LayersModel, x: Tensor2D): Tensor2D => applyAll(part, x)[0]
  let every: LayersModel | undefined
  return {
    inputShape,
    classes: output.shape.slice(1).reduce<number>((product, size) => product * (size ?? NaN), 1),
    layers: [...reachable.keys()],
    logits: (x) => apply(model, x),
    gradient: inputGradient((x) => apply(model, x)),
    outputs(x) {
      every ??= tf.model({
        inputs: input,
        outputs: [...reachable.values()].map(({ outputs }) => outputs[0]),
      })
      return applyAll(every, x)
    },
    layerShape: (name) =>
      found(name)
        .outputs[0].shape.slice(1)
        .map((size) => size ?? NaN),
    hasPre: (name) => hasPre(found(name).layer),
    increasing: (name) => isIncreasing(found(name).layer),
    activations(name, x, pre) {
      const key = `${pre ? 'pre' : 'post'} ${name}`
      let part = parts.get(key)
      if (part === undefined) parts.set(key, (part = partTo(name, pre)))
      return apply(part.model, x)
    },
    dispose() {
      for (const { dispose } of parts.values()) dispose()
      disposeWeights()
    },
  }
}

/** Layers that are nothing but an activation function. */
const ACTIVATIONS = new Set(['ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax'])

const hasPre = (layer: Layer): boolean =>
  ACTIVATIONS.has(layer.getClassName()) ||
  ((layer.getClassName() === 'Activation' || ACTIVATED.has(layer.getClassName())) &&
    layer.getConfig()['activation'] !== 'linear')

/** Activation functions without a flat part. A ReLU's zeros are equal, and not only in float32. */
const INCREASING = new Set(['sigmoid', 'tanh', 'softplus', 'softsign', 'elu', 'selu'])

function isIncreasing(layer: Layer): boolean {
  const { activation, alpha } = layer.getConfig()
  switch (layer.getClassName()) {
    case 'LeakyReLU':
    case 'ELU':
      return Number(alpha) > 0
    // PReLU's slopes are of each position
    case 'ReLU':
    case 'PReLU':
    case 'ThresholdedReLU':
    case 'Softmax':
      return false
    default:
      return typeof activation === 'string' && INCREASING.has(activation)
  }
}

/**
 * A layer's output before its activation function: its input, where it is nothing but one, or the output of a copy
 * without it, with the same weights; undefined where it has none.
 */
function beforeActivation({ layer, inputs: [input] }: Use): SymbolicTensor | undefined {
  if (!hasPre(layer)) return undefined
  if (!ACTIVATED.has(layer.getClassName())) return input
  const config = layer.getConfig()
  const Kind = layer.constructor as new (config: Readonly<Record<string, unknown>>) => Layer
  const own = new Kind({ ...config, name: `${layer.name}/pre`, activation: 'linear' })
  // written over at once: random numbers would only take time
  own.setFastWeightInitDuringBuild(true)
  const before = own.apply(input) as SymbolicTensor
  own.setWeights(layer.getWeights())
  return before
}

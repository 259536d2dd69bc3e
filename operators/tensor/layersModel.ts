import { denseNetwork, type DenseStep } from './dense.js'
import { withoutFilterGradients } from './filterGradients.js'
import { bad, reason, type ModelFile } from './modelFile.js'
import type { Network } from './network.js'
import { releaseTape } from './releaseTape.js'
import { withoutSoftmax } from './softmax.js'
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
export async function networkOf(file: ModelFile): Promise<Network> {
  const model = await load(file)
  const inputShape = model.inputs[0].shape.slice(1)
  const values = inputShape.every((size) => size !== null) ? inputShape : undefined
  if (model.inputs.length !== 1 || model.outputs.length !== 1 || values === undefined) {
    const shapes = JSON.stringify(model.inputs.map((input) => input.shape))
    model.dispose()
    throw bad(
      file.file,
      `one input of a fixed shape and one output are expected; it has inputs ${shapes} and ${model.outputs.length} outputs`,
    )
  }
  const steps = denseSteps(model)
  if (steps === undefined) return layersNetwork(values, model)
  model.dispose()
  return denseNetwork(values, steps)
}

async function load(file: ModelFile): Promise<LayersModel> {
  const modelTopology = withoutSoftmax(file.topology)
  const artifacts = { modelTopology, weightSpecs: file.specs, weightData: file.weights.buffer }
  try {
    return await tf.loadLayersModel({ load: () => Promise.resolve(artifacts) })
  } catch (cause) {
    throw bad(file.file, `TensorFlow.js cannot build the network (${reason(cause)})`, cause)
  }
}

/** The steps of a chain of dense layers, with tensors of their own; undefined for any other network. */
function denseSteps(model: LayersModel): DenseStep[] | undefined {
  const layers = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer')
  const chained = layers.every((layer, i) => {
    const { inboundNodes } = layer
    if (inboundNodes.length !== 1) return false
    const { inboundLayers } = inboundNodes[0]
    return i === 0
      ? inboundLayers.every((from) => from.getClassName() === 'InputLayer')
      : inboundLayers.length === 1 && inboundLayers[0] === layers[i - 1]
  })
  if (!chained) return undefined

  let flat = model.inputs[0].shape.length === 2
  const plans: (() => DenseStep)[] = []
  let dense = false
  for (const layer of layers) {
    const config = layer.getConfig()
    const activation = config['activation']
    const { name } = layer
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
function layersNetwork(inputShape: readonly number[], model: LayersModel): Network {
  const reachable = new Map<string, { readonly layer: Layer; readonly output: SymbolicTensor }>()
  for (const layer of model.layers) {
    if (layer.getClassName() === 'InputLayer' || layer.inboundNodes.length !== 1) continue
    const { output } = layer
    if (!Array.isArray(output)) reachable.set(layer.name, { layer, output })
  }
  const found = (name: string) => {
    const there = reachable.get(name)
    if (there === undefined) throw new RangeError(name)
    return there
  }
  const parts = new Map<string, { readonly model: LayersModel; readonly own: Layer | undefined }>()
  const partTo = (name: string, pre: boolean) => {
    const { layer, output } = found(name)
    const before = pre ? beforeActivation(layer) : { output, own: undefined }
    if (before === undefined) throw new RangeError(name)
    return { model: tf.model({ inputs: model.inputs, outputs: before.output }), own: before.own }
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
    classes: model.outputs[0].shape.slice(1).reduce<number>((product, size) => product * (size ?? NaN), 1),
    layers: [...reachable.keys()],
    logits: (x) => apply(model, x),
    gradient(batches, weigh) {
      const gradients = tf.grads((...inputs) => {
        const logits = inputs.map((x) => apply(model, x as Tensor2D))
        const weights = weigh(logits)
        return logits.map((z, i) => tf.sum(tf.mul(z, weights[i]))).reduce((all, sum) => tf.add(all, sum))
      })
      return releaseTape(() => withoutFilterGradients(() => gradients([...batches]) as Tensor2D[]))
    },
    outputs(x) {
      every ??= tf.model({
        inputs: model.inputs,
        outputs: [...reachable.values()].map(({ output }) => output),
      })
      return applyAll(every, x)
    },
    layerShape: (name) =>
      found(name)
        .output.shape.slice(1)
        .map((size) => size ?? NaN),
    hasPre: (name) => hasPre(found(name).layer),
    activations(name, x, pre) {
      const key = `${pre ? 'pre' : 'post'} ${name}`
      let part = parts.get(key)
      if (part === undefined) parts.set(key, (part = partTo(name, pre)))
      return apply(part.model, x)
    },
    dispose() {
      for (const { own } of parts.values()) own?.dispose()
      model.dispose()
    },
  }
}

/** Layers that are nothing but an activation function. */
const ACTIVATIONS = new Set(['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax'])

/** Layers whose activation function is the last that they do. */
const ACTIVATED = new Set([
  'Dense',
  'Conv1D',
  'Conv2D',
  'Conv2DTranspose',
  'DepthwiseConv2D',
  'SeparableConv2D',
])

const hasPre = (layer: Layer): boolean =>
  ACTIVATIONS.has(layer.getClassName()) ||
  (ACTIVATED.has(layer.getClassName()) && layer.getConfig()['activation'] !== 'linear')

/**
 * A layer's output before its activation function: its input, where it is nothing but one, or the output of a copy
 * without it, with the same weights, that has to be disposed of; undefined where it has none.
 */
function beforeActivation(
  layer: Layer,
): { readonly output: SymbolicTensor; readonly own: Layer | undefined } | undefined {
  const { input } = layer
  if (Array.isArray(input) || !hasPre(layer)) return undefined
  if (ACTIVATIONS.has(layer.getClassName())) return { output: input, own: undefined }
  const config = layer.getConfig()
  const Kind = layer.constructor as new (config: Readonly<Record<string, unknown>>) => Layer
  // written over at once: random numbers would only take time
  const initial = Object.keys(config).filter((key) => key.endsWith('Initializer'))
  const own = new Kind({
    ...config,
    ...Object.fromEntries(initial.map((key) => [key, 'zeros'])),
    name: `${layer.name}/pre`,
    activation: 'linear',
  })
  const before = own.apply(input) as SymbolicTensor
  own.setWeights(layer.getWeights())
  return { output: before, own }
}

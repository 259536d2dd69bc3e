import type { LayersFile } from './modelFile.js'
import { densePlan, type DensePlan } from './densePlan.js'
import { denseNetwork, type DenseNetwork, type DenseOperation } from './dense.js'
import { affineFault } from './folding/affineFault.js'
import { folded, type FoldedModel } from './folding/folded.js'
import { inputGradient } from './inputGradient.js'
import { build, type BuiltModel, type Use } from './model/build.js'
import { ownVariables } from './model/ownVariables.js'
import { isIdentity, type Preparation } from './model/preprocess.js'
import { bad, inFile } from './modelFile.js'
import type { Network } from './network.js'
import { prepared } from './prepared.js'
import { ACTIVATED } from './softmax.js'
import { tf, type Layer, type LayersModel, type SymbolicTensor, type Tensor, type Tensor2D } from './tf.js'

/** What of a layers model's file makes a network. */
type File = Pick<LayersFile, 'file' | 'graph' | 'specs' | 'weights' | 'inOrder'>

/** A layers model, built and folded. */
export interface LayersParts {
  readonly model: FoldedModel
  /** The dense chain that it is, or why it is none. */
  readonly plan: DensePlan | string
  /** Layers that make no finite numbers, a sentence each. */
  readonly faults: readonly string[]
  readonly dispose: () => void
}

/**
 * Builds and folds a layers model.
 *
 * @throws BlindspotError `bad-model`; nothing is left of the network then
 */
export function layersParts({ file, graph, specs, weights, inOrder }: File): LayersParts {
  const built = inFile(file, () => build(graph, specs, weights, inOrder))
  try {
    const { shape } = built.result.output
    if (!shape.slice(1).every((size) => size !== null && size > 0))
      throw bad(file, `expected an output of a fixed shape, got [${shape.map(String).join(', ')}]`)
    const { result: model, dispose } = inFile(file, () => folded(built.result))
    const all = () => {
      dispose()
      built.dispose()
    }
    const faults = graph.layers.flatMap(({ name, className }) => {
      const use = built.result.uses.find((one) => one.name.replace(/#1$/, '') === name)
      const fault = use && affineFault(use.layer)
      return fault === undefined ? [] : [`layer ${JSON.stringify(name)} (${className}) ${fault}`]
    })
    return { model, plan: densePlan(model), faults, dispose: all }
  } catch (error) {
    built.dispose()
    throw error
  }
}

/**
 * The network in a layers model, on logits: the written-out one where it is a chain of dense layers.
 *
 * @param preparation what is done to an image before; of a dense chain the first layer does it. Default: nothing
 */
export function layersModelNetwork(file: File, preparation?: Preparation): Network {
  const { model, plan, faults, dispose } = layersParts(file)
  const { inputShape } = file.graph
  try {
    for (const fault of faults) throw bad(file.file, fault)
    const whole = layersNetwork(inputShape, model, dispose)
    const usual = preparation ? prepared(whole, preparation) : whole
    if (typeof plan === 'string') return usual
    const operations = plan.make()
    if (!preparation || isIdentity(preparation))
      return denseLayers(whole, model, plan, denseNetwork(inputShape, operations), true)
    const within = preparedFirst(operations, preparation)
    if (within) return denseLayers(usual, model, plan, denseNetwork(usual.inputShape, within), false)
    return prepared(denseLayers(whole, model, plan, denseNetwork(inputShape, operations), true), preparation)
  } catch (error) {
    dispose()
    throw error
  }
}

/**
 * The same network with its logits, gradient and most layers computed by a dense chain.
 *
 * @param isDirect whether what the chain takes is the model's own input
 */
function denseLayers(
  usual: Network,
  { uses }: FoldedModel,
  { positions }: DensePlan,
  dense: DenseNetwork,
  isDirect: boolean,
): Network {
  const least = isDirect ? -1 : 0
  const places = new Map<string, number>()
  for (const { name, outputs } of uses) {
    const at = positions.get(outputs[0])
    if (at !== undefined && at >= least) places.set(name, at)
  }
  const aside = usual.layers.filter((name) => !places.has(name))
  if (aside.length === 0) usual.dispose()
  return {
    ...usual,
    logits: (x) => dense.logits(x),
    gradient: (batches, weigh) => dense.gradient(batches, weigh),
    outputs: (x) => [...dense.outputs(x), ...aside.map((name) => usual.activations(name, x, false))],
    activations(name, x, pre) {
      const at = places.get(name)
      return at === undefined ? usual.activations(name, x, pre) : dense.valuesAt(pre ? at - 1 : at, x)
    },
    dispose() {
      dense.dispose()
      if (aside.length > 0) usual.dispose()
    },
  }
}

/** Operations of which the first does a preparation, too; undefined where that is more than to scale and to move. */
function preparedFirst(
  operations: readonly DenseOperation[],
  { scale, offset, reversed, channelsFirst }: Preparation,
): readonly DenseOperation[] | undefined {
  const [first, ...rest] = operations
  if (reversed || channelsFirst || first.kind !== 'linear') return undefined
  const { kernel, bias } = first
  const all = (values: readonly number[]) =>
    tf.tensor2d(
      Float32Array.from({ length: kernel.shape[0] }, (_, i) => values[i % values.length]),
      [kernel.shape[0], 1],
    )
  const own = tf.tidy(() => ({
    kernel: tf.keep(tf.mul<Tensor2D>(kernel, all(scale))),
    bias: tf.keep(tf.add<tf.Tensor1D>(bias, tf.reshape(tf.matMul(all(offset), kernel, true), [-1]))),
  }))
  tf.dispose([kernel, bias])
  return [{ ...first, ...own }, ...rest]
}

/** The definition of all that: every layer as the file has it, nothing folded or written out. */
export function plainNetwork({ file, graph, specs, weights, inOrder }: File): Network {
  const { result, dispose } = inFile(file, () => build(graph, specs, weights, inOrder))
  return layersNetwork(graph.inputShape, result, dispose)
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
  const parts = new Map<string, { readonly model: LayersModel | undefined; readonly dispose: () => void }>()
  const partTo = (name: string, pre: boolean) => {
    const use = found(name)
    const { result, dispose } = ownVariables(() => {
      const outputs = pre ? beforeActivation(use) : use.outputs[0]
      if (outputs === undefined) throw new RangeError(name)
      return outputs === input ? undefined : tf.model({ inputs: input, outputs })
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
      const tensors = new Set([...reachable.values()].map(({ outputs }) => outputs[0]))
      tensors.delete(input)
      every ??= tf.model({ inputs: input, outputs: [...tensors] })
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
      return part.model ? apply(part.model, x) : x
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

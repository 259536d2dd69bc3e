import { IDENTITIES, LAYERS, OWN_LAYERS } from './classes.js'
import { ignored } from './layerConfig.js'
import type { ParsedLayer, TensorName } from './topology.js'
import { isModel, MODELS } from './topology.js'

/** What to do with layers that TensorFlow.js lacks. */
const GRAPH =
  'save the model as a SavedModel (model.export in Keras), of which tensorflowjs_converter makes a graph of operations'

/** A layer of a model, in one form whether that is sequential or not. */
export interface LayerDefinition {
  /** The name that the layer's weights are called by. */
  readonly weightsName: string
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  /** The tensors that the layer is called with, call by call. */
  readonly calls: readonly (readonly TensorName[])[]
  /** What the layer consists of, where it is a model itself. */
  readonly model: ModelDefinition | undefined
}

export interface ModelDefinition {
  readonly name: string
  /** Layers by the names that they call each other by. */
  readonly layers: ReadonlyMap<string, LayerDefinition>
  readonly inputs: readonly TensorName[]
  readonly outputs: readonly TensorName[]
}

/**
 * The definition of a model, with the calls of its layers.
 *
 * @param keras3 whether Keras 3 wrote the file
 * @throws Error for layers without names or of one name, and what TensorFlow.js cannot compute
 */
export function definitionOf(parsed: ParsedLayer, keras3: boolean): ModelDefinition {
  const name = nameOf(parsed) ?? 'the model'
  const { layers = [], inputLayers = [], outputLayers = [] } = parsed.config
  const sequential = parsed.className === 'Sequential'
  const all = sequential ? chained(layers) : layers
  const definitions = new Map<string, LayerDefinition>()
  for (const [i, layer] of all.entries()) {
    const own = nameOf(layer)
    if (own === undefined) throw new Error(`${name}: layer ${i} (${layer.className}) has no name`)
    if (definitions.has(own)) throw new Error(`${name} has two layers of the name ${JSON.stringify(own)}`)
    definitions.set(own, layerOf(layer, own, keras3))
  }
  if (!sequential)
    return countedFrom0({ name, layers: definitions, inputs: inputLayers, outputs: outputLayers }, keras3)
  const names = [...definitions.keys()].map((own): TensorName => ({ name: own, node: 0, tensor: 0 }))
  return { name, layers: definitions, inputs: names.slice(0, 1), outputs: names.slice(-1) }
}

const nameOf = ({ name, config }: ParsedLayer): string | undefined => name ?? config.name ?? undefined

function layerOf(layer: ParsedLayer, name: string, keras3: boolean): LayerDefinition {
  const { config } = layer
  const className = IDENTITIES.has(layer.className) ? 'Activation' : layer.className
  const shown = `layer ${JSON.stringify(name)} (${layer.className})`
  const weightsName = config.name ?? name
  const calls = layer.inboundNodes ?? []
  if (isModel(layer))
    return { weightsName: name, className, config, calls, model: definitionOf(layer, keras3) }
  if (!LAYERS.has(className) && !OWN_LAYERS.has(className)) {
    throw new Error(`${shown}: TensorFlow.js has no such layer; ${GRAPH}, or use one of those that it has`)
  }
  if (holdsModel(config)) throw new Error(`${shown}: models in it are not supported, one layer is`)
  const other = ignored(className, config, keras3)
  if (other !== undefined) throw new Error(`${shown}: TensorFlow.js does not compute ${other}; ${GRAPH}`)
  return {
    ...{ weightsName, className, calls, model: undefined },
    config: className === layer.className ? renamed(className, config) : { activation: 'linear' },
  }
}

/** Settings that Keras 3 calls otherwise. */
function renamed(className: string, config: ParsedLayer['config']): ParsedLayer['config'] {
  const { negativeSlope } = config
  return className === 'LeakyReLU' && typeof negativeSlope === 'number'
    ? { ...config, alpha: negativeSlope }
    : config
}

/** Whether a wrapper such as TimeDistributed wraps a model, whose layers nobody has checked. */
function holdsModel(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (MODELS.includes((value as { className?: unknown }).className)) return true
  return Object.values(value).some(holdsModel)
}

/** The layers of a sequential model with calls: each of the one before, the first of an input. */
function chained(layers: readonly ParsedLayer[]): ParsedLayer[] {
  const named = layers.map((layer, i) => ({
    ...layer,
    name: nameOf(layer) ?? `${layer.className.toLowerCase()}_${i}`,
  }))
  const [first] = named
  const input = { className: 'InputLayer', name: `${first.name}_input`, config: inputConfig(first) }
  const all = first.className === 'InputLayer' ? named : [input, ...named]
  return all.map((layer, i) => ({
    ...layer,
    inboundNodes: i === 0 ? [] : [[{ name: all[i - 1].name, node: 0, tensor: 0 }]],
  }))
}

/** What a model that begins with a layer says of its input. */
function inputConfig(first: ParsedLayer): ParsedLayer['config'] {
  const { batchInputShape, inputShape, layers, inputLayers } = first.config
  const inner = layers?.find((layer) => inputLayers === undefined || nameOf(layer) === inputLayers[0]?.name)
  return inner ? inputConfig(inner) : { batchInputShape, inputShape }
}

/**
 * Calls of models in the model counted from 0 as those of other layers. Keras 2 and TensorFlow.js count from 1, since a
 * model's own making is a call of it, and Keras 3 does so where it names outputs.
 */
function countedFrom0(model: ModelDefinition, keras3: boolean): ModelDefinition {
  const calls = [...model.layers.values()].flatMap((layer) => layer.calls.flat())
  const first = (name: string, among: readonly TensorName[], usual: 0 | 1): 0 | 1 => {
    const nodes = among.filter((tensor) => tensor.name === name).map(({ node }) => node)
    const count = model.layers.get(name)?.calls.length ?? 0
    return nodes.includes(0) ? 0 : nodes.some((node) => node >= count) ? 1 : usual
  }
  const recount =
    (among: readonly TensorName[], usual: (className: string) => 0 | 1) => (tensor: TensorName) => {
      const layer = model.layers.get(tensor.name)
      if (layer?.model === undefined) return tensor
      return { ...tensor, node: tensor.node - first(tensor.name, among, usual(layer.className)) }
    }
  const ofCall = recount(keras3 ? calls : [...calls, ...model.outputs], () => (keras3 ? 0 : 1))
  const ofOutput = recount(keras3 ? model.outputs : [...calls, ...model.outputs], (className) =>
    keras3 && className === 'Sequential' ? 0 : 1,
  )
  const layers = new Map(
    [...model.layers].map(([name, layer]) => [
      name,
      { ...layer, calls: layer.calls.map((call) => call.map(ofCall)) },
    ]),
  )
  return { ...model, layers, outputs: model.outputs.map(ofOutput) }
}

import { ownLayer } from '../layers/ownLayer.js'
import { lastLayer, withoutSoftmax } from '../softmax.js'
import { tf, type Layer, type SymbolicTensor } from '../tf.js'
import { reason } from './bad.js'
import { MOST_VALUES, type Call, type GraphLayer, type ModelGraph, type Value } from './graph.js'
import { matchWeights } from './matchWeights.js'
import type { WeightSpec } from './modelJson.js'
import { ownVariables } from './ownVariables.js'
import { bytesOf } from './readWeights.js'
import { sizeFromShape } from '../../classifier/sizeFromShape.js'

/** A layer of TensorFlow.js where it is called. */
export interface Use {
  /** Name of the layer, with `#2` behind it for the second call of several. */
  readonly name: string
  readonly layer: Layer
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
}

/** Layers of TensorFlow.js, on logits and with their weights. */
export interface BuiltModel {
  readonly input: SymbolicTensor
  readonly output: SymbolicTensor
  readonly uses: readonly Use[]
}

/** Weights that are made though the file has none, at most, to tell by name what does not fit. */
const FEW = 2 ** 20

/**
 * Builds a network, without the softmax at its end.
 *
 * @param inOrder see `matchWeights`
 * @returns it, and what disposes of its weights
 * @throws Error that names the layer; nothing is left of the network then
 */
export function build(
  graph: ModelGraph,
  specs: readonly WeightSpec[],
  bytes: Uint8Array<ArrayBuffer>,
  inOrder: boolean,
): { readonly result: BuiltModel; readonly dispose: () => void } {
  const values = specs.reduce((sum, { shape }) => sum + sizeFromShape(shape), 0)
  return ownVariables(() => {
    const layers = new Map<GraphLayer, Layer>()
    const model = withWeightsOfAtMost(2 * values + FEW, () => connect(graph, layers))
    setWeights(graph, layers, specs, bytes, inOrder)
    return model
  })
}

/** Name of a layer inside TensorFlow.js, which neither takes every name nor tells equal ones apart. */
const inner = (i: number) => `blindspot${i}`

function connect(graph: ModelGraph, layers: Map<GraphLayer, Layer>): BuiltModel {
  const input = tf.input({ shape: [...graph.inputShape] })
  const last = lastLayer(graph)
  const outputs = new Map<Call, readonly SymbolicTensor[]>()
  const uses: Use[] = []
  const times = new Map<GraphLayer, number>()
  const isShared = new Set(
    graph.calls.map(({ layer }) => layer).filter((layer, i, all) => all.indexOf(layer) < i),
  )
  const valueOf = (value: Value): SymbolicTensor => {
    if (value === 'input') return input
    const all = outputs.get(value.call) ?? []
    const found = all[value.tensor] as SymbolicTensor | undefined
    if (found) return found
    throw new Error(
      `output ${value.tensor} of ${shown(value.call.layer)} is asked for, which has ${all.length}`,
    )
  }
  for (const call of graph.calls) {
    const inputs = call.inputs.map(valueOf)
    const given = call.layer
    const time = (times.get(given) ?? 0) + 1
    times.set(given, time)
    const name = isShared.has(given) ? `${given.name}#${time}` : given.name
    try {
      let layer = layers.get(given)
      if (!layer) {
        const meant = given === last ? withoutSoftmax(given, inputs[0].shape) : given
        layer = make(meant, inner(graph.layers.indexOf(given)), inputs[0].shape.length)
        layers.set(given, layer)
      }
      const result = layer.apply(inputs.length === 1 ? inputs[0] : inputs) as
        SymbolicTensor | SymbolicTensor[]
      const own = Array.isArray(result) ? result : [result]
      own.forEach(requireSize)
      if (given.className === 'Reshape' && valuesIn(own[0]) !== valuesIn(inputs[0]))
        throw new Error(`it makes ${valuesIn(own[0])} values of ${valuesIn(inputs[0])}`)
      outputs.set(call, own)
      uses.push({ name, layer, inputs, outputs: own })
    } catch (cause) {
      const said = reason(cause).replace(/\bblindspot(\d+)/g, (_, i: string) => graph.layers[Number(i)].name)
      throw new Error(`${shown(given)}: ${said}`, { cause })
    }
  }
  return { input, output: valueOf(graph.output), uses }
}

const shown = ({ name, className }: GraphLayer) => `layer ${JSON.stringify(name)} (${className})`

const valuesIn = ({ shape }: SymbolicTensor): number =>
  shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1)

function requireSize(tensor: SymbolicTensor): void {
  if (tensor.shape.slice(1).some((size) => size !== null && !(size > 0)))
    throw new Error(`it makes values of the shape [${tensor.shape.slice(1).join(', ')}] of one image`)
  const values = valuesIn(tensor)
  if (!(values <= MOST_VALUES))
    throw new Error(`it makes ${values} values of one image; at most ${MOST_VALUES} can be computed`)
}

function make({ className, config }: GraphLayer, name: string, rank: number): Layer {
  // Keras takes flat values too
  const flat = className === 'Flatten' && rank === 2
  const Own = ownLayer(className, config)
  const own = flat ? { activation: 'linear' } : structuredClone(config)
  const settings = { ...(own as tf.serialization.ConfigDict), name, dtype: 'float32' }
  if (Own) return new Own(settings as never)
  const [Kind, fromConfig] =
    tf.serialization.SerializationMap.getMap().classNameMap[flat ? 'Activation' : className]
  return fromConfig(Kind, settings) as unknown as Layer
}

/** Runs `f` without that it makes more weights than so many values, and without drawing them at random. */
function withWeightsOfAtMost<T>(values: number, f: () => T): T {
  type AddWeight = (this: Layer, name: string, shape: readonly number[], ...rest: unknown[]) => unknown
  const prototype = tf.layers.Layer.prototype as unknown as { addWeight: AddWeight }
  const usual = prototype.addWeight
  let left = values
  prototype.addWeight = function (name, shape, ...rest) {
    left -= sizeFromShape(shape)
    if (!(left >= 0))
      throw new Error(`its ${name} of [${shape.join(', ')}] is more than the file has weights for`)
    this.setFastWeightInitDuringBuild(true)
    return usual.call(this, name, shape, ...rest)
  }
  try {
    return f()
  } finally {
    prototype.addWeight = usual
  }
}

/** Weights that only training goes by: how many images a Normalization has seen, and the state of random numbers. */
const OF_TRAINING = /(^|\/)(count|seed_generator_state|seed_generator(_\d+)?\/\w+)(:0)?$/

function setWeights(
  { layers, unused }: ModelGraph,
  made: ReadonlyMap<GraphLayer, Layer>,
  specs: readonly WeightSpec[],
  bytes: Uint8Array<ArrayBuffer>,
  inOrder: boolean,
): void {
  const variables = layers.flatMap((layer, i) =>
    (made.get(layer)?.weights ?? []).map((weight, index) => ({
      ...{ layer: layer.name, scope: layer.scope, index, weight },
      name: weight.originalName.slice(inner(i).length + 1),
    })),
  )
  // of a layer on no way to the output
  const mayBeLeft = (name: string) =>
    unused.some(({ scope }) => {
      const own = scope.at(-1) ?? ''
      return `/${name}`.includes(`/${own}/`) && layers.every((layer) => layer.scope.at(-1) !== own)
    })
  const own = [...specs.keys()].filter(
    (i) => specs[i].group !== 'optimizer' && !OF_TRAINING.test(specs[i].name),
  )
  const found = matchWeights(
    variables,
    own.map((i) => specs[i]),
    inOrder,
    mayBeLeft,
  )
  const starts: number[] = []
  let end = 0
  for (const spec of specs) {
    starts.push(end)
    end += bytesOf(spec)
  }
  for (const [k, { weight, layer }] of variables.entries()) {
    const at = own[found[k]]
    const { name, shape, dtype, quantization } = specs[at]
    if (dtype !== 'float32' || shape.join() !== weight.shape.join()) {
      throw new Error(
        `weightsManifest: ${JSON.stringify(name)} is ${dtype} [${shape.join(', ')}], but layer ${JSON.stringify(layer)} has float32 [${weight.shape.join(', ')}]`,
      )
    }
    const part = bytes.buffer.slice(starts[at], starts[at] + bytesOf(specs[at]))
    const entry = { name: 'weight', shape, dtype, ...(quantization && { quantization }) }
    const { weight: value } = tf.io.decodeWeights(part, [entry]) as { weight: tf.Tensor }
    weight.write(value)
    value.dispose()
  }
}

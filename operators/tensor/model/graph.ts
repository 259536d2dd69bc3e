import type { LayerDefinition, ModelDefinition } from './definition.js'
import type { TensorName } from './topology.js'

/** A layer of a model or of the models in it. */
export interface GraphLayer {
  /** The layer's own name after those of the models that it is in: `block/conv1`. No other layer has it. */
  readonly name: string
  /** What the layer's weights are called by: the models that it is in and itself. */
  readonly scope: readonly string[]
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

/** A call of a layer: one computation of the graph. */
export interface Call {
  readonly layer: GraphLayer
  readonly inputs: readonly Value[]
}

/** The model's input, or one of the tensors that a call gives. */
export type Value = 'input' | { readonly call: Call; readonly tensor: number }

/** What is computed from a model's input to its output, the models in it written out: nothing else that is in the file. */
export interface ModelGraph {
  /** Shape of one input, without the batch's dimension; -1 for a size that the file leaves open. */
  readonly inputShape: readonly number[]
  /** Calls of layers in an order in which they can be computed. */
  readonly calls: readonly Call[]
  readonly output: Exclude<Value, 'input'>
  /** Names of the layers that give the file's outputs, of which `output` is the first. */
  readonly heads: readonly string[]
  /** The layers of the calls, in the file's order. */
  readonly layers: readonly GraphLayer[]
  /** Layers of the file that no call needs. */
  readonly unused: readonly GraphLayer[]
}

/** Calls of layers at most: models that are called twice by models that are called twice would have no end. */
const MOST_CALLS = 100_000

/** Values in a tensor of one image: 1 GB. */
export const MOST_VALUES = 2 ** 28

/**
 * What a model computes, from its input to its outputs.
 *
 * @throws Error for a model whose outputs cannot be computed from one input, naming the layer at fault
 */
export function graphOf(root: ModelDefinition): ModelGraph {
  const layers = layersOf(root)
  const [input] = root.inputs
  if (root.inputs.length !== 1) {
    const names = root.inputs.map(({ name }) => name).join(', ')
    throw new Error(
      `expected one input, the image, got ${root.inputs.length}${names && `: ${names}`}; make a model of one, in which the others are constants`,
    )
  }
  const inputShape = shapeOf(root, input)
  const calls = new Calls(layers)
  const heads = calls.call(root, ['input'])
  if (heads.length === 0) throw new Error(`${root.name} has no output`)
  const [output] = heads
  if (output === 'input') throw new Error(`${root.name} has no layer between its input and its output`)
  const used = new Set(calls.all.map(({ layer }) => layer))
  const all = [...layers.values()]
  return {
    ...{ inputShape, calls: calls.all, output },
    heads: heads.map((head) => (head === 'input' ? head : head.call.layer.name)),
    layers: all.filter((layer) => used.has(layer)),
    unused: all.filter((layer) => !used.has(layer)),
  }
}

/** Every layer that is no model and no input, in the file's order. */
function layersOf(root: ModelDefinition): Map<LayerDefinition, GraphLayer> {
  const all = new Map<LayerDefinition, GraphLayer>()
  const names = new Set<string>()
  const visit = ({ layers }: ModelDefinition, path: string, scope: readonly string[]) => {
    for (const [own, definition] of layers) {
      const { className, config, weightsName, model } = definition
      const name = `${path}${own}`
      const scopes = [...scope, weightsName]
      if (model) visit(model, `${name}/`, scopes)
      else if (className !== 'InputLayer') {
        if (names.has(name)) throw new Error(`two layers come to the name ${JSON.stringify(name)}`)
        names.add(name)
        all.set(definition, { name, scope: scopes, className, config })
      }
    }
  }
  visit(root, '', [])
  return all
}

function shapeOf(root: ModelDefinition, { name }: TensorName): number[] {
  const { batchInputShape, inputShape } = root.layers.get(name)?.config ?? {}
  const shape = ((batchInputShape as unknown[] | null | undefined)?.slice(1) ?? inputShape ?? []) as unknown[]
  if (shape.length > 0) return shape.map((size) => (typeof size === 'number' ? size : -1))
  throw new Error(`expected one input of a fixed shape, got none of ${JSON.stringify(name)}`)
}

class Calls {
  readonly all: Call[] = []
  private count = 0

  constructor(private readonly layers: ReadonlyMap<LayerDefinition, GraphLayer>) {}

  /** The outputs of a model that is called with `inputs`. */
  call(model: ModelDefinition, inputs: readonly Value[]): Value[] {
    const done = new Map<string, readonly Value[] | Call>()
    const open = new Set<string>()
    const valueOf = ({ name, node, tensor }: TensorName, asking: string): Value => {
      const definition = model.layers.get(name)
      if (!definition) throw new Error(`${asking} names ${quoted(name)}, which is no layer of ${model.name}`)
      const key = JSON.stringify([name, node])
      let found = done.get(key)
      if (!found) {
        if (open.has(key)) throw new Error(`layers feed each other in a ring: ${ring(open, key)}`)
        open.add(key)
        done.set(key, (found = computed(name, definition, node, asking)))
        open.delete(key)
      }
      if ('layer' in found) return { call: found, tensor }
      const value = found[tensor] as Value | undefined
      if (value !== undefined) return value
      throw new Error(`${asking} names output ${tensor} of ${quoted(name)}, which has ${found.length}`)
    }
    const computed = (
      name: string,
      definition: LayerDefinition,
      node: number,
      asking: string,
    ): readonly Value[] | Call => {
      if (definition.className === 'InputLayer') return inputOf(name)
      if (++this.count > MOST_CALLS) throw new Error(`calls its layers more than ${MOST_CALLS} times`)
      const inputNames = definition.calls[node] as readonly TensorName[] | undefined
      if (!inputNames) {
        throw new Error(
          `${asking} names call ${node} of layer ${quoted(name)}, which is called ${definition.calls.length} times`,
        )
      }
      if (inputNames.length === 0) throw new Error(`layer ${quoted(name)} has no input`)
      const values = inputNames.map((tensor) => valueOf(tensor, `layer ${quoted(name)}`))
      if (definition.model) return this.call(definition.model, values)
      const layer = this.layers.get(definition)
      if (!layer) throw new Error(`${quoted(name)} is no layer`)
      const call = { layer, inputs: values }
      this.all.push(call)
      return call
    }
    const inputOf = (name: string): readonly Value[] => {
      const value = inputs[model.inputs.findIndex((tensor) => tensor.name === name)] as Value | undefined
      if (value !== undefined && inputs.length === model.inputs.length) return [value]
      throw new Error(
        `${model.name} is called with ${inputs.length} inputs, its input_layers are ${model.inputs.map((tensor) => quoted(tensor.name)).join(', ')}: ${quoted(name)} has no value`,
      )
    }
    return model.outputs.map((output) => valueOf(output, `output_layers of ${model.name}`))
  }
}

const quoted = (name: string) => JSON.stringify(name)

/** Who feeds whom, from a layer back to itself. */
function ring(open: ReadonlySet<string>, key: string): string {
  const keys = [...open]
  const names = [...keys.slice(keys.indexOf(key)), key].map((one) => quoted((JSON.parse(one) as [string])[0]))
  return names.reverse().join(' → ')
}

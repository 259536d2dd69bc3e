import type { GraphModelJson, NodeJson } from './graphModelJson.js'
import { shapeOf, textOf, textsOf } from './graphModelJson.js'
import { CONTROL, FUSED, OPERATIONS } from './operations.js'

/** A node of a graph of operations. */
export interface OpNode {
  readonly name: string
  readonly op: string
  /** Names of tensors: that of a node, with `:1` behind it for another than its first output. */
  readonly inputs: readonly string[]
  readonly attr: Readonly<Record<string, unknown>>
  /** Whether it is part of a node of the file, which is called otherwise. */
  readonly inner: boolean
}

/** The nodes of a graph model, what is fused taken apart. */
export interface OpGraph {
  readonly nodes: ReadonlyMap<string, OpNode>
  /** The one placeholder. */
  readonly input: string
  /** Its shape without the batch's dimension; -1 where it is not fixed. */
  readonly inputShape: readonly number[]
  /** Names of nodes by the signature's, or of nodes that none uses by their own. */
  readonly outputs: ReadonlyMap<string, string>
}

/** The node that a tensor is of. */
export const nodeOf = (tensor: string): string => tensor.replace(/^\^/, '').split(':')[0]

/**
 * The graph in a graph model.
 *
 * @throws Error that names the node
 */
export function opGraphOf(json: GraphModelJson): OpGraph {
  const nodes = new Map<string, OpNode>()
  for (const node of json.nodes) {
    if (nodes.has(node.name)) throw new Error(`there are two nodes of the name ${JSON.stringify(node.name)}`)
    nodes.set(node.name, { ...node, inner: false })
  }
  for (const { name, inputs } of json.nodes)
    for (const tensor of inputs)
      if (!nodes.has(nodeOf(tensor)))
        throw new Error(
          `node ${JSON.stringify(name)} names ${JSON.stringify(nodeOf(tensor))}, which is no node`,
        )
  const [input, inputShape] = inputOf(json, nodes)
  const used = new Set(json.nodes.flatMap(({ inputs }) => inputs.map(nodeOf)))
  const outputs =
    json.outputs.size > 0
      ? new Map([...json.outputs].map(([key, tensor]) => [key, nodeOf(tensor)]))
      : new Map(
          json.nodes
            .filter(({ name, op }) => !used.has(name) && op !== 'Const')
            .map(({ name }) => [name, name]),
        )
  for (const name of outputs.values())
    if (!nodes.has(name)) throw new Error(`signature.outputs names ${JSON.stringify(name)}, which is no node`)
  for (const node of json.nodes) if (FUSED.has(node.op)) takeApart(node, nodes)
  return { nodes, input, inputShape, outputs }
}

/** The one input: that of the signature, or else the one placeholder. */
function inputOf(
  { inputs, inputShape, nodes: all }: GraphModelJson,
  nodes: ReadonlyMap<string, OpNode>,
): readonly [string, readonly number[]] {
  const names =
    inputs.size > 0
      ? [...inputs.values()].map(nodeOf)
      : all.filter(({ op }) => op === 'Placeholder').map(({ name }) => name)
  if (names.length !== 1) throw new Error(`expected one input, got ${names.length}: ${names.join(', ')}`)
  const [name] = names
  const node = nodes.get(name)
  if (node?.op !== 'Placeholder')
    throw new Error(`signature.inputs names ${JSON.stringify(name)}, which is no placeholder`)
  const shape = shapeOf(node.attr['shape']) ?? inputShape
  if (shape === undefined || shape.length < 2)
    throw new Error(`node ${JSON.stringify(name)}: expected an input of a known shape, got none`)
  if (shape[0] >= 0)
    throw new Error(
      `node ${JSON.stringify(name)}: expected batches of any size (-1), got the shape [${shape.join(', ')}]; ` +
        'convert the model without a fixed batch',
    )
  return [name, shape.slice(1)]
}

/** Functions at the end of fused nodes. */
const FUNCTIONS: readonly string[] = ['Relu', 'Relu6', 'Elu', 'LeakyRelu', 'Prelu', 'Sigmoid', 'Tanh']

/**
 * Puts the parts of a fused node in its place: what it does first, the bias, the function, which keeps its name. TensorFlow.js
 * would do the same to differentiate it, and with a function of its own there is something before it to look at.
 */
function takeApart(node: NodeJson, nodes: Map<string, OpNode>): void {
  const { name, op, inputs, attr } = node
  const steps = textsOf(attr['fused_ops'])
  const rest = inputs.slice(2).filter((tensor) => !tensor.startsWith('^'))
  const free = (wanted: string): string => (nodes.has(wanted) ? free(`${wanted}_`) : wanted)
  let value: OpNode = { name, op: FUSED.get(op) ?? op, inputs: inputs.slice(0, 2), attr, inner: false }
  for (const step of steps) {
    const own = { ...value, name: free(`${name}/${value.op}`), inner: true }
    nodes.set(own.name, own)
    const isBias = step === 'BiasAdd'
    if (!isBias && !FUNCTIONS.includes(step))
      throw new Error(`node ${JSON.stringify(name)} (${op}): TensorFlow.js does not compute ${step} in it`)
    const further = isBias || step === 'Prelu' ? [rest.shift()] : []
    if (further[0] === undefined && further.length > 0)
      throw new Error(`node ${JSON.stringify(name)} (${op}) lacks the input of its ${step}`)
    const alpha = attr['leakyrelu_alpha']
    value = {
      ...{ name, op: step, inner: false },
      inputs: [own.name, ...further.filter((tensor) => tensor !== undefined)],
      attr: step === 'LeakyRelu' && alpha !== undefined ? { alpha } : {},
    }
  }
  nodes.set(name, value)
}

/**
 * The nodes that some are computed from, in an order in which they can be.
 *
 * @throws Error that names the node: one that is computed from itself, an operation that is not computed
 */
export function neededFor({ nodes, input }: OpGraph, names: readonly string[]): readonly OpNode[] {
  const ordered: OpNode[] = []
  const state = new Map<string, 'open' | 'done'>()
  const stack = names.map((name) => ({ name, from: '' }))
  while (stack.length > 0) {
    const { name } = stack[stack.length - 1]
    const node = nodes.get(name)
    if (state.get(name) === 'done' || node === undefined) {
      stack.pop()
    } else if (state.get(name) === 'open') {
      stack.pop()
      state.set(name, 'done')
      ordered.push(node)
    } else {
      requireComputed(node, input)
      state.set(name, 'open')
      for (const tensor of node.inputs) {
        const from = nodeOf(tensor)
        if (state.get(from) === 'open')
          throw new Error(
            `nodes feed each other in a ring, in which are ${JSON.stringify(from)} and ${JSON.stringify(name)}`,
          )
        if (!state.has(from)) stack.push({ name: from, from: name })
      }
    }
  }
  return ordered
}

function requireComputed({ name, op, attr }: OpNode, input: string): void {
  const shown = `node ${JSON.stringify(name)} (${op})`
  if (CONTROL.test(op))
    throw new Error(
      `${shown}: control flow is not computed; freeze the model, and convert it for inference alone`,
    )
  if (!OPERATIONS.has(op))
    throw new Error(`${shown}: is not computed; convert the model for inference alone, by plain operations`)
  if (op === 'Placeholder' && name !== input) throw new Error(`${shown}: is a second input; one is supported`)
  const format = textOf(attr['data_format'])
  if (format.startsWith('NC'))
    throw new Error(
      `${shown}: has the channels first (${format}), which TensorFlow.js does not compute; convert the model with channels last`,
    )
}

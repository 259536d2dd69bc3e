import { ACTIVATION_NODES, MOVING, SAME, SIZES } from './operations.js'
import { neededFor, nodeOf, type OpGraph, type OpNode } from './opGraph.js'

/** A graph of operations on logits: what is computed, and which of it can be looked at. */
export interface OpModel {
  readonly input: string
  /** Name of the node whose value are the logits. */
  readonly output: string
  /** All that is computed, in order. */
  readonly nodes: readonly OpNode[]
  /** Nodes whose values are layers', in order; the last one's are the logits. */
  readonly layers: readonly OpNode[]
  /** The last node that changes values. */
  readonly last: OpNode
  /** Whether it is what the file's own output gives, but for its softmax. */
  readonly isEnd: boolean
}

/**
 * A graph up to its logits: without the softmax at the end, or to a node that is named by its name, a part of it such as
 * `logits` of `model/logits/Mean`, or the signature's name for it.
 *
 * @throws Error that names the node, or says which outputs there are
 */
export function opModelOf(graph: OpGraph, logits: string | undefined): OpModel {
  const end = graph.outputs.size === 1 ? lastOf(graph, [...graph.outputs.values()][0]) : undefined
  const named = logits === undefined ? undefined : namedIn(graph, logits, end)
  const output = named ?? end
  if (output === undefined) {
    const keys = [...graph.outputs.keys()].join(', ')
    throw new Error(
      logits === undefined
        ? `expected one output, got ${graph.outputs.size}: ${keys}; say which has the logits by outputs.logits in a preprocess.json`
        : `outputs.logits: there is no node ${JSON.stringify(logits)}; the outputs are ${keys}`,
    )
  }
  const nodes = neededFor(graph, [output])
  if (!nodes.some(({ name }) => name === graph.input))
    throw new Error(`${JSON.stringify(output)} is not computed from the input`)
  const values = dependent(nodes, graph.input)
  const layers = nodes.filter(
    ({ name, op, inner }) =>
      name === output ||
      (values.has(name) && !inner && op !== 'Placeholder' && !MOVING.has(op) && !SIZES.has(op)),
  )
  const last = graph.nodes.get(lastOf(graph, output, () => false)) ?? nodes[nodes.length - 1]
  const isEnd = end !== undefined && chain(graph, end).includes(output)
  return { input: graph.input, output, nodes, layers, last, isEnd }
}

/** Whether a node's values depend on the image's, and not on its size alone. */
function dependent(nodes: readonly OpNode[], input: string): ReadonlySet<string> {
  const all = new Set([input])
  for (const { name, op, inputs } of nodes)
    if (!SIZES.has(op) && inputs.some((tensor) => all.has(nodeOf(tensor)))) all.add(name)
  return all
}

/** A node and those before it whose values are the same. */
function chain({ nodes }: OpGraph, name: string): string[] {
  const all: string[] = []
  for (let at: OpNode | undefined = nodes.get(name); at !== undefined && !all.includes(at.name);) {
    all.push(at.name)
    if (!SAME.has(at.op) || at.inputs.length === 0) break
    at = nodes.get(nodeOf(at.inputs[0]))
  }
  return all
}

/** The last node on the way to an output that changes values; with a softmax there, the one before that. */
function lastOf(
  graph: OpGraph,
  name: string,
  cuts: (op: string) => boolean = (op) => op === 'Softmax',
): string {
  const way = chain(graph, name)
  const last = graph.nodes.get(way[way.length - 1])
  if (last === undefined) return name
  return cuts(last.op) && last.inputs.length > 0 ? nodeOf(last.inputs[0]) : last.name
}

/** The node of the logits that a name means; undefined where none does but a softmax at the end can be left out. */
function namedIn(graph: OpGraph, name: string, end: string | undefined): string | undefined {
  const named = graph.outputs.get(name) ?? (graph.nodes.has(name) ? name : undefined)
  if (named !== undefined) return lastOf(graph, named)
  const outputs = [...graph.outputs.values()]
  const within = neededFor(graph, outputs).filter(
    (node) => !node.inner && ('/' + node.name + '/').includes(`/${name}/`) && node.op !== 'Const',
  )
  const found = within.findLast(({ op }) => op !== 'Softmax')
  if (found !== undefined) return lastOf(graph, found.name)
  const softmax = end !== undefined && !chain(graph, outputs[0]).includes(end)
  if (softmax) return undefined
  throw new Error(
    `outputs.logits: there is no node ${JSON.stringify(name)}, nor one with that in its name; the outputs are ${[...graph.outputs.keys()].join(', ')}`,
  )
}

export const hasPre = ({ op }: OpNode): boolean => ACTIVATION_NODES.has(op)

/** Whether a node is a strictly increasing function. */
export function increasing({ op, attr }: OpNode): boolean {
  if (op !== 'LeakyRelu') return ACTIVATION_NODES.get(op) ?? false
  const { alpha } = attr
  const slope = typeof alpha === 'object' && alpha !== null && 'f' in alpha ? Number(alpha.f) : 0.2
  return slope > 0
}

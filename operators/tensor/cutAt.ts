import { TRANSPARENT } from './model/classes.js'
import type { Call, ModelGraph } from './model/graph.js'
import { functionOf, lastLayer } from './softmax.js'

/**
 * A graph whose output is that of another layer.
 *
 * @param name of the layer
 * @throws Error that says what the layer can be
 */
export function cutAt(graph: ModelGraph, name: string): ModelGraph {
  const calls = graph.calls.filter(({ layer }) => layer.name === name)
  if (calls.length !== 1) {
    const names = graph.layers.map((layer) => layer.name)
    const said = names.length > 12 ? `…, ${names.slice(-12).join(', ')}` : names.join(', ')
    throw new Error(
      calls.length === 0
        ? `outputs.logits: there is no layer ${JSON.stringify(name)} on the way to the output; its layers are ${said}`
        : `outputs.logits: the layer ${JSON.stringify(name)} is called ${calls.length} times, so that it has no one output`,
    )
  }
  const needed = new Set<Call>()
  const visit = (call: Call): void => {
    if (needed.has(call)) return
    needed.add(call)
    for (const value of call.inputs) if (value !== 'input') visit(value.call)
  }
  visit(calls[0])
  const layers = new Set([...needed].map(({ layer }) => layer))
  return {
    inputShape: graph.inputShape,
    calls: graph.calls.filter((call) => needed.has(call)),
    output: { call: calls[0], tensor: 0 },
    heads: [name],
    layers: graph.layers.filter((layer) => layers.has(layer)),
    unused: [...graph.unused, ...graph.layers.filter((layer) => !layers.has(layer))],
  }
}

/** Whether the network gives the same logits with its output at a layer: only a softmax or nothing comes behind. */
export function isAtEnd(graph: ModelGraph, name: string): boolean {
  if (graph.heads.length > 1) return false
  const last = lastLayer(graph)
  let value: Call['inputs'][number] = graph.output
  while (value !== 'input') {
    const { layer, inputs }: Call = value.call
    if (layer.name === name) return true
    const softmax = layer === last && layer.className === 'Activation' && functionOf(layer) === 'softmax'
    if (!softmax && !TRANSPARENT.has(layer.className)) return false
    value = inputs[0]
  }
  return false
}

import { bad, reason, type GraphFile } from './modelFile.js'
import { inputGradient } from './inputGradient.js'
import { MOST_VALUES } from './model/graph.js'
import { hasPre, increasing } from './model/opLayers.js'
import { nodeOf, type OpNode } from './model/opGraph.js'
import { weightsOf } from './model/opWeights.js'
import type { Network } from './network.js'
import { tf, type Tensor, type Tensor2D } from './tf.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'

/**
 * The network in a graph model, evaluated and differentiated by TensorFlow.js. It is tried with two images of all greys, which
 * tells the shapes of all layers.
 *
 * @param onFault is told the node that gives no finite numbers of those. Default: it is an error
 */
export function graphNetwork(
  file: GraphFile,
  onFault = (fault: string): unknown => {
    throw bad(file.file, fault)
  },
): Network {
  const { input, output, nodes } = file.model
  const inputShape = file.preparation.inputShape
  let graph: tf.GraphModel<tf.io.IOHandlerSync>
  try {
    graph = tf.loadGraphModelSync({
      modelTopology: { node: nodes.map((node) => written(node, input, inputShape)), versions: {} },
      ...weightsOf(nodes, file.specs, file.weights),
    })
  } catch (cause) {
    throw bad(file.file, reason(cause), cause)
  }
  const run = (names: readonly string[], x: Tensor2D): Tensor[] => {
    const images = tf.reshape(x, [x.shape[0], ...inputShape])
    return [graph.execute({ [input]: images }, [...names])].flat()
  }
  const flat = (y: Tensor, x: Tensor2D): Tensor2D => tf.reshape(y, [x.shape[0], -1])
  const logits = (x: Tensor2D): Tensor2D => flat(run([output], x)[0], x)
  try {
    const layers = layersOf(file, run, onFault)
    const names = [...layers.keys()]
    const found = (name: string) => {
      const there = layers.get(name)
      if (there === undefined) throw new RangeError(name)
      return there
    }
    return {
      inputShape,
      classes: sizeFromShape(found(output).shape),
      layers: names,
      logits,
      gradient: inputGradient(logits),
      outputs: (x) => run(names, x).map((y) => flat(y, x)),
      layerShape: (name) => found(name).shape,
      hasPre: (name) => hasPre(found(name).node),
      increasing: (name) => increasing(found(name).node),
      activations: (name, x, pre) => flat(run([pre ? nodeOf(found(name).node.inputs[0]) : name], x)[0], x),
      dispose() {
        graph.dispose()
      },
    }
  } catch (error) {
    graph.dispose()
    throw error
  }
}

/** A node as TensorFlow.js reads it; the placeholder takes images of the one shape. */
function written({ name, op, inputs, attr }: OpNode, input: string, inputShape: readonly number[]): object {
  const dim = [-1, ...inputShape].map((size) => ({ size }))
  return { name, op, input: inputs, attr: name === input ? { ...attr, shape: { shape: { dim } } } : attr }
}

interface Layer {
  readonly node: OpNode
  /** Of one image. */
  readonly shape: readonly number[]
}

/** A node's value for IMAGES images. */
interface Tried {
  readonly node: OpNode
  readonly shape: readonly number[]
  readonly dtype: string
}

/** Two, so that a dimension of images is told from one that is 1. */
const IMAGES = 2

/** Greys of which no neighbours are alike, since nothing can be normalised by them. */
const grey = (_: unknown, i: number): number => ((i * 97) % 256) / 255

const isFinite = (tensor: Tensor): boolean =>
  tensor.dtype !== 'float32' || tensor.dataSync<'float32'>().every(Number.isFinite)

/** The layers that have numbers of each image, with their shapes. */
function layersOf(
  { file, model, preparation }: GraphFile,
  run: (names: readonly string[], x: Tensor2D) => Tensor[],
  onFault: (fault: string) => unknown,
): ReadonlyMap<string, Layer> {
  const values = sizeFromShape(preparation.inputShape)
  const tried = (nodes: readonly OpNode[]): readonly Tried[] => {
    const found: Tried[] = []
    tf.tidy(() => {
      const names = nodes.map(({ name }) => name)
      const greys = tf.tensor2d(Float32Array.from({ length: IMAGES * values }, grey), [IMAGES, values])
      const results = run(names, greys)
      for (const [i, { shape, dtype }] of results.entries()) found.push({ node: nodes[i], shape, dtype })
      const last = names.indexOf(model.output)
      if (last < 0 || isFinite(results[last])) return
      const { name, op } = nodes[results.findIndex((result) => !isFinite(result))]
      fault = `node ${JSON.stringify(name)} (${op}): gives NaN or Infinity of an image of greys; look at its weights`
    })
    return found
  }
  let fault: string | undefined
  let all: readonly Tried[]
  try {
    all = tried(model.layers)
  } catch (cause) {
    const [at, why] = firstThatFails(model.nodes, (node) => tried([node])) ?? [undefined, cause]
    const place = at === undefined ? '' : `node ${JSON.stringify(at.name)} (${at.op}): `
    throw bad(file, `${place}TensorFlow.js cannot compute it (${reason(why)})`, why)
  }
  if (fault !== undefined) onFault(fault)
  const layers = new Map<string, Layer>()
  for (const { node, shape, dtype } of all) {
    const own = shape.slice(1)
    const size = sizeFromShape(own)
    const place = `node ${JSON.stringify(node.name)} (${node.op})`
    if (!(size <= MOST_VALUES))
      throw bad(file, `${place}: makes ${size} values of one image; at most ${MOST_VALUES} can be computed`)
    if (dtype === 'float32' && shape[0] === IMAGES && size > 0)
      layers.set(node.name, { node, shape: own.length > 0 ? own : [1] })
    else if (node.name === model.output)
      throw bad(
        file,
        `${place}: expected logits, numbers of each image, got ${dtype} [${shape.join(', ')}] of ${IMAGES} images`,
      )
  }
  return layers
}

/** The first node, in the order of computing, that `attempt` throws of, and what it throws. */
function firstThatFails(
  nodes: readonly OpNode[],
  attempt: (node: OpNode) => unknown,
): readonly [OpNode, unknown] | undefined {
  for (const node of nodes) {
    try {
      attempt(node)
    } catch (cause) {
      return [node, cause]
    }
  }
  return undefined
}

import { shapeOf } from './graphModelJson.js'
import { isObject } from '../../options/isObject.js'
import type { WeightSpec } from './modelJson.js'
import { nodeOf, type OpNode } from './opGraph.js'
import { bytesOf } from './readWeights.js'

/** Operations that make as much as a constant says, and how many values that may be, or how many at an edge. */
const GROWING: ReadonlyMap<string, number> = new Map([
  ...['Tile', 'BroadcastTo', 'ResizeBilinear', 'ResizeNearestNeighbor'].map((op) => [op, 2 ** 26] as const),
  ...['Pad', 'PadV2', 'MirrorPad', 'SpaceToBatchND'].map((op) => [op, 2 ** 26] as const),
])

/** What TensorFlow.js takes: weights that are described and their bytes. */
export interface NodeWeights {
  readonly weightSpecs: {
    name: string
    shape: number[]
    dtype: WeightSpec['dtype']
    quantization?: NonNullable<WeightSpec['quantization']>
  }[]
  readonly weightData: ArrayBuffer
}

/**
 * The weights of a graph's constants, and no others.
 *
 * @throws Error that names the node whose weights are missing, of another shape, or make too much of an image
 */
export function weightsOf(
  nodes: readonly OpNode[],
  specs: readonly WeightSpec[],
  bytes: Uint8Array<ArrayBuffer>,
): NodeWeights {
  const starts = new Map<string, { readonly spec: WeightSpec; readonly start: number }>()
  let end = 0
  for (const spec of specs) {
    if (starts.has(spec.name))
      throw new Error(`weightsManifest: there are two weights of the name ${JSON.stringify(spec.name)}`)
    starts.set(spec.name, { spec, start: end })
    end += bytesOf(spec)
  }
  const own = nodes
    .filter(({ op }) => op === 'Const')
    .map((node) => {
      const found = starts.get(node.name)
      if (found === undefined)
        throw new Error(`weightsManifest: has no weight for the node ${JSON.stringify(node.name)} (Const)`)
      requireShape(node, found.spec)
      return found
    })
  requireBounds(nodes, (name) => {
    const found = starts.get(name)
    if (found === undefined || found.spec.dtype !== 'int32' || found.spec.quantization) return []
    const size = bytesOf(found.spec)
    return [...new Int32Array(bytes.buffer.slice(found.start, found.start + size))]
  })
  const all = new Uint8Array(own.reduce((sum, { spec }) => sum + bytesOf(spec), 0))
  let at = 0
  for (const { spec, start } of own) {
    const size = bytesOf(spec)
    all.set(bytes.subarray(start, start + size), at)
    at += size
  }
  return {
    weightData: all.buffer,
    weightSpecs: own.map(({ spec: { name, shape, dtype, quantization } }) => ({
      ...{ name, shape, dtype },
      ...(quantization && { quantization }),
    })),
  }
}

function requireShape({ name, attr }: OpNode, { shape, dtype }: WeightSpec): void {
  const value = attr['value']
  const tensor = isObject(value) ? value['tensor'] : undefined
  const said = isObject(tensor) ? shapeOf({ shape: tensor['tensorShape'] }) : undefined
  if (said === undefined || said.join() === shape.join()) return
  throw new Error(
    `weightsManifest: ${JSON.stringify(name)} is ${dtype} [${shape.join(', ')}], but the node of that name has [${said.join(', ')}]`,
  )
}

/** A constant of a few numbers can ask for more memory than there is. */
function requireBounds(nodes: readonly OpNode[], valuesOf: (name: string) => readonly number[]): void {
  for (const { name, op, inputs } of nodes) {
    const most = GROWING.get(op)
    if (most === undefined) continue
    for (const tensor of inputs.slice(1)) {
      const values = valuesOf(nodeOf(tensor))
      const product = values.reduce((so, value) => so * Math.max(1, Math.abs(value)), 1)
      if (product <= most) continue
      throw new Error(
        `node ${JSON.stringify(name)} (${op}): expected numbers whose product is at most ${most}, got ${values.join(', ')}`,
      )
    }
  }
}

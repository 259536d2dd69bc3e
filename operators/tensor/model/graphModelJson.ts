import * as v from 'valibot'
import { expected } from '../../records/expected.js'
import { parsed } from './issues.js'
import { weightsManifest } from './modelJson.js'
import { isObject } from '../../options/isObject.js'

const text = v.pipe(v.string(), v.nonEmpty('a text'))
const size = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,15}$/, 'a whole number'), v.transform(Number))]),
  expected((value) => Number.isInteger(value), 'a whole number'),
)
const shape = v.object({ dim: v.nullish(v.array(v.object({ size: v.nullish(size) }))) })

const node = v.object({
  name: text,
  op: text,
  input: v.nullish(v.array(text)),
  attr: v.nullish(v.record(v.string(), v.unknown())),
})
const ends = v.record(
  v.string(),
  v.looseObject({ name: v.nullish(v.string()), tensorShape: v.nullish(shape) }),
)
const signature = v.object({ inputs: v.nullish(ends), outputs: v.nullish(ends) })
const json = v.object({
  modelTopology: v.object({ node: v.array(node) }),
  weightsManifest,
  signature: v.nullish(signature),
  userDefinedMetadata: v.nullish(v.looseObject({ signature: v.optional(v.unknown()) })),
})

/** A TensorFlow.js graph model, of which only the form was looked at. */
export interface GraphModelJson {
  readonly nodes: readonly NodeJson[]
  readonly weightsManifest: v.InferOutput<typeof weightsManifest>
  /** Names of tensors by the signature's; empty where there is none. */
  readonly inputs: ReadonlyMap<string, string>
  readonly outputs: ReadonlyMap<string, string>
  /** Shape of the input as the signature has it; -1 for a size that is not fixed. */
  readonly inputShape: readonly number[] | undefined
}

/** A node of a graph, as it is written. */
export interface NodeJson {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  readonly attr: Readonly<Record<string, unknown>>
}

/** Whether a model.json is of a graph model. */
export const isGraphModel = (value: Readonly<Record<string, unknown>>): boolean => {
  const { format, modelTopology } = value
  return (
    format === 'graph-model' || (format === undefined && isObject(modelTopology) && 'node' in modelTopology)
  )
}

/**
 * Checks the form of a graph model's `model.json`.
 *
 * @throws Error that names the place in it
 */
export function parseGraphModelJson(value: Readonly<Record<string, unknown>>): GraphModelJson {
  const { modelTopology } = value
  if (!isObject(modelTopology) || !Array.isArray(modelTopology['node']))
    throw new Error(
      'modelTopology.node: expected the nodes of a graph model (format "graph-model"), got none',
    )
  const result = parsed(json, value)
  const own = result.signature ?? result.userDefinedMetadata?.signature
  const { inputs, outputs } = own === undefined ? {} : parsed(signature, own, 'signature')
  const names = (entries: typeof inputs) =>
    new Map(Object.entries(entries ?? {}).map(([key, { name }]) => [key, name ?? key]))
  const [first] = Object.values(inputs ?? {})
  return {
    nodes: result.modelTopology.node.map((one) => ({
      ...{ name: one.name, op: one.op, inputs: one.input ?? [], attr: one.attr ?? {} },
    })),
    weightsManifest: result.weightsManifest,
    ...{ inputs: names(inputs), outputs: names(outputs) },
    inputShape: (first as typeof first | undefined)?.tensorShape?.dim?.map((one) => one.size ?? -1),
  }
}

/** Sizes of a node's attribute, such as `shape`; undefined where it says none. */
export function shapeOf(value: unknown): readonly number[] | undefined {
  const result = v.safeParse(v.object({ shape }), value)
  return result.success ? result.output.shape.dim?.map((one) => one.size ?? -1) : undefined
}

/** A text in a node's attribute, which the converter writes in base 64. */
export function textOf(value: unknown): string {
  if (!isObject(value)) return ''
  const { s } = value
  return textIn(s)
}

/** Texts in a list. */
export function textsOf(value: unknown): readonly string[] {
  const list = isObject(value) ? value['list'] : undefined
  const all = isObject(list) ? list['s'] : undefined
  return Array.isArray(all) ? all.map(textIn) : []
}

function textIn(value: unknown): string {
  if (Array.isArray(value)) return Buffer.from(value.map(Number)).toString('latin1')
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('latin1') : ''
}

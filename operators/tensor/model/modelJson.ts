import * as v from 'valibot'
import { expected } from '../../records/expected.js'
import { finite, parsed, whole } from './issues.js'
import { isObject } from '../../options/isObject.js'

/** Bytes of a value as it is stored. */
export const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const

const range = { min: finite, scale: finite }
const quantization = v.variant('dtype', [
  v.object({ dtype: v.literal('uint8'), ...range }),
  v.object({ dtype: v.literal('uint16'), ...range }),
  v.object({ dtype: v.literal('float16') }),
])

const weight = v.object({
  name: v.pipe(v.string(), v.nonEmpty('a name')),
  shape: v.pipe(
    v.array(whole(0)),
    expected((shape) => shape.length <= 6, 'at most 6 dimensions'),
  ),
  dtype: v.picklist(['float32', 'int32', 'bool']),
  quantization: v.nullish(quantization),
  group: v.nullish(v.string()),
})

/** A weight as the manifest describes it. */
export type WeightSpec = v.InferOutput<typeof weight>

/** A path that can only lead into the model's own folder, on any system. */
const path = v.pipe(
  v.string(),
  expected(
    (value) =>
      !/^\/|[\\:\0]/.test(value) && value.split('/').every((part) => !['', '.', '..'].includes(part)),
    'the path of a file in the folder of model.json, relative, without .., backslashes and colons',
  ),
)

const group = v.object({ paths: v.array(path), weights: v.array(weight) })

/** Files that follow each other and the weights in them. */
export type WeightGroup = v.InferOutput<typeof group>

/** All files of a model's weights. */
export const weightsManifest = v.array(group)

const modelJson = v.object({
  format: v.nullish(v.literal('layers-model')),
  generatedBy: v.nullish(v.string()),
  modelTopology: v.record(v.string(), v.unknown()),
  weightsManifest,
})

/** A TensorFlow.js layers model, of which only the topology was not looked at. */
export type ModelJson = v.InferOutput<typeof modelJson>

/**
 * Checks what a `model.json` holds.
 *
 * @throws Error that names the place in it
 */
export function parseModelJson(json: Readonly<Record<string, unknown>>): ModelJson {
  const wanted = 'expected a TensorFlow.js layers model (format "layers-model")'
  if (!isObject(json['modelTopology'])) throw new Error(`${wanted}, got no modelTopology`)
  if (!Array.isArray(json['weightsManifest']))
    throw new Error('weightsManifest: expected a list of files and weights, got none')
  return parsed(modelJson, json)
}

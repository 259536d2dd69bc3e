import * as v from 'valibot'
import { expected } from '../../records/expected.js'
import { parsed, whole } from './issues.js'
import { normalized } from './keras.js'
import { inputConfig, layerConfig } from './layerConfig.js'
import { isObject } from '../../options/isObject.js'

/** The output of a layer where it is called for the `node`th time. */
export interface TensorName {
  readonly name: string
  readonly node: number
  readonly tensor: number
}

const tensorName = v.pipe(
  v.tupleWithRest([v.string(), whole(0), whole(0)], v.unknown()),
  expected(
    ([, , , given]) => given === undefined || noTensors(given),
    'no further arguments that are tensors',
  ),
  v.transform(([name, node, tensor]): TensorName => ({ name, node, tensor })),
)
const tensorNames = v.lazy((value) =>
  Array.isArray(value) && typeof value[0] === 'string'
    ? v.pipe(
        tensorName,
        v.transform((one) => [one]),
      )
    : v.array(tensorName),
)

/** An argument in Keras 3's way. */
const kerasTensor = v.pipe(
  v.object({ config: v.object({ keras_history: tensorName }) }),
  v.transform(({ config }): TensorName[] => [config.keras_history]),
)
const kerasTensors = v.pipe(
  v.array(kerasTensor),
  v.transform((lists): TensorName[] => lists.flat()),
)
const keras3Node = v.pipe(
  v.object({
    args: v.array(v.lazy((value) => (Array.isArray(value) ? kerasTensors : kerasTensor))),
    kwargs: v.nullish(v.pipe(v.unknown(), expected(noTensors, 'no further arguments that are tensors'))),
  }),
  v.transform(({ args }) => args.flat()),
)
const node = v.lazy((value) => (Array.isArray(value) ? tensorNames : keras3Node))

function noTensors(given: unknown): boolean {
  return isObject(given) && Object.values(given).every((value) => value === null || typeof value !== 'object')
}

/** Classes of models. */
export const MODELS: readonly unknown[] = ['Sequential', 'Functional', 'Model']
const name = v.nullish(v.pipe(v.string(), v.nonEmpty('a name')))

export interface ParsedLayer {
  readonly className: string
  readonly name?: string | null | undefined
  readonly module?: string | null | undefined
  readonly inboundNodes?: readonly (readonly TensorName[])[] | null | undefined
  readonly config: ParsedConfig
}

type ParsedConfig = Readonly<Record<string, unknown>> & {
  readonly name?: string | null | undefined
  /** Layers of a model; no other layer has any. */
  readonly layers?: readonly ParsedLayer[]
  readonly inputLayers?: readonly TensorName[]
  readonly outputLayers?: readonly TensorName[]
}

const layer: v.GenericSchema<unknown, ParsedLayer> = v.lazy((value) => {
  const className = isObject(value) ? value['className'] : undefined
  return v.looseObject({
    className: v.pipe(v.string(), v.nonEmpty('a class of layers')),
    name,
    module: v.nullish(v.string()),
    inboundNodes: v.nullish(v.array(node)),
    config: configOf(className),
  })
})
const layers = v.pipe(
  v.array(layer),
  expected((list) => list.length > 0, 'at least one layer'),
)
const listOfLayers = v.pipe(
  layers,
  v.transform((list) => ({ layers: list })),
)
const sequential = v.looseObject({ name, layers })
const functional = v.looseObject({ name, layers, inputLayers: tensorNames, outputLayers: tensorNames })

function configOf(className: unknown): v.GenericSchema<unknown, ParsedConfig> {
  if (className === 'Sequential') return v.lazy((value) => (Array.isArray(value) ? listOfLayers : sequential))
  if (MODELS.includes(className)) return functional
  return className === 'InputLayer' ? inputConfig : layerConfig
}

/** Whether a layer is a model itself. */
export const isModel = ({ className }: ParsedLayer) => MODELS.includes(className)

/**
 * Reads a topology.
 *
 * @returns the model, and whether Keras 3 wrote it
 * @throws Error that names the place in the file
 */
export function parseTopology(
  topology: Readonly<Record<string, unknown>>,
): readonly [model: ParsedLayer, keras3: boolean] {
  const key = ['model_config', 'modelConfig'].find((name) => isObject(topology[name]))
  const place = key === undefined ? 'modelTopology' : `modelTopology.${key}`
  const model = parsed(layer, normalized(key === undefined ? topology : topology[key]), place)
  if (isModel(model)) return [model, JSON.stringify(topology).includes('"batch_shape":')]
  throw new Error(
    `${place}.class_name: expected a model (Sequential, Functional or Model), got "${model.className}"`,
  )
}

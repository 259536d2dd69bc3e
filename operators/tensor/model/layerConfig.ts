import * as v from 'valibot'
import { expected } from '../../records/expected.js'
import { finiteInFloat32, whole } from './issues.js'

const number = v.nullish(finiteInFloat32)
const flag = v.nullish(v.boolean())
const text = v.nullish(v.string())

/** A setting that is one for all dimensions, or a list with one for each. */
const each = <T extends v.GenericSchema>(schema: T) =>
  v.nullish(v.lazy((value) => (Array.isArray(value) ? v.pipe(v.array(schema), v.maxLength(3)) : schema)))

const sizes = each(whole(1))
const rate = v.nullish(
  v.pipe(
    v.number(),
    expected((value) => value >= 0 && value < 1, 'a rate from 0 to below 1'),
  ),
)

/** The activation functions of TensorFlow.js. */
export const ACTIVATIONS = [
  ...[
    'linear',
    'relu',
    'relu6',
    'elu',
    'selu',
    'sigmoid',
    'hardSigmoid',
    'softplus',
    'softsign',
    'tanh',
    'softmax',
  ],
  ...['logSoftmax', 'gelu', 'gelu_new', 'mish', 'swish'],
]

const activation = v.nullish(
  v.lazy((value) =>
    typeof value === 'string'
      ? v.picklist(ACTIVATIONS)
      : v.looseObject({ className: v.string(), config: v.looseObject({}) }),
  ),
)

/** A shape with the batch's dimension first, null or a number of no meaning here. */
const batchShape = v.nullish(v.pipe(v.array(v.nullable(whole(1))), v.minLength(2), v.maxLength(6)))

const padding = v.nullish(
  v.lazy((value) =>
    typeof value === 'string'
      ? v.picklist(['valid', 'same', 'causal'])
      : Array.isArray(value)
        ? v.array(each(whole(0)))
        : whole(0),
  ),
)

/** What numbers that a network computes with can be stored as; it computes with float32. */
const NUMBERS = ['float16', 'bfloat16', 'float32', 'float64', 'int8', 'uint8', 'int16', 'int32', 'int64']

/**
 * Settings of a layer. A name means the same in all layers that have it; those that are not here are left to
 * TensorFlow.js.
 */
export const layerConfig = v.looseObject({
  name: text,
  batchInputShape: batchShape,
  inputShape: v.nullish(v.array(v.nullable(whole(1)))),
  units: v.nullish(whole(1)),
  filters: v.nullish(whole(1)),
  kernelSize: sizes,
  strides: sizes,
  poolSize: sizes,
  dilationRate: sizes,
  size: sizes,
  depthMultiplier: v.nullish(whole(1)),
  n: v.nullish(whole(1)),
  inputDim: v.nullish(whole(1)),
  outputDim: v.nullish(whole(1)),
  height: v.nullish(whole(1)),
  width: v.nullish(whole(1)),
  dims: v.nullish(v.array(whole(1))),
  targetShape: v.nullish(
    v.pipe(
      v.array(v.nullable(whole(-1))),
      expected((shape) => shape.filter((size) => size === -1 || size === null).length < 2, 'at most one -1'),
    ),
  ),
  axis: each(whole(-6)),
  axes: each(whole(-6)),
  rate,
  dropout: rate,
  groups: v.nullish(whole(1)),
  depthRadius: v.nullish(whole(0)),
  alpha: number,
  beta: number,
  epsilon: number,
  momentum: number,
  theta: number,
  threshold: number,
  negativeSlope: number,
  maxValue: number,
  stddev: number,
  useBias: flag,
  center: flag,
  returnSequences: flag,
  returnState: flag,
  goBackwards: flag,
  padding,
  dataFormat: v.nullish(v.picklist(['channelsFirst', 'channelsLast'])),
  activation,
  recurrentActivation: activation,
})

/** An input of numbers. */
export const inputConfig = v.object({
  ...layerConfig.entries,
  dtype: v.nullish(v.picklist(NUMBERS)),
})

type Config = Readonly<Record<string, unknown>>

/** Settings with which something else would be computed in silence: [layer or any, setting, the value taken for granted]. */
const IGNORED: readonly (readonly [className: string | undefined, key: string, value: unknown])[] = [
  [undefined, 'groups', 1],
  ['ReLU', 'negativeSlope', 0],
  ['ReLU', 'threshold', 0],
  ['Conv2DTranspose', 'outputPadding', undefined],
]

/** What TensorFlow.js would not do that the file asks for; undefined where there is nothing. */
export function ignored(className: string, config: Config, keras3: boolean): string | undefined {
  const setting = IGNORED.find(
    ([of, key, value]) =>
      (of ?? className) === className &&
      (config[key] ?? value) !== value &&
      !(className === 'Conv2D' && key === 'groups'),
  )
  if (setting) return `${setting[1]} ${JSON.stringify(config[setting[1]])}`
  // another function since Keras 3: relu6(x + 3) / 6
  return keras3 && config['activation'] === 'hardSigmoid' ? "Keras 3's hard_sigmoid" : undefined
}

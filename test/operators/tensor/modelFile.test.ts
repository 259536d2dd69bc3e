import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { attack } from '../../../operators/attack.js'
import type { Classifier } from '../../../operators/classifier.js'
import { BlindspotError } from '../../../operators/errors.js'
import { stream } from '../../../operators/flow/stream.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { LAYERS } from '../../../operators/tensor/model/classes.js'
import { ACTIVATIONS } from '../../../operators/tensor/model/layerConfig.js'
import { modelReference } from '../../../operators/tensor/modelReference.js'
import { tf } from '../../../operators/tensor/tf.js'
import { saveModel } from '../../oracle/savedModel.js'

await useBackend('cpu')
const root = mkdtempSync(join(tmpdir(), 'model-file-'))
t.teardown(() => rmSync(root, { recursive: true }))

type Node = Record<string, unknown>
interface Written {
  json: Node
  bytes: number
}

const layer = (class_name: string, name: string, config: Node = {}, ...from: unknown[]): Node => ({
  ...{ class_name, name, config: { name, ...config } },
  inbound_nodes: from.length > 0 ? [from.map((one) => [one, 0, 0, {}])] : [],
})
const input = (name = 'in', config: Node = { batch_input_shape: [null, 4] }) =>
  layer('InputLayer', name, config)
const dense = (name: string, units: unknown, ...from: string[]) => layer('Dense', name, { units }, ...from)
const weightsOf = (name: string, inputs: number, units: number) => [
  { name: `${name}/kernel`, shape: [inputs, units], dtype: 'float32' },
  { name: `${name}/bias`, shape: [units], dtype: 'float32' },
]

function file(modelTopology: unknown, weights: Node[] = []): Written {
  const values = weights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0)
  const manifest = [{ paths: ['weights.bin'], weights }]
  return { json: { format: 'layers-model', modelTopology, weightsManifest: manifest }, bytes: 4 * values }
}

const sequential = (layers: unknown, name = 'model'): Node => ({
  class_name: 'Sequential',
  config: { name, layers },
})
const functional = (
  layers: unknown,
  outputs: unknown = [['b', 0, 0]],
  inputs: unknown = [['in', 0, 0]],
): Node => ({
  class_name: 'Functional',
  config: { name: 'model', layers, input_layers: inputs, output_layers: outputs },
})

/** 4 → 3 → 2, sequential. */
const chain = () =>
  file(
    sequential([
      {
        class_name: 'Dense',
        config: { name: 'a', units: 3, activation: 'relu', batch_input_shape: [null, 4] },
      },
      { class_name: 'Dense', config: { name: 'b', units: 2 } },
    ]),
    [...weightsOf('a', 4, 3), ...weightsOf('b', 3, 2)],
  )
/** The same, functional, around whatever comes between. */
const graph = () =>
  file(functional([input(), dense('a', 3, 'in'), dense('b', 2, 'a')]), [
    ...weightsOf('a', 4, 3),
    ...weightsOf('b', 3, 2),
  ])

/** Puts a value at a path such as `modelTopology.config.layers.0.config.units`; undefined takes it out. */
function put(json: unknown, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const at = keys.reduce<unknown>((inner, key) => (inner as Node)[key], json) as Node
  if (value === undefined) Reflect.deleteProperty(at, last)
  else at[last] = value
}

const LAYER = 'modelTopology.config.layers'
const WEIGHT = 'weightsManifest.0.weights'
let folders = 0

/** Folder of a model; `text` in place of the JSON. */
function write({ json, bytes }: Written, text?: string): string {
  const folder = join(root, `model${folders++}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'model.json'), text ?? JSON.stringify(json))
  // no whole floats where a test breaks sizes
  const values = Float32Array.from({ length: Math.ceil(bytes / 4) }, (_, i) => Math.sin(3 * i + 1))
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(values.buffer, 0, bytes))
  return folder
}

/** What is put where in which file, and what the error says. */
const CHAIN: [path: string, value: unknown, message: RegExp][] = [
  ['format', 'graph-model', /graph model/],
  ['format', 'keras', /format: expected "layers-model", got "keras"/],
  ['format', 3, /format.*got 3/],
  ['modelTopology', undefined, /got no modelTopology/],
  ['modelTopology', null, /got no modelTopology/],
  ['modelTopology', 'a', /got no modelTopology/],
  ['modelTopology', [], /got no modelTopology/],
  ['modelTopology', {}, /class_name: expected a value, got none/],
  ['modelTopology.class_name', 'Dense', /expected a model.*"Dense"/],
  ['modelTopology.class_name', null, /class_name: expected a text, got null/],
  ['modelTopology.class_name', '', /class_name/],
  ['modelTopology.class_name', 'Modell', /expected a model.*"Modell"/],
  ['modelTopology.class_name', '__proto__', /__proto__/],
  ['modelTopology.config', undefined, /modelTopology\.config: expected a value, got none/],
  ['modelTopology.config', null, /modelTopology\.config/],
  ['modelTopology.config', 7, /modelTopology\.config.*got 7/],
  ['modelTopology.config', [], /at least one layer/],
  ['modelTopology.config.name', 5, /config\.name: expected a text, got 5/],
  [LAYER, [], /layers: expected at least one layer/],
  [LAYER, null, /layers: expected a list, got null/],
  [LAYER, {}, /layers: expected a list, got \{\}/],
  [LAYER, 'ab', /layers/],
  [LAYER, undefined, /layers: expected a value, got none/],
  [LAYER, [null], /layers\[0\]/],
  [`${LAYER}.1`, null, /layers\[1\].*null/],
  [`${LAYER}.1`, 3, /layers\[1\].*3/],
  [`${LAYER}.1`, [], /layers\[1\]/],
  [`${LAYER}.1`, {}, /layers\[1\]\.class_name: expected a value, got none/],
  [`${LAYER}.1.class_name`, 'Dance', /layer "b" \(Dance\).*no such layer/],
  [`${LAYER}.1.class_name`, 'Lambda', /"b" \(Lambda\)/],
  [`${LAYER}.1.class_name`, 'constructor', /constructor/],
  [`${LAYER}.1.class_name`, 'toString', /toString/],
  [`${LAYER}.1.class_name`, 12, /class_name.*12/],
  [`${LAYER}.1.class_name`, 'InputLayer', /"b"/],
  [`${LAYER}.1.config`, null, /layers\[1\]\.config/],
  [`${LAYER}.1.config`, 'x', /layers\[1\]\.config.*"x"/],
  [`${LAYER}.1.config`, undefined, /layers\[1\]\.config: expected a value, got none/],
  [`${LAYER}.1.config`, {}, /dense_1.*units|units/i],
  [`${LAYER}.1.config.name`, 'a', /two layers of the name "a"/],
  [`${LAYER}.1.config.name`, 4, /name: expected a text, got 4/],
  [`${LAYER}.1.config.name`, {}, /name/],
  [`${LAYER}.1.config.units`, 0, /units \(layer "b"\): expected a whole number from 1 to 2147483647, got 0/],
  [`${LAYER}.1.config.units`, -2, /units \(layer "b"\).*-2/],
  [`${LAYER}.1.config.units`, 2.5, /units \(layer "b"\).*2\.5/],
  [`${LAYER}.1.config.units`, '2', /units \(layer "b"\).*"2"/],
  [`${LAYER}.1.config.units`, null, /"b"/],
  [`${LAYER}.1.config.units`, undefined, /"b"/],
  [`${LAYER}.1.config.units`, [2], /units \(layer "b"\)/],
  [`${LAYER}.1.config.units`, {}, /units \(layer "b"\)/],
  [`${LAYER}.1.config.units`, 1e9, /"b" \(Dense\).*\[3, 1000000000\].*more than the file has/],
  [`${LAYER}.1.config.units`, 2 ** 31, /units \(layer "b"\)/],
  [`${LAYER}.1.config.units`, 1e300, /units \(layer "b"\)/],
  [`${LAYER}.1.config.units`, 3, /"b".*\[3, 3\]|more than the file has/],
  [`${LAYER}.1.config.units`, 1, /"b\/kernel" is float32 \[3, 2\].*\[3, 1\]/],
  [`${LAYER}.1.config.use_bias`, 'false', /use_bias \(layer "b"\): expected true or false, got "false"/],
  [`${LAYER}.1.config.use_bias`, false, /"b\/bias" is of no layer/],
  [`${LAYER}.1.config.activation`, 'swash', /activation \(layer "b"\).*"swash"/],
  [`${LAYER}.1.config.activation`, 3, /activation \(layer "b"\)/],
  [`${LAYER}.1.config.activation`, {}, /activation/],
  [`${LAYER}.1.config.activation`, ['relu'], /activation/],
  [`${LAYER}.1.config.activation`, '__proto__', /activation/],
  [`${LAYER}.1.config.activation`, { class_name: 'Nothing', config: {} }, /"b" \(Dense\).*Nothing/],
  [`${LAYER}.1.config.activation`, { class_name: 'function', config: 'mine' }, /activation.*"mine"/],
  [`${LAYER}.0.config.batch_input_shape`, undefined, /fixed shape.*got none of "a_input"/],
  [`${LAYER}.0.config.batch_input_shape`, null, /fixed shape.*"a_input"/],
  [`${LAYER}.0.config.batch_input_shape`, [], /batch_input_shape \(layer "a"\)/],
  [`${LAYER}.0.config.batch_input_shape`, [null], /batch_input_shape \(layer "a"\)/],
  [`${LAYER}.0.config.batch_input_shape`, '4', /batch_input_shape \(layer "a"\)/],
  [`${LAYER}.0.config.batch_input_shape`, [null, '4'], /batch_input_shape\[1\] \(layer "a"\).*"4"/],
  [`${LAYER}.0.config.batch_input_shape`, [null, -4], /batch_input_shape\[1\] \(layer "a"\).*-4/],
  [`${LAYER}.0.config.batch_input_shape`, [null, 0], /batch_input_shape\[1\]/],
  [`${LAYER}.0.config.batch_input_shape`, [null, null], /fixed shape.*\[-1\]/],
  [
    `${LAYER}.0.config.batch_input_shape`,
    [null, 1e9],
    /fixed shape.*of at most 268435456 values.*1000000000/,
  ],
  [`${LAYER}.0.config.batch_input_shape`, [null, 5], /"a".*\[5, 3\]/],
  [`${LAYER}.0.config.batch_input_shape`, [null, { a: 1 }], /batch_input_shape\[1\]/],
  ['weightsManifest', undefined, /weightsManifest: expected a list/],
  ['weightsManifest', {}, /weightsManifest: expected a list/],
  ['weightsManifest', [], /"a\/kernel" for the layer "a"|more than the file has/],
  ['weightsManifest', [null], /weightsManifest\[0\]/],
  ['weightsManifest', [[]], /weightsManifest\[0\]/],
  ['weightsManifest.0.paths', undefined, /weightsManifest\[0\]\.paths: expected a value, got none/],
  ['weightsManifest.0.paths', 'weights.bin', /paths: expected a list, got "weights.bin"/],
  ['weightsManifest.0.paths', [], /weightsManifest: has 0 bytes/],
  ['weightsManifest.0.paths', [null], /paths\[0\]/],
  ['weightsManifest.0.paths', [''], /paths\[0\].*""/],
  ['weightsManifest.0.paths', ['.'], /paths\[0\].*"\."/],
  ['weightsManifest.0.paths', ['./weights.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['../weights.bin'], /paths\[0\].*"\.\.\/weights\.bin"/],
  ['weightsManifest.0.paths', ['a/../../weights.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['/etc/passwd'], /paths\[0\].*"\/etc\/passwd"/],
  ['weightsManifest.0.paths', ['/dev/zero'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['C:\\w.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['..\\weights.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['http://a.b/weights.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['file:weights.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['w\0.bin'], /paths\[0\]/],
  ['weightsManifest.0.paths', ['none.bin'], /none\.bin: cannot be read.*model\.json names it/],
  ['weightsManifest.0.paths', ['weights.bin', 'weights.bin'], /has 184 bytes.* 92/],
  ['weightsManifest.0.weights', null, /weights: expected a list, got null/],
  ['weightsManifest.0.weights', [], /has 92 bytes.* 0/],
  [`${WEIGHT}.1`, null, /weights\[1\]/],
  [`${WEIGHT}.1`, 'bias', /weights\[1\]/],
  [`${WEIGHT}.1.name`, undefined, /weights\[1\]\.name: expected a value, got none/],
  [`${WEIGHT}.1.name`, '', /weights\[1\]\.name/],
  [`${WEIGHT}.1.name`, 3, /weights\[1\]\.name.*3/],
  [`${WEIGHT}.1.name`, 'c/bias', /"c\/bias" is of no layer/],
  [`${WEIGHT}.1.name`, 'a/kernel', /"a\/kernel"/],
  [`${WEIGHT}.1.name`, '__proto__', /"__proto__" is of no layer/],
  [`${WEIGHT}.1.shape`, undefined, /weights\[1\]\.shape: expected a value, got none/],
  [`${WEIGHT}.1.shape`, null, /weights\[1\]\.shape: expected a list, got null/],
  [`${WEIGHT}.1.shape`, '3', /weights\[1\]\.shape: expected a list, got "3"/],
  [`${WEIGHT}.1.shape`, {}, /weights\[1\]\.shape/],
  [`${WEIGHT}.1.shape`, 3, /weights\[1\]\.shape/],
  [`${WEIGHT}.1.shape`, ['3'], /weights\[1\]\.shape\[0\].*"3"/],
  [`${WEIGHT}.1.shape`, [null], /weights\[1\]\.shape\[0\].*null/],
  [`${WEIGHT}.1.shape`, [-3], /weights\[1\]\.shape\[0\].*-3/],
  [`${WEIGHT}.1.shape`, [1.5, 2], /weights\[1\]\.shape\[0\].*1\.5/],
  [`${WEIGHT}.1.shape`, [2 ** 31], /weights\[1\]\.shape\[0\]/],
  [`${WEIGHT}.1.shape`, [1e9], /has 92 bytes.* 4000000080/],
  [`${WEIGHT}.1.shape`, Array(5).fill(2 ** 30), /has 92 bytes/],
  [`${WEIGHT}.1.shape`, Array(7).fill(1), /at most 6 dimensions/],
  [`${WEIGHT}.1.shape`, [1, 3], /"a\/bias" is float32 \[1, 3\].*\[3\]/],
  [`${WEIGHT}.1.dtype`, undefined, /weights\[1\]\.dtype: expected a value, got none/],
  [`${WEIGHT}.1.dtype`, 'float', /weights\[1\]\.dtype.*"float"/],
  [`${WEIGHT}.1.dtype`, 'string', /weights\[1\]\.dtype.*"string"/],
  [`${WEIGHT}.1.dtype`, 'complex64', /weights\[1\]\.dtype/],
  [`${WEIGHT}.1.dtype`, 'int32', /"a\/bias" is int32/],
  [`${WEIGHT}.1.quantization`, 'uint8', /weights\[1\]\.quantization/],
  [`${WEIGHT}.1.quantization`, {}, /quantization/],
  [`${WEIGHT}.1.quantization`, { dtype: 'uint4' }, /quantization.*"uint4"/],
  [`${WEIGHT}.1.quantization`, { dtype: 'uint8' }, /quantization\.(min|scale): expected a value, got none/],
  [`${WEIGHT}.1.quantization`, { dtype: 'uint8', min: '0', scale: 1 }, /quantization\.min.*"0"/],
  [`${WEIGHT}.1.quantization`, { dtype: 'uint8', min: 0, scale: null }, /quantization\.scale.*null/],
  [`${WEIGHT}.1.quantization`, { dtype: 'float16' }, /has 92 bytes.* 86/],
]

const GRAPH: [path: string, value: unknown, message: RegExp][] = [
  [`${LAYER}.1.inbound_nodes`, [[['b', 0, 0, {}]]], /ring.*"a" → "b" → "a"|ring.*"b" → "a" → "b"/],
  [`${LAYER}.1.inbound_nodes`, [[['a', 0, 0, {}]]], /ring.*"a" → "a"/],
  [`${LAYER}.1.inbound_nodes`, [], /"a".*called 0 times/],
  [`${LAYER}.1.inbound_nodes`, [[]], /"a" has no input/],
  [`${LAYER}.1.inbound_nodes`, null, /"a".*called 0 times/],
  [`${LAYER}.1.inbound_nodes`, 'in', /inbound_nodes \(layer "a"\)/],
  [`${LAYER}.1.inbound_nodes`, [null], /inbound_nodes\[0\]/],
  [`${LAYER}.1.inbound_nodes`, [[[]]], /inbound_nodes\[0\]\[0\]/],
  [`${LAYER}.1.inbound_nodes`, [[['c', 0, 0, {}]]], /layer "a" names "c", which is no layer/],
  [`${LAYER}.1.inbound_nodes`, [[['__proto__', 0, 0, {}]]], /"__proto__", which is no layer/],
  [`${LAYER}.1.inbound_nodes`, [[['in', 0, 3, {}]]], /"a" names output 3 of "in", which has 1/],
  [`${LAYER}.2.inbound_nodes`, [[['a', 4, 0, {}]]], /"b" names call 4 of layer "a", which is called 1 times/],
  [
    `${LAYER}.2.inbound_nodes`,
    [[['a', 0, 2, {}]]],
    /output 2 of layer "a" \(Dense\) is asked for, which has 1/,
  ],
  [`${LAYER}.2.inbound_nodes`, [[['a', -1, 0, {}]]], /inbound_nodes\[0\]\[0\]\[1\]/],
  [`${LAYER}.2.inbound_nodes`, [[['a', 'b', 0, {}]]], /inbound_nodes\[0\]\[0\]\[1\].*"b"/],
  [
    `${LAYER}.2.inbound_nodes`,
    [[['a', 0, 0, { value: ['a', 0, 0] }]]],
    /no further arguments that are tensors/,
  ],
  [
    `${LAYER}.2.inbound_nodes`,
    [
      [
        ['a', 0, 0, {}],
        ['in', 0, 0, {}],
      ],
    ],
    /layer "b" \(Dense\)/,
  ],
  [`${LAYER}.2.inbound_nodes`, [{ args: [1], kwargs: {} }], /args\[0\]/],
  [`${LAYER}.2.inbound_nodes`, [{ args: 'a' }], /args/],
  [`${LAYER}.2.inbound_nodes`, [{}], /args \(layer "b"\): expected a value, got none/],
  [`${LAYER}.2.name`, 'c', /output_layers of model names "b", which is no layer/],
  [`${LAYER}.2.name`, 'a', /two layers of the name "a"/],
  [`${LAYER}.2.name`, 9, /name/],
  [`${LAYER}.0.config.dtype`, 'string', /dtype \(layer "in"\).*"string"/],
  [`${LAYER}.0.config.dtype`, 'bool', /dtype \(layer "in"\).*"bool"/],
  [`${LAYER}.0.config.dtype`, 5, /dtype \(layer "in"\)/],
  [`${LAYER}.0.config.batch_input_shape`, [null, 'x'], /batch_input_shape\[1\] \(layer "in"\)/],
  [`${LAYER}.0.class_name`, 'Dense', /"in"/],
  ['modelTopology.config.output_layers', [['c', 0, 0]], /output_layers of model names "c"/],
  ['modelTopology.config.output_layers', [['b', 1, 0]], /names call 1 of layer "b"/],
  ['modelTopology.config.output_layers', [['b', 0, 1]], /output 1 of layer "b"/],
  ['modelTopology.config.output_layers', [], /model has no output/],
  [
    'modelTopology.config.output_layers',
    [
      ['a', 0, 0],
      ['b', 0, 0],
    ],
    /expected one output, got 2: a, b; .*\{"outputs": \{"logits": "a"\}\} in a preprocess\.json/,
  ],
  ['modelTopology.config.output_layers', null, /output_layers/],
  ['modelTopology.config.output_layers', 'b', /output_layers/],
  ['modelTopology.config.output_layers', [['in', 0, 0]], /no layer between/],
  ['modelTopology.config.output_layers', undefined, /output_layers: expected a value, got none/],
  ['modelTopology.config.input_layers', undefined, /input_layers: expected a value, got none/],
  ['modelTopology.config.input_layers', [], /expected one input, the image, got 0;/],
  ['modelTopology.config.input_layers', [['a', 0, 0]], /got none of "a"/],
  ['modelTopology.config.input_layers', [['c', 0, 0]], /got none of "c"/],
  [
    'modelTopology.config.input_layers',
    [
      ['in', 0, 0],
      ['in2', 0, 0],
    ],
    /expected one input, the image, got 2: in, in2; make a model of one/,
  ],
]

/** Layers between `in` and `b`, which has an error of its own; the input is [6, 6, 2]. */
const BETWEEN: [class_name: string, config: Node, message: RegExp][] = [
  ['Conv2D', { filters: 2, kernel_size: 0 }, /kernel_size \(layer "x"\).*0/],
  ['Conv2D', { filters: 2, kernel_size: [3, '3'] }, /kernel_size\[1\] \(layer "x"\).*"3"/],
  ['Conv2D', { filters: 2, kernel_size: [3, 3, 3, 3] }, /kernel_size \(layer "x"\)/],
  ['Conv2D', { filters: 2, kernel_size: 99 }, /"x" \(Conv2D\).*-92/],
  ['Conv2D', { filters: 1e9, kernel_size: 3 }, /"x" \(Conv2D\).*more than the file has/],
  ['Conv2D', { filters: 2, kernel_size: 3, strides: 0 }, /strides \(layer "x"\)/],
  ['Conv2D', { filters: 2, kernel_size: 3, padding: 'some' }, /padding \(layer "x"\).*"some"/],
  ['Conv2D', { filters: 2, kernel_size: 3, data_format: 'nhwc' }, /data_format \(layer "x"\).*"nhwc"/],
  ['Conv2D', { filters: 3, kernel_size: 3, groups: 3 }, /"x" \(Conv2D\).*groups 3.* 2 channels/],
  ['Conv2D', { filters: 3, kernel_size: 3, groups: 2 }, /"x" \(Conv2D\).*groups 2.* 3 filters/],
  ['Conv2D', { filters: 2, kernel_size: 3, groups: 2.5 }, /groups \(layer "x"\)/],
  [
    'Conv2D',
    { filters: 2, kernel_size: 3, groups: 2, data_format: 'channels_first' },
    /"x" \(Conv2D\).*channels last/,
  ],
  ['Conv2DTranspose', { filters: 2, kernel_size: 3, groups: 2 }, /"x" \(Conv2DTranspose\).*groups 2/],
  [
    'LocalResponseNormalization',
    { depth_radius: 2, bias: 1, alpha: -1, beta: 0.75 },
    /"x" \(LocalResponseNormalization\): alpha: expected a number from 0, got -1/,
  ],
  [
    'LocalResponseNormalization',
    { depth_radius: 2, alpha: 1, beta: 0.75 },
    /"x" \(LocalResponseNormalization\): bias: expected a number from 0, got undefined/,
  ],
  ['Conv2D', {}, /"x" \(Conv2D\)/],
  ['MaxPooling2D', { pool_size: -1 }, /pool_size \(layer "x"\)/],
  ['MaxPooling2D', { pool_size: [1e9, 1e9] }, /"x" \(MaxPooling2D\).*\[0, 0, 2\]/],
  ['UpSampling2D', { size: [100000, 100000] }, /"x" \(UpSampling2D\).*values of one image/],
  [
    'ZeroPadding2D',
    {
      padding: [
        [1e9, 1e9],
        [1, 1],
      ],
    },
    /"x" \(ZeroPadding2D\).*values of one image/,
  ],
  ['ZeroPadding2D', { padding: -1 }, /padding \(layer "x"\)/],
  ['Reshape', { target_shape: [-1, -1] }, /target_shape \(layer "x"\).*at most one -1/],
  ['Reshape', { target_shape: [5] }, /"x" \(Reshape\): it makes 5 values of 72/],
  ['Reshape', { target_shape: 'flat' }, /target_shape \(layer "x"\)/],
  ['Permute', { dims: [9, 9, 9] }, /"x" \(Permute\)/],
  ['Permute', { dims: 'x' }, /dims \(layer "x"\)/],
  ['Dropout', { rate: 'half' }, /rate \(layer "x"\).*"half"/],
  ['Dropout', { rate: 1 }, /rate \(layer "x"\)/],
  ['LeakyReLU', { alpha: 'x' }, /alpha \(layer "x"\)/],
  ['ReLU', { negative_slope: 0.1 }, /"x" \(ReLU\).*negativeSlope 0\.1/],
  ['BatchNormalization', { axis: 'x' }, /axis \(layer "x"\)/],
  ['BatchNormalization', { epsilon: {} }, /epsilon \(layer "x"\)/],
  ['Add', {}, /"x" \(Add\)/],
  ['LSTM', { units: 2 }, /"x" \(LSTM\)/],
  ['TimeDistributed', { layer: null }, /"x" \(TimeDistributed\)/],
  ['Bidirectional', {}, /"x" \(Bidirectional\)/],
  ['RNN', { cell: [] }, /"x" \(RNN\)/],
  ['TimeDistributed', { layer: functional([input(), dense('b', 2, 'b')]) }, /"x" \(TimeDistributed\)/],
  ['Embedding', { input_dim: 1e9, output_dim: 1e9 }, /"x" \(Embedding\).*more than the file has/],
  ['TFOpLambda', { function: 'math.add' }, /"x" \(TFOpLambda\).*no such layer/],
]

t.test('odd model files are errors that name the file and the place, and leave no tensor', async (t) => {
  const before = tf.memory().numTensors
  const check = async (folder: string, message: RegExp, about: string) => {
    const error = await loadClassifier(folder).then(
      (loaded) => {
        loaded.dispose()
      },
      (error: unknown) => error,
    )
    const fine =
      error instanceof BlindspotError && error.code === 'bad-model' && error.message.startsWith(folder)
    const said = error instanceof Error ? `${error.name} ${error.message.replace(folder, '')}` : 'it loads'
    t.ok(fine && message.test(error.message) && error.message.length < 800, `${about}: ${said}`)
    if (tf.memory().numTensors !== before)
      t.equal(tf.memory().numTensors, before, `tensors are left by ${about}`)
  }
  for (const [of, table] of [
    [chain, CHAIN],
    [graph, GRAPH],
  ] as const) {
    for (const [path, value, message] of table) {
      const written = of()
      put(written.json, path, value)
      await check(write(written), message, `${path} ${JSON.stringify(value)}`)
    }
  }
  for (const [class_name, config, message] of BETWEEN) {
    const layers = [
      input('in', { batch_input_shape: [null, 6, 6, 2] }),
      layer(class_name, 'x', config, 'in'),
      dense('b', 2, 'x'),
    ]
    await check(
      write(file(functional(layers), weightsOf('b', 2, 2))),
      message,
      `${class_name} ${JSON.stringify(config)}`,
    )
  }

  const texts: [text: string, message: RegExp][] = [
    ['', /is not JSON/],
    ['{', /is not JSON/],
    ['[]', /not a JSON object/],
    ['3', /not a JSON object/],
    ['null', /not a JSON object/],
    ['"model"', /not a JSON object/],
    ['{"a": NaN}', /is not JSON/],
    ['['.repeat(1e6), /nested more than 200 levels/],
    [`{"modelTopology": ${'{"config":'.repeat(5000)}1${'}'.repeat(5000)}}`, /nested more than 200 levels/],
    ['\0\0', /is not JSON/],
  ]
  for (const [text, message] of texts)
    await check(write(chain(), text), message, `text ${JSON.stringify(text.slice(0, 20))}`)

  // models that are called twice by models that are called twice, 2^40 calls in all
  let twice = functional([input(), layer('Dropout', 'b', {}, 'in')])
  for (let i = 0; i < 40; i++) {
    const inner = { ...twice, name: 'm', inbound_nodes: [[['in', 0, 0, {}]], [['m', 1, 0, {}]]] }
    twice = functional([input(), inner], [['m', 2, 0]])
  }
  await check(write(file(twice)), /more than 100000 times/, 'a model without end')
  t.equal(Object.keys(tf.engine().registeredVariables).length, 0)
})

t.test('what is no ordinary file is named and not waited for', async (t) => {
  const folder = write(chain())
  const weights = join(folder, 'weights.bin')
  const replaced: [make: () => void, message: RegExp][] = [
    [() => mkdirSync(weights), /weights\.bin: expected a file, got a folder/],
    [() => execFileSync('mkfifo', [weights]), /weights\.bin: expected a file, got a pipe/],
    [() => symlinkSync('/dev/zero', weights), /weights\.bin: expected a file, got a device/],
    [() => symlinkSync(weights, weights), /weights\.bin: cannot be read/],
    [() => writeFileSync(weights, ''), /weights\.bin: has 0 bytes/],
    [
      () => {
        writeFileSync(weights, '')
        truncateSync(weights, 2 ** 40)
      },
      /weights\.bin: has 1099511627776 bytes/,
    ],
  ]
  for (const [make, message] of replaced) {
    rmSync(weights, { recursive: true, force: true })
    make()
    await t.rejects(modelReference(folder), { code: 'bad-model', message })
  }
  const json = join(folder, 'model.json')
  rmSync(json)
  mkdirSync(json)
  await t.rejects(modelReference(folder), {
    code: 'bad-option',
    message: /model\.json: expected a file, got a folder/,
  })
  rmSync(json, { recursive: true })
  execFileSync('mkfifo', [json])
  await t.rejects(modelReference(folder), {
    code: 'bad-option',
    message: /model\.json: expected a file, got a pipe/,
  })
  await t.rejects(modelReference('/dev/zero'), {
    code: 'bad-option',
    message: /\/dev\/zero: expected a file, got a device/,
  })
  rmSync(json)
  writeFileSync(json, '')
  truncateSync(json, 1e9)
  await t.rejects(modelReference(folder), { code: 'bad-model', message: /at most 64 MB, got 1000 MB/ })

  // a declared size is believed only where the file has it, and only up to what can be held
  const huge = chain()
  put(huge.json, `${WEIGHT}.0.shape`, [2 ** 30, 2])
  put(huge.json, `${WEIGHT}.1.shape`, [3])
  const sparse = write(huge)
  truncateSync(join(sparse, 'weights.bin'), 4 * (2 ** 31 + 3 + 8))
  await t.rejects(modelReference(sparse), {
    code: 'bad-model',
    message: /weights of 8589934636 bytes; at most/,
  })
})

t.test('unusual files that are models', async (t) => {
  const before = tf.memory().numTensors
  const loads = async (written: Written, text?: string) => {
    const classifier = await loadClassifier(write(written, text))
    t.equal(
      classifier.logits(new Float32Array(classifier.inputShape.reduce((a, b) => a * b))).length,
      classifier.classes,
    )
    const { layers } = classifier
    classifier.dispose()
    return layers
  }
  const plain = chain()
  t.same(await loads(plain, `\uFEFF${JSON.stringify(plain.json)}`), ['a', 'b'], 'a byte order mark')
  const camel = JSON.stringify(graph().json).replace(/_([a-z])(?=[a-z_]*":)/g, (_, c: string) =>
    c.toUpperCase(),
  )
  t.match(camel, /"className":.*"inboundNodes":/)
  t.same(await loads(graph(), camel), ['a', 'b'], 'camel case')
  const odd = chain()
  for (const path of ['format', `${WEIGHT}.0.quantization`, 'generatedBy']) put(odd.json, path, null)
  t.same(await loads(odd), ['a', 'b'], 'nulls')
  const one = graph()
  put(one.json, 'modelTopology.config.output_layers', ['b', 0, 0])
  put(one.json, 'modelTopology.config.input_layers', ['in', 0, 0])
  t.same(await loads(one), ['a', 'b'], 'one output without a list')
  const names = ['__proto__', 'constructor', 'a b', 'ü/ü', '#']
  const chainOf = names.map((name, i) => dense(name, 4, names[i - 1] ?? 'in'))
  t.same(
    await loads(
      file(
        functional([input(), ...chainOf], [['#', 0, 0]]),
        names.flatMap((name) => weightsOf(name, 4, 4)),
      ),
    ),
    names,
    'names that are something else to JavaScript or TensorFlow.js',
  )
  const aside = graph()
  ;(((aside.json['modelTopology'] as Node)['config'] as Node)['layers'] as Node[]).push(dense('c', 5, 'a'))
  ;((aside.json['weightsManifest'] as Node[])[0]['weights'] as Node[]).push(...weightsOf('c', 3, 5))
  t.same(await loads({ ...aside, bytes: aside.bytes + 80 }), ['a', 'b'], 'layers on no way to the output')
  const trained = chain()
  ;((trained.json['weightsManifest'] as Node[])[0]['weights'] as Node[]).push({
    ...{ name: 'iterations', shape: [], dtype: 'int32', group: 'optimizer' },
  })
  t.same(await loads({ ...trained, bytes: trained.bytes + 4 }), ['a', 'b'], 'an optimizer')
  t.equal(tf.memory().numTensors, before)
})

t.test('the layers and activations that it knows are those of TensorFlow.js', (t) => {
  const known = tf.serialization.SerializationMap.getMap().classNameMap
  t.same(
    [...LAYERS, ...ACTIVATIONS].filter((name) => !(name in known)),
    [],
  )
  t.end()
})

t.test('no failure of an evaluation leaves a tensor', async (t) => {
  const layers = [
    input('in', { batch_input_shape: [null, 4, 4, 1] }),
    layer('Conv2D', 'c', { filters: 2, kernel_size: 3, activation: 'relu' }, 'in'),
    layer('Flatten', 'f', {}, 'c'),
    dense('b', 2, 'f'),
  ]
  const kernel = { name: 'c/kernel', shape: [3, 3, 1, 2], dtype: 'float32' }
  const conv = write(
    file(functional(layers), [kernel, { ...kernel, name: 'c/bias', shape: [2] }, ...weightsOf('b', 8, 2)]),
  )
  const before = tf.memory().numTensors
  for (const folder of [conv, write(chain())]) {
    const classifier = await loadClassifier(folder)
    const size = classifier.inputShape.reduce((a, b) => a * b)
    const layer = classifier.layers[0]
    const x = new Float32Array(3 * size)
    classifier.activations(layer, x, { pre: true })
    const loaded = tf.memory().numTensors
    const failing = () => {
      throw new Error('midway')
    }
    t.throws(() => classifier.logitGradient(x, failing), /midway/)
    t.throws(() => classifier.logits(new Float32Array(size + 1)))
    t.throws(() => classifier.activations('none', x))
    // a kernel that fails in the middle of a pass
    for (const kernelName of ['Relu', '_FusedMatMul', 'BatchMatMul', 'Conv2D', 'FusedConv2D']) {
      const usual = tf.getKernel(kernelName, 'cpu')
      tf.unregisterKernel(kernelName, 'cpu')
      tf.registerKernel({ kernelName, backendName: 'cpu', kernelFunc: failing })
      for (const f of [
        () => classifier.logits(x),
        () => lossGradient(classifier, x, new Int32Array(3)),
        () => classifier.activations(layer, x),
        () => classifier.activations(layer, x, { pre: true }),
      ])
        try {
          f()
        } catch {
          // where it needs that kernel
        }
      tf.unregisterKernel(kernelName, 'cpu')
      tf.registerKernel(usual)
    }
    t.equal(tf.memory().numTensors, loaded)
    t.equal(classifier.logits(x).length, 6, 'it goes on working')
    classifier.dispose()
    t.equal(tf.memory().numTensors, before)
  }
})

const pixels = Float32Array.from({ length: 12 }, (_, i) => ((7 * i) % 12) / 12)

/** Logits of three images, or what else `of` is asked for. */
async function valuesOf(
  written: Written,
  of: (classifier: Classifier) => ArrayLike<number> = (classifier) => classifier.logits(pixels),
): Promise<number[]> {
  const classifier = await loadClassifier(write(written))
  try {
    return Array.from(of(classifier), (value) => Math.round(value * 1e5) / 1e5)
  } finally {
    classifier.dispose()
  }
}

/** `in` → a → `layers`, each of the one before, and the same as a sequential model. */
function endingWith(layers: readonly Node[]): Written[] {
  const all = [input(), dense('a', 3, 'in'), ...layers]
  const named: Node[] = all.map((one, i) => ({
    ...one,
    inbound_nodes: i === 0 ? [] : [[[all[i - 1]['name'], 0, 0, {}]]],
  }))
  const weights = [...weightsOf('a', 4, 3), ...weightsOf('b', 3, 2)]
  const end = [named.at(-1)?.['name'] ?? '', 0, 0]
  return [
    file(functional(named, [end]), weights),
    file(functional(named, end, ['in', 0, 0]), weights),
    file({ model_config: sequential(all), keras_version: '2.15.0' }, weights),
  ]
}

t.test('a softmax at the end is left out, in whatever form it is there', async (t) => {
  const logits = await valuesOf(endingWith([dense('b', 2)])[0])
  const policy = { class_name: 'Policy', config: { name: 'mixed_float16' } }
  const softmaxed = (activation: unknown, config: Node = {}) =>
    layer('Dense', 'b', { units: 2, activation, ...config })
  const nested = (...inside: Node[]) => ({ ...sequential(inside, 'end'), name: 'end' })
  const forms: Record<string, Node[]> = {
    name: [softmaxed('softmax')],
    'of TensorFlow': [softmaxed('softmax_v2')],
    class: [softmaxed({ class_name: 'softmax', config: {} })],
    function: [
      softmaxed({
        class_name: 'function',
        config: 'softmax',
        module: 'builtins',
        registered_name: 'function',
      }),
    ],
    'layer as a function': [softmaxed({ class_name: 'Softmax', config: { name: 's', axis: -1 } })],
    Activation: [dense('b', 2), layer('Activation', 's', { activation: 'softmax' })],
    Softmax: [dense('b', 2), layer('Softmax', 's')],
    'Softmax along the last': [dense('b', 2), layer('Softmax', 's', { axis: 1 })],
    'Softmax along the only one': [
      ...[dense('b', 2), layer('Reshape', 'r', { target_shape: [2, 1, 1] })],
      ...[layer('Softmax', 's', { axis: 1 }), layer('Flatten', 'f')],
    ],
    'mixed precision': [
      softmaxed('softmax', { dtype: policy }),
      layer('Activation', 'l', { activation: 'linear', dtype: 'float32' }),
    ],
    'a linear function by default': [softmaxed('softmax'), layer('Activation', 'l', { activation: null })],
    nested: [nested(softmaxed('softmax'))],
    'nested, then nothing': [
      nested(softmaxed('softmax'), layer('Dropout', 'd', { rate: 0.5 })),
      layer('Flatten', 'f'),
    ],
    'nested last': [softmaxed('softmax'), nested(layer('Dropout', 'd', { rate: 0.5 }))],
  }
  const idle: [string, Node][] = [
    ['Dropout', { rate: 0.5 }],
    ['GaussianNoise', { stddev: 1 }],
    ['GaussianDropout', { rate: 0.5 }],
    ['AlphaDropout', { rate: 0.5 }],
    ['ActivityRegularization', { l1: 1, l2: 1 }],
    ['Flatten', {}],
    ['Reshape', { target_shape: [2] }],
    ['Permute', { dims: [1] }],
    ['Activation', { activation: { class_name: 'linear', config: {} } }],
  ]
  for (const [kind, config] of idle) forms[kind] = [softmaxed('softmax'), layer(kind, 'x', config)]
  forms['all'] = [softmaxed('softmax'), ...idle.map(([kind, config], i) => layer(kind, `x${i}`, config))]
  forms['maps'] = [
    ...[softmaxed('softmax'), layer('Reshape', 'r', { target_shape: [1, 1, 2] })],
    ...[layer('SpatialDropout2D', 's', { rate: 0.5 }), layer('Reshape', 'q', { target_shape: [1, 2] })],
    ...[layer('SpatialDropout1D', 'o', { rate: 0.5 }), layer('Flatten', 'f')],
  ]
  for (const [form, layers] of Object.entries(forms))
    for (const [i, written] of endingWith(layers).entries())
      t.same(await valuesOf(written), logits, `${form}, ${['functional', 'one output', 'sequential'][i]}`)
})

t.test('outputs that are something else than logits are a warning, once', async (t) => {
  const warnings: string[] = []
  const listen = ({ message }: Error) => warnings.push(message)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  const said = async (folder: string, f?: () => Promise<unknown>) => {
    warnings.length = 0
    for (let i = 0; i < 2; i++) {
      const classifier = await loadClassifier(folder)
      classifier.logits(new Float32Array(0))
      lossGradient(classifier, pixels, new Int32Array(3))
      classifier.logits(pixels)
      classifier.dispose()
    }
    await f?.()
    await new Promise((resolve) => setImmediate(resolve))
    return [...warnings]
  }
  const end = (activation: string, ...more: Node[]) =>
    write(endingWith([layer('Dense', 'b', { units: 2, activation }), ...more])[0])
  t.same(await said(end('linear')), [])
  t.same(await said(end('softmax')), [], 'it is seen')
  const unseen = end('softmax', layer('ReLU', 'r'))
  t.match(await said(unseen), [new RegExp(`^${unseen}/model.json: its outputs are probabilities.*save`)])
  const sigmoid = end('sigmoid')
  t.match(await said(sigmoid), [
    new RegExp(`^${sigmoid}/model.json: ends in a sigmoid \\(layer "b"\\).*linear`),
  ])

  const elsewhere = end('softmax', layer('ReLU', 'r'))
  warnings.length = 0
  const images = {
    dataset: 'd',
    split: 's',
    shape: [4, 1, 1] as const,
    index: Int32Array.of(0, 1, 2),
    label: Int32Array.of(0, 1, 0),
    pixels,
  }
  const options = { workers: 2, batchSize: 1, goal: 'runner-up' as const }
  await lastValueFrom(
    stream(() => [images]).pipe(attack(await modelReference(elsewhere), options), toArray()),
  )
  t.match(warnings, [/its outputs are probabilities/], 'from worker threads too')
  t.equal(warnings.length, 1)
})

t.test("Keras 3's files", async (t) => {
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'float32' },
    registered_name: null,
  }
  const of3 = (class_name: string, name: string, config: Node, ...from: string[]): Node => ({
    ...{
      module: 'keras.layers',
      class_name,
      name,
      registered_name: null,
      build_config: { input_shape: [null, 4] },
    },
    config: { name, trainable: true, dtype: policy, ...config },
    inbound_nodes:
      from.length === 0
        ? []
        : [
            {
              args: [from.length === 1 ? tensor3(from[0]) : from.map((one) => tensor3(one))],
              kwargs: { mask: null },
            },
          ],
  })
  const tensor3 = (name: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
  })
  const input3 = of3('InputLayer', 'in', {
    batch_shape: [null, 4],
    sparse: false,
    ragged: false,
    dtype: 'float32',
  })
  const initial = { module: 'keras.initializers', class_name: 'GlorotUniform', config: { seed: null } }
  const dense3 = (name: string, units: number, activation: unknown, ...from: string[]) =>
    of3(
      'Dense',
      name,
      { units, activation, use_bias: true, kernel_initializer: initial, bias_regularizer: null },
      ...from,
    )
  const renamed = (prefix: string, ...weights: Node[]) =>
    weights.map((weight) => ({ ...weight, name: `${prefix}${String(weight['name'])}` }))

  const weights = [...weightsOf('a', 4, 3), ...weightsOf('b', 3, 2)]
  const two = [layer('Dense', 'a', { units: 3, activation: 'swish' }, 'in'), dense('b', 2, 'a')]
  const expected = await valuesOf(file(functional([input(), ...two]), weights))
  const three = [input3, dense3('a', 3, 'silu', 'in'), dense3('b', 2, 'softmax', 'a')]
  t.same(await valuesOf(file(sequential(three), renamed('model/', ...weights))), expected, 'sequential')
  const cast = of3('Cast', 'cast', { dtype: 'float32' }, 'b')
  const linear = of3('Activation', 'l', { activation: 'linear' }, 'cast')
  t.same(
    await valuesOf(file(functional([...three, cast, linear], [['l', 0, 0]]), weights)),
    expected,
    'functional, mixed precision',
  )
  const block = { ...sequential(three, 'block'), ...{ module: 'keras', name: 'block' } }
  const around = { ...block, inbound_nodes: dense3('x', 1, null, 'in')['inbound_nodes'] }
  t.same(
    await valuesOf(file(functional([input3, around], [['block', 0, 0]]), renamed('block/', ...weights))),
    expected,
    'nested',
  )
  const leaky = [of3('LeakyReLU', 'x', { negative_slope: 0.25 }, 'a'), dense3('b', 2, 'linear', 'x')]
  const leaky2 = [layer('LeakyReLU', 'x', { alpha: 0.25 }, 'a'), dense('b', 2, 'x')]
  t.same(
    await valuesOf(file(functional([input3, dense3('a', 3, 'linear', 'in'), ...leaky]), weights)),
    await valuesOf(file(functional([input(), dense('a', 3, 'in'), ...leaky2]), weights)),
    'LeakyReLU',
  )
  const add = { ...of3('Add', 'add', {}, 'in', 'in'), module: 'keras.layers' }
  t.same(
    await valuesOf(file(functional([input3, add, dense3('b', 2, 'linear', 'add')]), weightsOf('b', 4, 2))),
    await valuesOf(
      file(
        functional([input(), layer('Add', 'add', {}, 'in', 'in'), dense('b', 2, 'add')]),
        weightsOf('b', 4, 2),
      ),
    ),
    'two inputs',
  )
  const depthwise = (name: string, first: Node, made: Node) => {
    const layers = [first, made, layer('Flatten', 'f', {}, 'c'), dense('b', 2, 'f')]
    const own = { name: `c/${name}`, shape: [1, 1, 1, 1], dtype: 'float32' }
    return valuesOf(
      file(functional(layers), [own, { ...own, name: 'c/bias', shape: [1] }, ...weightsOf('b', 4, 2)]),
    )
  }
  const shape = [null, 4, 1, 1]
  t.same(
    await depthwise(
      'kernel',
      of3('InputLayer', 'in', { batch_shape: shape }),
      of3('DepthwiseConv2D', 'c', { kernel_size: [1, 1] }, 'in'),
    ),
    await depthwise(
      'depthwise_kernel',
      input('in', { batch_input_shape: shape }),
      layer('DepthwiseConv2D', 'c', { kernel_size: 1 }, 'in'),
    ),
    'a depthwise convolution',
  )
  const constant = { ...add, inbound_nodes: [{ args: [tensor3('in'), 2], kwargs: {} }] }
  const refused: [Node[], RegExp][] = [
    [[input3, dense3('b', 2, 'hard_sigmoid', 'in')], /layer "b" \(Dense\).*Keras 3's hard_sigmoid/],
    [[input3, constant, dense3('b', 2, 'linear', 'add')], /inbound_nodes\[0\]\.args\[1\].*\(layer "add"\)/],
    [
      [input3, of3('RMSNormalization', 'b', {}, 'in')],
      /layer "b" \(RMSNormalization\): TensorFlow\.js has no such/,
    ],
    [[input3, of3('ReLU', 'b', { threshold: 1 }, 'in')], /layer "b" \(ReLU\).*threshold 1/],
  ]
  for (const [layers, message] of refused)
    await t.rejects(loadClassifier(write(file(functional(layers), weightsOf('b', 4, 2)))), {
      code: 'bad-model',
      message,
    })
})

t.test('layers of models in models', async (t) => {
  const block = (name: string, ...from: string[]): Node => ({
    ...functional(
      [input('x'), dense('d', 4, 'x'), layer('Activation', 'r', { activation: 'relu' }, 'd')],
      [['r', 0, 0]],
      [['x', 0, 0]],
    ),
    name,
    inbound_nodes: from.map((one) => [[one, 0, 0, {}]]),
  })
  const flat = file(
    functional([
      ...[input(), dense('p', 4, 'in'), layer('Activation', 'pr', { activation: 'relu' }, 'p')],
      ...[dense('q', 4, 'pr'), layer('Activation', 'qr', { activation: 'relu' }, 'q'), dense('b', 2, 'qr')],
    ]),
    [...weightsOf('p', 4, 4), ...weightsOf('q', 4, 4), ...weightsOf('b', 4, 2)],
  )
  const twins = (first: Node[], second: Node[]) =>
    file(
      functional([
        input(),
        block('one', 'in'),
        { ...block('two'), inbound_nodes: [[['one', 1, 0, {}]]] },
        { ...dense('b', 2), inbound_nodes: [[['two', 1, 0, {}]]] },
      ]),
      [...first, ...second, ...weightsOf('b', 4, 2)],
    )
  const named = (scope: string) => weightsOf(`${scope}/d`, 4, 4)
  const expected = await valuesOf(flat)
  const twin = twins(weightsOf('d', 4, 4), weightsOf('d', 4, 4))
  t.same(await valuesOf(twin), expected, 'weights of one name, in order')
  t.same(await valuesOf(twins(named('one'), named('two'))), expected, 'weights named by their model')
  put(twin.json, 'generatedBy', 'keras v2.15.0')
  await t.rejects(loadClassifier(write(twin)), {
    message: /"d\/kernel" are of the layers "one\/d" and "two\/d"/,
  })

  const pairs = [
    ['one/d', 'p'],
    ['one/r', 'pr'],
    ['two/d', 'q'],
    ['b', 'b'],
  ]
  for (const dense of [true, false]) {
    // an ELU is no network of dense layers as they are written out
    const [model, own] = [twins(named('one'), named('two')), flat].map(({ json, bytes }) => ({
      bytes,
      json: JSON.parse(JSON.stringify(json).replaceAll('"relu"', dense ? '"relu"' : '"elu"')) as Node,
    }))
    for (const [nested, name] of pairs)
      for (const pre of nested === 'one/r' ? [true, false] : [false])
        t.same(
          await valuesOf(model, (one) => one.activations(nested, pixels, { pre })),
          await valuesOf(own, (one) => one.activations(name, pixels, { pre })),
          nested,
        )
    const loaded = await loadClassifier(write(model))
    const { layers } = loaded
    loaded.dispose()
    t.same(layers.slice(0, 3), ['one/d', 'one/r', 'two/d'])
  }

  // made and named by TensorFlow.js: a model in a model in a model, then the same one twice
  const inner = tf.sequential({
    name: 'inner',
    layers: [tf.layers.dense({ name: 'd', units: 4, inputShape: [4] })],
  })
  const middle = tf.sequential({ name: 'middle', layers: [inner, tf.layers.elu({ name: 'e' })] })
  const x = tf.input({ shape: [4] })
  const shared = middle.apply(middle.apply(x)) as tf.SymbolicTensor
  const made = tf.model({
    inputs: x,
    outputs: tf.layers.dense({ name: 'b', units: 2 }).apply(shared) as tf.SymbolicTensor,
  })
  const folder = await saveModel(join(root, 'made'), made)
  const before = tf.memory().numTensors
  const classifier = await loadClassifier(folder)
  t.same(classifier.layers, ['middle/inner/d#1', 'middle/e#1', 'middle/inner/d#2', 'middle/e#2', 'b'])
  const y = tf.tidy(() => (made.predict(tf.tensor2d(pixels, [3, 4])) as tf.Tensor).dataSync())
  t.same(classifier.logits(pixels), y)
  const [first, second] = ['middle/e#1', 'middle/e#2'].map((name) => classifier.activations(name, pixels))
  t.same(classifier.activations('middle/e#1', first), second)
  t.throws(() => classifier.activations('middle/e', pixels), { message: /no layer "middle\/e".*middle\/e#1/ })
  classifier.dispose()
  t.equal(tf.memory().numTensors, before)
  made.dispose()
})

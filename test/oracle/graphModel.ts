import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tf, type LayersModel, type Tensor } from '../../operators/tensor/tf.js'

interface Node {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly attr: Readonly<Record<string, unknown>>
}

/** A graph model in memory, as the converter writes it. */
export interface GraphModelFile {
  readonly json: {
    format: 'graph-model'
    modelTopology: { node: Node[] }
    signature: unknown
    weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[]
  }
  readonly weights: Uint8Array
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')
const s = (text: string) => ({ s: base64(text) })
const ints = (values: readonly number[]) => ({ list: { i: values.map(String) } })
const shape = (sizes: readonly number[]) => ({ dim: sizes.map((size) => ({ size: String(size) })) })
const FUNCTIONS: Readonly<Record<string, string>> = {
  ...{ relu: 'Relu', relu6: 'Relu6', sigmoid: 'Sigmoid', tanh: 'Tanh', elu: 'Elu', softmax: 'Softmax' },
}

/**
 * The graph model of a layers model: the same weights, layer by layer, with the operations that TensorFlow's converter has for
 * them.
 *
 * @param fused whether a convolution or a product, its bias and its function are one node, as the converter's optimiser has it
 */
export function graphModelOf(model: LayersModel, fused: boolean): GraphModelFile {
  const nodes: Node[] = []
  const weights: { name: string; value: Tensor; dtype: 'float32' | 'int32' }[] = []
  const outputs = new Map<string, string>()
  const add = (name: string, op: string, input: readonly string[], attr: Node['attr'] = {}) => {
    nodes.push({ name, op, input, attr })
    return name
  }
  const constant = (name: string, value: Tensor) => {
    const dtype = value.dtype === 'int32' ? 'int32' : 'float32'
    weights.push({ name, value, dtype })
    const type = dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT'
    return add(name, 'Const', [], {
      dtype: { type },
      value: { tensor: { dtype: type, tensorShape: shape(value.shape) } },
    })
  }
  const ints32 = (name: string, values: number[]) => constant(name, tf.tensor1d(values, 'int32'))
  /** A product or a convolution, with what comes behind it. */
  const product = (
    name: string,
    [op, fusedOp]: readonly [string, string],
    input: string,
    [kernel, bias]: Tensor[],
    activation: string,
    attr: Node['attr'],
  ) => {
    const function_ = FUNCTIONS[activation] as string | undefined
    const filter = constant(`${name}/kernel`, kernel)
    if (fused && (bias as Tensor | undefined)) {
      const fusing = function_ !== undefined && function_ !== 'Softmax'
      const done = add(
        fusing || !function_ ? name : `${name}/BiasAdd`,
        fusedOp,
        [input, filter, constant(`${name}/bias`, bias)],
        {
          ...attr,
          fused_ops: { list: { s: ['BiasAdd', ...(fusing ? [function_] : [])].map(base64) } },
          num_args: { i: '1' },
        },
      )
      return function_ === undefined || fusing ? done : add(name, function_, [done])
    }
    const sum = add(`${name}/${op}`, op, [input, filter], attr)
    const biased = (bias as Tensor | undefined)
      ? add(`${name}/BiasAdd`, 'BiasAdd', [sum, constant(`${name}/bias`, bias)], { data_format: s('NHWC') })
      : sum
    return add(name, function_ ?? 'Identity', [biased])
  }

  const sizes = model.inputs[0].shape.map((size) => size ?? -1)
  outputs.set(
    model.inputs[0].name,
    add('image', 'Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape: { shape: shape(sizes) } }),
  )
  for (const layer of model.layers) {
    const kind = layer.getClassName()
    if (kind === 'InputLayer') continue
    const config = layer.getConfig() as Record<string, unknown>
    const name = layer.name
    const given = [layer.input].flat().map((one) => outputs.get(one.name) ?? '')
    const [input] = given
    const own = layer.getWeights()
    const activation = (config['activation'] ?? 'linear') as string
    const strides = config['strides'] as number[] | undefined
    const padding = typeof config['padding'] === 'string' ? config['padding'].toUpperCase() : 'VALID'
    const window = {
      padding: s(padding),
      data_format: s('NHWC'),
      ...(strides && { strides: ints([1, ...strides, 1]) }),
    }
    const pooled = { ...window, ksize: ints([1, ...((config['poolSize'] ?? []) as number[]), 1]) }
    const convolved = { ...window, dilations: ints([1, 1, 1, 1]), explicit_paddings: ints([]) }
    const last = (() => {
      switch (kind) {
        case 'Conv2D':
          return product(name, ['Conv2D', '_FusedConv2D'], input, own, activation, convolved)
        case 'DepthwiseConv2D':
          return product(
            name,
            ['DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative'],
            input,
            own,
            activation,
            convolved,
          )
        case 'Dense':
          return product(name, ['MatMul', '_FusedMatMul'], input, own, activation, {
            ...{ transpose_a: { b: false }, transpose_b: { b: false } },
          })
        case 'BatchNormalization':
          return add(
            name,
            'FusedBatchNormV3',
            [input, ...own.map((one, i) => constant(`${name}/${i}`, one))],
            {
              ...{ epsilon: { f: config['epsilon'] }, data_format: s('NHWC'), is_training: { b: false } },
            },
          )
        case 'MaxPooling2D':
          return add(name, 'MaxPool', [input], pooled)
        case 'AveragePooling2D':
          return add(name, 'AvgPool', [input], pooled)
        case 'GlobalAveragePooling2D':
          return add(`${name}/Mean`, 'Mean', [input, ints32(`${name}/axes`, [1, 2])], {
            keep_dims: { b: false },
          })
        case 'Concatenate':
          return add(name, 'ConcatV2', [...given, constant(`${name}/axis`, tf.scalar(-1, 'int32'))], {
            N: { i: String(given.length) },
          })
        case 'Add':
          return add(name, 'AddV2', given)
        case 'Activation':
          return add(name, FUNCTIONS[activation], [input])
        case 'ReLU':
          return add(name, config['maxValue'] === 6 ? 'Relu6' : 'Relu', [input])
        case 'ZeroPadding2D': {
          const [[top, bottom], [left, right]] = config['padding'] as number[][]
          return add(name, 'Pad', [
            input,
            constant(
              `${name}/paddings`,
              tf.tensor2d(
                [
                  [0, 0],
                  [top, bottom],
                  [left, right],
                  [0, 0],
                ],
                [4, 2],
                'int32',
              ),
            ),
          ])
        }
        case 'Flatten':
          // as Keras' is: the number of images is asked for
          add(`${name}/Shape`, 'Shape', [input])
          for (const [end, value] of [
            ['begin', 0],
            ['end', 1],
            ['strides', 1],
          ] as const)
            ints32(`${name}/${end}`, [value])
          add(
            `${name}/strided_slice`,
            'StridedSlice',
            ['Shape', 'begin', 'end', 'strides'].map((one) => `${name}/${one}`),
            { shrink_axis_mask: { i: '1' } },
          )
          constant(
            `${name}/values`,
            tf.scalar(
              layer.outputShape.slice(1).reduce<number>((product, size) => product * Number(size), 1),
              'int32',
            ),
          )
          add(`${name}/Pack`, 'Pack', [`${name}/strided_slice`, `${name}/values`], {
            N: { i: '2' },
            axis: { i: '0' },
          })
          return add(name, 'Reshape', [input, `${name}/Pack`])
        default:
          throw new Error(`no operation for ${kind}`)
      }
    })()
    outputs.set((layer.output as tf.SymbolicTensor).name, last)
  }
  const end = add('Identity', 'Identity', [outputs.get(model.outputs[0].name) ?? ''])
  return {
    json: {
      format: 'graph-model',
      modelTopology: { node: nodes },
      signature: {
        inputs: { image: { name: 'image:0', dtype: 'DT_FLOAT', tensorShape: shape(sizes) } },
        outputs: { output: { name: `${end}:0`, dtype: 'DT_FLOAT' } },
      },
      weightsManifest: [
        {
          paths: ['weights.bin'],
          weights: weights.map(({ name, value, dtype }) => ({ name, shape: value.shape, dtype })),
        },
      ],
    },
    weights: Buffer.concat(
      weights.map(({ value }) => Buffer.from(new Uint8Array(value.dataSync().slice().buffer))),
    ),
  }
}

/** Writes a graph model to a folder. */
export function saveGraphModel(folder: string, { json, weights }: GraphModelFile): string {
  mkdirSync(folder)
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json))
  writeFileSync(join(folder, 'weights.bin'), weights)
  return folder
}

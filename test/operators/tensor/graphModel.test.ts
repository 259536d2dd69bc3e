import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import type { Classifier } from '../../../operators/classifier.js'
import { randomFor } from '../../../operators/random.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loaders } from '../../../operators/tensor/load.js'
import { inspectModel } from '../../../operators/tensor/inspectModel.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { modelReference } from '../../../operators/tensor/modelReference.js'
import { tf, type LayersModel } from '../../../operators/tensor/tf.js'
import { graphModelOf, saveGraphModel, type GraphModelFile } from '../../oracle/graphModel.js'
import { saveModel } from '../../oracle/savedModel.js'

await useBackend()
const root = mkdtempSync(join(tmpdir(), 'graph-model-'))
t.teardown(() => rmSync(root, { recursive: true }))

const SHAPE = [9, 8, 3]
const noise = (values: number) => {
  const random = randomFor(5, 'graph', values)
  return Float32Array.from({ length: values }, () => random.uniform())
}

/** A network with most of what networks on photographs have. */
function network(activation: 'softmax' | 'linear' = 'softmax', depthwise = true): LayersModel {
  let seed = 0
  const random = () => tf.initializers.randomNormal({ stddev: 0.3, seed: ++seed })
  const some = () => ({ kernelInitializer: random(), biasInitializer: random() })
  const { layers } = tf
  const image = tf.input({ shape: SHAPE, name: 'in' })
  const padded = layers.zeroPadding2d({ name: 'pad', padding: 1 }).apply(image)
  const conv = layers
    .conv2d({ ...some(), name: 'conv1', filters: 6, kernelSize: 3, strides: 2, activation: 'relu' })
    .apply(padded) as tf.SymbolicTensor
  const normal = layers
    .batchNormalization({
      ...{
        name: 'norm',
        betaInitializer: random(),
        gammaInitializer: random(),
        movingMeanInitializer: random(),
      },
    })
    .apply(conv)
  const capped = layers.reLU({ name: 'relu6', maxValue: 6 }).apply(normal) as tf.SymbolicTensor
  const deep = (
    depthwise
      ? layers.depthwiseConv2d({
          ...{
            name: 'deep',
            kernelSize: 3,
            padding: 'same',
            activation: 'relu',
            depthwiseInitializer: random(),
          },
          biasInitializer: random(),
        })
      : layers.conv2d({
          ...some(),
          name: 'deep',
          filters: 6,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
        })
  ).apply(capped) as tf.SymbolicTensor
  const sum = layers.add({ name: 'sum' }).apply([capped, deep]) as tf.SymbolicTensor
  const wide = layers
    .conv2d({ ...some(), name: 'expand/3x3', filters: 4, kernelSize: 2, padding: 'same', activation: 'tanh' })
    .apply(sum) as tf.SymbolicTensor
  const both = layers.concatenate({ name: 'both' }).apply([sum, wide])
  const most = layers.maxPooling2d({ name: 'most', poolSize: 2, strides: 1 }).apply(both)
  const mean = layers.averagePooling2d({ name: 'mean', poolSize: 2, padding: 'same' }).apply(most)
  const flat = layers.flatten({ name: 'flat' }).apply(mean)
  const hidden = layers.dense({ ...some(), name: 'hidden', units: 7, activation: 'sigmoid' }).apply(flat)
  const logits = layers.dense({ ...some(), name: 'logits', units: 5, activation }).apply(hidden)
  return tf.model({ inputs: image, outputs: logits as tf.SymbolicTensor })
}

/** The largest difference, relative to the largest value. */
function apart(found: Float32Array, wanted: Float32Array): number {
  if (found.length !== wanted.length) return Infinity
  const most = wanted.reduce((so, value) => Math.max(so, Math.abs(value)), 1e-9)
  return wanted.reduce((so, value, i) => Math.max(so, Math.abs(value - found[i])), 0) / most
}

for (const backend of ['native', 'wasm', 'cpu'] as const)
  void t.test(`${backend}: a graph model is what the layers model of the same weights is`, async (t) => {
    await loaders[backend]()
    // wasm has no gradient of a depthwise convolution
    const model = network('softmax', backend !== 'wasm')
    const of = await loadClassifier(await saveModel(join(root, `layers-${backend}`), model))
    const pixels = noise(5 * 216)
    const targets = Int32Array.of(0, 1, 2, 3, 4)
    const functions = ['conv1', 'deep', 'expand/3x3', 'hidden']
    // it makes the layers before their functions when they are first asked for
    for (const layer of functions) of.activations(layer, pixels, { pre: true })
    for (const fused of [false, true]) {
      const folder = saveGraphModel(join(root, `${backend}-${fused}`), graphModelOf(model, fused))
      const tensors = tf.memory().numTensors
      const graph = await loadClassifier(folder)
      t.same([graph.inputShape, graph.classes, graph.box], [SHAPE, 5, [0, 1]])
      t.same(graph.framing, { size: [9, 8], crop: { policy: 'shorter-side', resize: 9 } })
      t.ok(apart(graph.logits(pixels), of.logits(pixels)) < 1e-5, 'logits')
      const [own, wanted] = [graph, of].map((one) => lossGradient(one, pixels, targets))
      t.ok(apart(own.gradient, wanted.gradient) < 1e-5, `gradient: ${apart(own.gradient, wanted.gradient)}`)
      t.ok(differences(graph) < 0.02, `differences: ${differences(graph)}`)
      const layers = ['conv1', 'norm', 'relu6', 'deep', 'sum', 'expand/3x3', 'both', 'most', 'mean', 'hidden']
      for (const layer of layers) {
        t.same(graph.layerShape(layer), of.layerShape(layer))
        t.ok(apart(graph.activations(layer, pixels), of.activations(layer, pixels)) < 1e-5, layer)
      }
      for (const layer of functions)
        t.ok(
          apart(
            graph.activations(layer, pixels, { pre: true }),
            of.activations(layer, pixels, { pre: true }),
          ) < 1e-5,
          `${layer}, before its function`,
        )
      t.same(
        ['conv1', 'expand/3x3', 'hidden', 'both'].map((layer) => graph.increasing?.(layer)),
        [false, true, true, false],
      )
      const last = graph.layers.at(-1) ?? ''
      t.same(graph.activations(last, pixels), graph.logits(pixels), 'the last are the logits')
      t.ok(
        !graph.layers.some((layer) => /Reshape|Shape|kernel|bias$|Pack|flat/.test(layer)),
        graph.layers.join(),
      )
      const one = graph.logits(pixels.subarray(216, 432))
      t.same(one, graph.logits(pixels).subarray(5, 10), 'a row does not depend on its batch')
      graph.dispose()
      t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
    }
    of.dispose()
    model.dispose()
  })

/** Largest relative difference of the gradient from central differences along it and along noise. */
function differences(classifier: Classifier): number {
  const pixels = noise(216)
  const weights = Float32Array.of(1, -0.5, 0.3, 0, 0.2)
  const { gradient } = classifier.logitGradient(pixels, () => weights)
  const value = (by: number) =>
    classifier
      .logits(pixels.map((pixel, i) => pixel + by * gradient[i]))
      .reduce((sum, z, k) => sum + z * weights[k], 0)
  const norm = gradient.reduce((sum, slope) => sum + slope * slope, 0)
  const step = 3e-3 / Math.sqrt(norm)
  return Math.abs((value(step) - value(-step)) / (2 * step) / norm - 1)
}

void t.test('where the logits are', async (t) => {
  await loaders.cpu()
  const model = network()
  const file = graphModelOf(model, true)
  const load = async (change: (json: GraphModelFile['json']) => void, preprocess?: object) => {
    const json = structuredClone(file.json)
    change(json)
    const folder = saveGraphModel(mkdtempSync(join(root, 'x-')) + '/m', { ...file, json })
    if (preprocess) writeFileSync(join(folder, 'preprocess.json'), JSON.stringify(preprocess))
    return loadClassifier(folder)
  }
  const pixels = noise(216)
  const same = () => undefined
  const whole = await load(same)
  const wanted = whole.logits(pixels)
  const hidden = whole.activations('hidden', pixels)
  const plain = whole.weightsHash
  const at = async (change: (json: GraphModelFile['json']) => void, logits: string) => {
    const one = await load(change, { outputs: { logits } })
    return [one.logits(pixels), one.weightsHash === plain] as const
  }
  const node = (json: GraphModelFile['json'], name: string, op: string, input: string[], attr = {}) =>
    json.modelTopology.node.push({ name, op, input, attr })
  const behind = (json: GraphModelFile['json'], op: string) => {
    node(json, 'behind', op, ['logits'], { squeeze_dims: { list: {} } })
    json.signature = { outputs: { o: { name: 'behind' } } }
  }
  t.same((await load((json) => behind(json, 'Squeeze'))).logits(pixels), wanted, 'behind a Squeeze')
  t.same((await load((json) => (json.signature = undefined))).logits(pixels), wanted, 'without a signature')
  t.same(await at(same, 'logits/BiasAdd'), [wanted, true], 'a name')
  t.same(await at(same, 'output'), [wanted, true], "the signature's name")
  t.same(await at(same, 'logits'), [wanted, true], 'the softmax itself')
  t.same(await at(same, 'hidden'), [hidden, false])
  const renamed = (json: GraphModelFile['json']) => {
    const text = JSON.stringify(json).replaceAll(/"(hidden|logits)([":/])/g, '"model/$1/x$2')
    Object.assign(json, JSON.parse(text))
  }
  t.same(await at(renamed, 'hidden'), [hidden, false], 'a part of a name')
  t.same(await at(same, 'elsewhere'), [wanted, true], 'none, but a softmax')
  const two = (json: GraphModelFile['json']) => {
    json.signature = { outputs: { a: { name: 'Identity:0' }, b: { name: 'hidden:0' } } }
  }
  await t.rejects(load(two), { code: 'bad-model', message: /one output, got 2: a, b; .*outputs\.logits/ })
  t.same(await at(two, 'b'), [hidden, false])
  await t.rejects(load(two, { outputs: { logits: 'c' } }), {
    message: /preprocess\.json: outputs\.logits: .*"c".*a, b/,
  })
  const caffe = await load(same, { channelOrder: 'BGR', divide: 1, mean: [1, 2, 3] })
  const input = pixels.map((_, i) => pixels[i - 2 * (i % 3) + 2] * 255 - [1, 2, 3][i % 3])
  t.ok(apart(caffe.logits(pixels), whole.logits(input)) < 1e-5, 'a preprocess.json is used')
  const open = (json: GraphModelFile['json']) => {
    const sizes = [-1, -1, -1, 3].map((size) => ({ size: `${size}` }))
    Object.assign(json.modelTopology.node[0].attr, { shape: { shape: { dim: sizes } } })
  }
  t.same((await load(open, { inputShape: SHAPE })).logits(pixels), wanted, 'sizes that are left open')
  await t.rejects(load(open), { message: /model\.json: inputShape: .*fixed shape.*\[-1, -1, 3\]/ })
  model.dispose()
})

/** What is changed in which file, and what the error says. */
const WRONG: [change: (json: GraphModelFile['json'], nodes: Named) => void, message: RegExp][] = [
  [
    (json) => Object.assign(json.modelTopology, { node: 'x' }),
    /modelTopology\.node: expected the nodes of a graph model/,
  ],
  [
    (_, nodes) => Object.assign(nodes('conv1'), { op: 3 }),
    /modelTopology\.node\[\d+\]\.op: expected a text, got 3/,
  ],
  [(_, nodes) => Object.assign(nodes('conv1'), { name: '' }), /modelTopology\.node\[\d+\]\.name/],
  [(_, nodes) => Object.assign(nodes('conv1'), { name: 'deep' }), /two nodes of the name "deep"/],
  [
    (_, nodes) => Object.assign(nodes('norm'), { input: ['conv9'] }),
    /node "norm" names "conv9", which is no node/,
  ],
  [
    (_, nodes) => Object.assign(nodes('relu6'), { input: ['sum'] }),
    /nodes feed each other in a ring.*"(sum|relu6)"/,
  ],
  [
    (_, nodes) => Object.assign(nodes('norm'), { op: 'While' }),
    /node "norm" \(While\): control flow is not computed/,
  ],
  [(_, nodes) => Object.assign(nodes('norm'), { op: 'Switch' }), /node "norm" \(Switch\): control flow/],
  [(_, nodes) => Object.assign(nodes('norm'), { op: 'StatefulPartitionedCall' }), /"norm".*control flow/],
  [
    (_, nodes) => Object.assign(nodes('norm'), { op: 'RandomUniform' }),
    /node "norm" \(RandomUniform\): is not computed/,
  ],
  [
    (_, nodes) => Object.assign(nodes('norm'), { op: '__proto__' }),
    /node "norm" \(__proto__\): is not computed/,
  ],
  [
    (_, nodes) => Object.assign(nodes('conv1').attr, { data_format: { s: 'TkNIVw==' } }),
    /"conv1\/?\w*" \(\w+\): has the channels first \(NCHW\)/,
  ],
  [
    (_, nodes) =>
      Object.assign(nodes('image').attr, { shape: { shape: { dim: [{ size: '1' }, { size: 9 }] } } }),
    /"image": expected batches of any size \(-1\).*\[1, 9\]/,
  ],
  [
    (_, nodes) =>
      Object.assign(nodes('image').attr, {
        shape: { shape: { dim: [-1, 1e6, 1e6, 3].map((size) => ({ size })) } },
      }),
    /inputShape: expected one input of a fixed shape, of at most 268435456 values/,
  ],
  [(_, nodes) => Object.assign(nodes('image'), { op: 'Const' }), /"image", which is no placeholder/],
  [
    (_, nodes) => Object.assign(nodes('conv1/bias'), { op: 'Placeholder' }),
    /"conv1\/bias" \(Placeholder\): is a second input/,
  ],
  [
    (json) => (json.weightsManifest[0].weights[0]['name'] = 'other'),
    /has no weight for the node "pad\/paddings" \(Const\)/,
  ],
  [
    (_, nodes) =>
      Object.assign(nodes('conv1').attr, { fused_ops: { list: { s: ['RnVzZWRCYXRjaE5vcm0='] } } }),
    /node "conv1" \(_FusedConv2D\): TensorFlow\.js does not compute FusedBatchNorm in it/,
  ],
  [
    (_, nodes) => Object.assign(nodes('conv1'), { input: nodes('conv1').input.slice(0, 2) }),
    /node "conv1" \(_FusedConv2D\) lacks the input of its BiasAdd/,
  ],
  [
    (_, nodes) => Object.assign(nodes('sum'), { input: ['relu6', 'most'] }),
    /nodes feed each other in a ring/,
  ],
  [
    (_, nodes) => nodes('hidden').input.splice(0, 1, 'image'),
    /node "hidden\/MatMul" \(MatMul\): TensorFlow\.js cannot compute it/,
  ],
  [
    (json) => (json.signature = { outputs: { o: { name: 'nowhere' } } }),
    /signature\.outputs names "nowhere", which is no node/,
  ],
  [
    (json) => (json.signature = { outputs: { o: { name: 'conv1/bias' } } }),
    /"conv1\/bias" is not computed from the input/,
  ],
  [
    (json) => (json.signature = { inputs: { a: { name: 'image' }, b: { name: 'conv1' } } }),
    /expected one input, got 2/,
  ],
]
type Named = (name: string) => GraphModelFile['json']['modelTopology']['node'][number] & { input: string[] }

void t.test('wrong graphs are errors that name file and node', async (t) => {
  await loaders.cpu()
  const model = network('linear')
  const file = graphModelOf(model, true)
  for (const [i, [change, message]] of WRONG.entries()) {
    const json = structuredClone(file.json)
    const named: Named = (name) => {
      const found = json.modelTopology.node.find((node) => node.name === name)
      if (!found) throw new Error(name)
      return found as ReturnType<Named>
    }
    change(json, named)
    const folder = saveGraphModel(join(root, `wrong${i}`), { ...file, json })
    const tensors = tf.memory().numTensors
    const error = await loadClassifier(folder).catch((cause: unknown) => cause as Error)
    t.match(error, { code: 'bad-model', message }, String(message))
    t.ok(error instanceof Error && error.message.startsWith(join(folder, 'model.json')), 'its file')
    t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
  }
  const short = saveGraphModel(join(root, 'short'), { ...file, weights: file.weights.subarray(4) })
  await t.rejects(modelReference(short), { code: 'bad-model', message: /weights\.bin: has \d+ bytes/ })
  const weights = Buffer.from(file.weights)
  const at = JSON.stringify(file.json.weightsManifest).indexOf('conv1/kernel')
  t.ok(at > 0)
  new DataView(weights.buffer, weights.byteOffset).setFloat32(32 + 4 * 10, NaN, true)
  const none = saveGraphModel(join(root, 'none'), { ...file, weights })
  await t.rejects(modelReference(none), { message: /the weight "conv1\/kernel" has NaN, at place 10 of 162/ })
  const broken = network('linear')
  const { layers } = broken
  const batch = layers.find(({ name }) => name === 'norm')
  tf.tidy(() => batch?.setWeights(batch.getWeights().map((weight, i) => (i === 3 ? tf.neg(weight) : weight))))
  const negative = saveGraphModel(join(root, 'negative'), graphModelOf(broken, false))
  broken.dispose()
  const fault = /^node "norm" \(FusedBatchNormV3\): gives NaN or Infinity of an image of greys/
  t.match((await inspectModel(negative)).warnings, [fault])
  await t.rejects(loadClassifier(negative), { code: 'bad-model', message: new RegExp(fault.source.slice(1)) })
  const { json } = graphModelOf(model, false)
  t.equal(readFileSync(join(none, 'model.json'), 'utf8').includes('_Fused'), true)
  t.notOk(JSON.stringify(json).includes('_Fused'))
  model.dispose()
})

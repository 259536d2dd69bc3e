import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { activations, type ActivationOptions } from '../../operators/activations.js'
import type { Classifier } from '../../operators/classifier.js'
import { stream } from '../../operators/flow/stream.js'
import { rank } from '../../operators/rank.js'
import type { ActivationBatch } from '../../operators/records/activation.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { loaders } from '../../operators/tensor/load.js'
import { tf, type LayersModel } from '../../operators/tensor/tf.js'
import { denseOf } from '../oracle/denseOf.js'
import { initialWeights, type LayerWeights } from '../../operators/tensor/training/weights.js'
import { gaussians } from '../oracle/linear.js'
import { saveModel } from '../oracle/savedModel.js'
import { shared } from '../shared.js'

const { name: usual } = await useBackend()
const folder = mkdtempSync(join(tmpdir(), 'activations-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const backends = (['native', 'wasm'] as const).map((name) => ({
  name,
  skip: name === 'native' && usual !== 'native' ? 'needs the native backend' : false,
}))

/** Images of noise. */
function imagesOf(rows: number, size: number, batchSize = rows): ImageBatch[] {
  const pixels = gaussians(rows * size, 1, 'pixels', size).map((x) => Math.min(1, Math.max(0, x)))
  return Array.from({ length: Math.ceil(rows / batchSize) }, (_, i) => {
    const from = i * batchSize
    const n = Math.min(batchSize, rows - from)
    return {
      dataset: 'noise',
      split: `part ${i}`,
      shape: [1, size, 1],
      index: Int32Array.from({ length: n }, (_, row) => 1000 - from - row),
      label: Int32Array.from({ length: n }, (_, row) => (from + row) % 7),
      pixels: pixels.subarray(from * size, (from + n) * size),
    }
  })
}

const through = (
  images: readonly ImageBatch[],
  classifier: Classifier,
  layer: string,
  options?: ActivationOptions,
): Promise<ActivationBatch[]> =>
  lastValueFrom(stream(() => images).pipe(activations(classifier, layer, options), toArray()))

async function valuesOf(
  images: readonly ImageBatch[],
  classifier: Classifier,
  layer: string,
  options?: ActivationOptions,
): Promise<Float32Array> {
  const batches = await through(images, classifier, layer, options)
  return Float32Array.from(batches.flatMap(({ values }) => Array.from(values)))
}

/** Largest difference of two arrays over the largest value of the second; NaN where their lengths differ. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) return NaN
  const largest = (values: number[]) => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  return largest(Array.from(a, (value, i) => value - b[i])) / largest(Array.from(b))
}

const FUNCTIONS = {
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  relu: (x: number) => Math.max(0, x),
  linear: (x: number) => x,
}

/** [n × units] x·W + b of [n × inputs], in float64. */
function affine(x: readonly number[], { kernel, bias, units }: LayerWeights): number[] {
  const inputs = kernel.length / units
  return Array.from({ length: (x.length / inputs) * units }, (_, at) => {
    const [row, unit] = [Math.floor(at / units), at % units]
    let sum = bias[unit]
    for (let j = 0; j < inputs; j++) sum += x[row * inputs + j] * kernel[j * units + unit]
    return sum
  })
}

const layersOf = (...sizes: number[]): LayerWeights[] =>
  sizes.slice(1).map((units, i) => {
    const layer = initialWeights(7, i, sizes[i], units)
    return { ...layer, bias: layer.bias.map((_, k) => Math.sin(3 * k + i) / 2) }
  })

for (const { name: backend, skip } of backends)
  t.test(`${backend}: dense layers, before and after their activation function`, { skip }, async (t) => {
    await loaders[backend]()
    const before = tf.memory().numTensors
    for (const activation of ['sigmoid', 'tanh', 'relu'] as const) {
      const layers = layersOf(30, 17, 9, 4)
      const classifier = denseOf('it', activation, layers).classifier()
      t.same(
        classifier.layers.map((layer) => classifier.layerShape(layer)),
        [[17], [9], [4]],
      )
      const images = imagesOf(23, 30)
      let x = Array.from(images[0].pixels)
      const worst: number[] = []
      for (const [i, layer] of classifier.layers.entries()) {
        const z = affine(x, layers[i])
        x = z.map(FUNCTIONS[i < 2 ? activation : 'linear'])
        worst.push(difference(await valuesOf(images, classifier, layer), x))
        if (i < 2) worst.push(difference(await valuesOf(images, classifier, layer, { pre: true }), z))
      }
      t.throws(
        () => activations(classifier, 'logits', { pre: true }),
        { message: /no activation function/ },
        'it is linear',
      )
      t.ok(Math.max(...worst) < 1e-6, `${activation}: within ${Math.max(...worst)} of float64`)

      const batches = await through(imagesOf(23, 30, 10), classifier, 'hidden2', { pre: true, pool: 'mean' })
      const whole = await valuesOf(images, classifier, 'hidden2', { pre: true })
      t.same(
        batches,
        imagesOf(23, 30, 10).map(({ dataset, split, index, label }, i) => ({
          ...{ model: 'it', layer: 'hidden2', side: 'pre', pool: 'none' },
          ...{ dataset, split, index, label },
          values: whole.slice(i * 90, (i + 1) * 90),
        })),
        'a row for each image, whatever the batches',
      )
      t.equal((await valuesOf(imagesOf(0, 30, 1), classifier, 'hidden1')).length, 0)
      classifier.dispose()
    }
    t.equal(tf.memory().numTensors, before, 'no tensor is left')
  })

/** Gaussian weights, by layer: those of TensorFlow's initialisers are mostly of one sign in small layers. */
function filled(model: LayersModel): LayersModel {
  for (const layer of model.layers)
    tf.tidy(() => {
      const weights = layer.getWeights()
      layer.setWeights(
        weights.map(({ size, shape }, i) => tf.tensor(gaussians(size, 0.5, layer.name, i), shape)),
      )
    })
  return model
}

/** One of each kind of layer. */
function everyKind(): LayersModel {
  const inputs = tf.input({ shape: [10, 9, 2] })
  const layers = [
    tf.layers.conv2d({ name: 'conv', filters: 5, kernelSize: 3, activation: 'relu' }),
    tf.layers.maxPooling2d({ name: 'pool', poolSize: 2, strides: 1 }),
    tf.layers.depthwiseConv2d({
      name: 'depthwise',
      kernelSize: 2,
      activation: 'tanh',
    }),
    tf.layers.separableConv2d({
      name: 'separable',
      filters: 4,
      kernelSize: 2,
      activation: 'sigmoid',
    }),
    tf.layers.conv2d({ name: 'straight', filters: 6, kernelSize: 1 }),
    tf.layers.activation({ name: 'apart', activation: 'relu' }),
    tf.layers.leakyReLU({ name: 'leaky', alpha: 0.5 }),
    tf.layers.conv2d({
      name: 'unbiased',
      filters: 4,
      kernelSize: 2,
      activation: 'elu',
      useBias: false,
    }),
    tf.layers.reshape({ name: 'reshape', targetShape: [12, 4] }),
    tf.layers.conv1d({ name: 'conv1', filters: 3, kernelSize: 2, activation: 'tanh' }),
    tf.layers.flatten({ name: 'flatten' }),
    tf.layers.dense({ name: 'dense', units: 7, activation: 'sigmoid' }),
    tf.layers.dense({ name: 'end', units: 3 }),
  ]
  const outputs = layers.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, inputs)
  return filled(tf.model({ inputs, outputs }))
}

/** Without padding, stride 1, in float64: [n × (h−k+1) × (w−k+1) × filters] of [n × h × w × c]. */
function convolution(
  x: readonly number[],
  [h, w, c]: readonly [number, number, number],
  kernel: ArrayLike<number>,
  bias: ArrayLike<number>,
  k: number,
): number[] {
  const filters = bias.length
  const [height, width] = [h - k + 1, w - k + 1]
  return Array.from({ length: (x.length / (h * w * c)) * height * width * filters }, (_, at) => {
    const f = at % filters
    const column = Math.floor(at / filters) % width
    const row = Math.floor(at / filters / width) % height
    const image = Math.floor(at / filters / width / height)
    let sum = bias[f]
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++)
        for (let channel = 0; channel < c; channel++)
          sum +=
            x[((image * h + row + i) * w + column + j) * c + channel] *
            kernel[((i * k + j) * c + channel) * filters + f]
    return sum
  })
}

/** [n × channels] */
function pooled(
  values: readonly number[],
  positions: number,
  channels: number,
  pool: 'max' | 'mean',
): number[] {
  const rows = values.length / positions / channels
  return Array.from({ length: rows * channels }, (_, at) => {
    const [row, channel] = [Math.floor(at / channels), at % channels]
    const own = Array.from(
      { length: positions },
      (_, p) => values[(row * positions + p) * channels + channel],
    )
    return pool === 'max' ? Math.max(...own) : own.reduce((sum, value) => sum + value, 0) / positions
  })
}

for (const { name: backend, skip } of backends)
  t.test(`${backend}: convolutions by channel or position`, { skip }, async (t) => {
    await loaders[backend]()
    const before = tf.memory().numTensors
    const model = everyKind()
    const [kernel, bias] = model
      .getLayer('conv')
      .getWeights()
      .map((weights) => weights.dataSync())
    const at = await saveModel(join(folder, `every-${backend}`), model)
    const classifier = await loadClassifier(at)
    const images = imagesOf(4, 180)
    const z = convolution(Array.from(images[0].pixels), [10, 9, 2], kernel, bias, 3)
    const worst: number[] = []
    for (const pre of [false, true]) {
      const expected = pre ? z : z.map(FUNCTIONS.relu)
      const [every, max, mean, usual] = await Promise.all(
        (['none', 'max', 'mean', undefined] as const).map((pool) =>
          valuesOf(images, classifier, 'conv', { pre, pool }),
        ),
      )
      worst.push(
        difference(every, expected),
        difference(max, pooled(expected, 56, 5, 'max')),
        difference(mean, pooled(expected, 56, 5, 'mean')),
      )
      t.same(usual, max)
    }
    t.ok(Math.max(...worst) < 1e-6, `conv within ${Math.max(...worst)} of float64`)
    const [{ pool, side }] = await through(images, classifier, 'conv', { pool: 'mean', pre: true })
    t.same([pool, side], ['mean', 'pre'])

    // whatever the kind, its activation function of `pre` is the layer's own output, which TensorFlow gives by itself
    const kinds: Record<string, (x: number) => number> = {
      conv: FUNCTIONS.relu,
      depthwise: FUNCTIONS.tanh,
      separable: FUNCTIONS.sigmoid,
      apart: FUNCTIONS.relu,
      leaky: (x) => (x > 0 ? x : x / 2),
      unbiased: (x) => (x > 0 ? x : Math.expm1(x)),
      conv1: FUNCTIONS.tanh,
      dense: FUNCTIONS.sigmoid,
    }
    for (const layer of classifier.layers) {
      const output = tf.tidy(() => {
        const part = tf.model({ inputs: model.inputs, outputs: model.getLayer(layer).output })
        return part.predict(tf.tensor4d(images[0].pixels, [4, 10, 9, 2])) as tf.Tensor
      })
      const post = output.dataSync<'float32'>()
      t.same(classifier.layerShape(layer), output.shape.slice(1), layer)
      output.dispose()
      const channels = output.shape[output.shape.length - 1] ?? 0
      const of = async (pool: 'none' | 'max' | 'mean', pre = false) =>
        Array.from(await valuesOf(images, classifier, layer, { pool, pre }))
      const positions = post.length / 4 / channels
      const off = [difference(await of('none'), post)]
      for (const pool of ['max', 'mean'] as const)
        off.push(difference(await of(pool), pooled(Array.from(post), positions, channels, pool)))
      // what orders units: before a strictly increasing function, which a mean over positions is not one of
      for (const pool of ['none', 'max', 'mean'] as const) {
        const [batch] = await through(images, classifier, layer, { pool })
        const increasing = ['depthwise', 'separable', 'leaky', 'unbiased', 'conv1', 'dense'].includes(layer)
        const wanted = increasing && !(batch.pool === 'mean') ? await of(pool, true) : undefined
        t.same(batch.pre && Array.from(batch.pre), wanted, `${layer}, ${pool}: order`)
      }
      if (layer in kinds) {
        const pre = await of('none', true)
        off.push(difference(pre.map(kinds[layer]), post))
        t.equal(difference(pre, post) < 1e-6, layer === 'leaky', `${layer}: pre`)
      } else
        t.throws(() => activations(classifier, layer, { pre: true }), {
          code: 'bad-option',
          message: new RegExp(`every-${backend}: layer "${layer}" has no activation function`),
        })
      t.ok(Math.max(...off) < 1e-5, `${layer}: within ${Math.max(...off)}`)
    }
    t.same(
      Object.keys(kinds).filter((layer) => !classifier.layers.includes(layer)),
      [],
    )
    model.dispose()
    classifier.dispose()
    t.equal(tf.memory().numTensors, before, 'no tensor is left')
  })

t.test('units that saturate are ordered by what they are before it', async (t) => {
  await loaders[usual]()
  // their weights are so large that most sigmoids are 0 or 1 in float32
  const large = layersOf(30, 17, 9, 4).map((layer) => ({ ...layer, kernel: layer.kernel.map((w) => 60 * w) }))
  const images = imagesOf(400, 30, 90)
  const rankOf = async (classifier: Classifier, layer: string, options: ActivationOptions = {}) => {
    const source = stream(() => images).pipe(activations(classifier, layer, options))
    return lastValueFrom(source.pipe(rank({ top: 50, control: false })))
  }
  const ids = ({ split, index }: { split: readonly string[]; index: Int32Array }) =>
    Array.from(index, (i, row) => `${split[row]} ${i}`)
  for (const activation of ['sigmoid', 'tanh'] as const) {
    const classifier = denseOf('it', activation, large).classifier()
    for (const layer of ['hidden1', 'hidden2']) {
      const saturated = await rankOf(classifier, layer, { order: false })
      const ordered = await rankOf(classifier, layer)
      const before = await rankOf(classifier, layer, { pre: true })
      t.ok(saturated.tied.filter((tied) => tied === 1).length > 300, `${activation} ${layer} saturates`)
      t.same([ids(ordered), ordered.pre, ordered.side], [ids(before), before.value, 'post'])
      t.same([before.pre, before.side], [undefined, 'pre'], 'asked for, it is the value')
      // on what saturates already, images are equal before the next layer's function, too
      if (layer === 'hidden1') t.notOk(ordered.tied.includes(1), 'no unit is left out')
      // `value` and `mean` are those after the function, as along other directions
      t.same([ordered.value, ordered.mean], [saturated.value, saturated.mean])
    }
    classifier.dispose()
  }
  const relu = denseOf('it', 'relu', large).classifier()
  t.equal((await rankOf(relu, 'hidden1')).pre, undefined, 'a ReLU’s zeros are equal')
  t.ok((await rankOf(relu, 'hidden1')).tied.includes(1))
  const own: Classifier = { ...relu, increasing: undefined }
  t.equal((await rankOf(own, 'hidden1')).pre, undefined, 'a classifier of one’s own need not know')
  const later = { ...relu, increasing: () => Promise.resolve(true) as unknown as boolean }
  t.throws(() => activations(later, 'hidden1'), { code: 'bad-model', message: /increasing.* a promise/ })
  relu.dispose()

  const functions = [
    'softplus',
    'softsign',
    'selu',
    'elu',
    'sigmoid',
    'hardSigmoid',
    'relu6',
    'swish',
    'softmax',
  ]
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, inputShape: [30], name: 'linear' }),
      ...functions.map((activation) =>
        tf.layers.dense({ units: 8, name: activation, activation: activation as 'relu' }),
      ),
      tf.layers.leakyReLU({ alpha: 0, name: 'flat' }),
      tf.layers.elu({ name: 'ELU' }),
      tf.layers.activation({ activation: 'softplus', name: 'apart' }),
      tf.layers.dense({ units: 4, name: 'logits' }),
    ],
  })
  const loaded = await loadClassifier(await saveModel(join(folder, 'functions'), model))
  const increasing = loaded.layers.filter((layer) => loaded.increasing?.(layer))
  t.same(increasing, ['softplus', 'softsign', 'selu', 'elu', 'sigmoid', 'ELU', 'apart'])
  t.throws(() => loaded.increasing?.('none'), { code: 'bad-option', message: /its layers are/ })
  model.dispose()
  loaded.dispose()
})

t.test('calls that cannot be answered', async (t) => {
  await loaders[usual]()
  const classifier = await loadClassifier(join(folder, `every-${usual}`))
  const dense = denseOf('FC', 'sigmoid', layersOf(30, 17, 4)).classifier()
  t.teardown(() => [classifier, dense].forEach((one) => one.dispose()))
  t.throws(() => activations(dense, 'fc7'), {
    code: 'bad-option',
    message: /FC has no layer "fc7".*hidden1, logits/,
  })
  t.throws(() => activations(classifier, 'fc7'), { message: /"fc7".*conv, pool, depthwise, .* end/ })
  t.throws(() => activations(dense, 'hidden1', { pool: 'sum' as 'max' }), {
    code: 'bad-option',
    message: /pool: expected one of max, mean, none, got 'sum'/,
  })
  await t.rejects(valuesOf(imagesOf(2, 60), dense, 'hidden1'), {
    code: 'bad-option',
    message: /noise part 0: images of 60 values each.* 30/,
  })
  const two = imagesOf(4, 30)[0]
  await t.rejects(valuesOf([{ ...two, pixels: two.pixels.subarray(0, 60) }], dense, 'hidden1'), {
    code: 'bad-option',
  })

  const [good] = imagesOf(3, 180)
  for (const value of [NaN, Infinity])
    await t.rejects(
      valuesOf([{ ...good, pixels: good.pixels.with(2 * 180 - 1, value) }], classifier, 'conv'),
      {
        code: 'bad-data',
        message: new RegExp(
          `noise part 0, image ${good.index[1]}: expected finite numbers, got ${value} at 179`,
        ),
      },
    )
  // of a layer: under max a NaN must not hide behind the positions after it
  const values = classifier.activations('conv', good.pixels).length / 3
  for (const pool of ['max', 'mean', 'none'] as const)
    for (const at of [0, values >> 1, values - 1]) {
      const broken = {
        ...classifier,
        activations: (layer: string, pixels: Float32Array) => {
          const all = classifier.activations(layer, pixels)
          return all.length === 0 ? all : all.with(values + at, NaN)
        },
      }
      const ranks = stream(() => [good]).pipe(activations(broken, 'conv', { pool }), rank())
      await t.rejects(lastValueFrom(ranks), {
        code: 'bad-data',
        message: new RegExp(
          `noise part 0, image ${good.index[1]}: layer conv of every-.*: expected finite activations, got NaN of unit \\d+`,
        ),
      })
    }
})

t.test('a batch with more values than are computed at once', async (t) => {
  await loaders[usual]()
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...{ name: 'conv', filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' },
        ...{ inputShape: [64, 64, 1] },
      }),
      tf.layers.globalAveragePooling2d({ name: 'end', dataFormat: 'channelsLast' }),
    ],
  })
  const classifier = await loadClassifier(await saveModel(join(folder, 'large'), filled(model)))
  model.dispose()
  t.teardown(() => classifier.dispose())
  const calls: number[] = []
  const counting: Classifier = {
    ...classifier,
    activations(layer, pixels, options) {
      calls.push(pixels.length / 4096)
      return classifier.activations(layer, pixels, options)
    },
  }
  const rows = 70
  const whole = await valuesOf(imagesOf(rows, 4096), counting, 'conv')
  t.same([calls, whole.length], [[64, 6], rows * 64], '64 rows of 64 · 64 · 64 values are 2^24')
  const singly = await valuesOf(imagesOf(rows, 4096, 1).slice(60, 70), classifier, 'conv')
  t.ok(
    Buffer.from(singly.buffer).equals(Buffer.from(whole.slice(60 * 64, 70 * 64).buffer)),
    'the same bits row by row',
  )
  t.equal(new Set(whole).size > rows * 32, true, 'rows differ')
})

const squeezeNet = shared('models/squeezenet1.1')
t.test('SqueezeNet: a channel before and after its relu', { skip: squeezeNet.skip }, async (t) => {
  await loaders[usual]()
  const before = tf.memory().numTensors
  const classifier = await loadClassifier(squeezeNet.path)
  const [height, width, channels] = classifier.inputShape
  const images = imagesOf(2, height * width * channels)
  const convolutions = classifier.layers.filter((layer) => layer.includes('expand3x3'))
  t.ok(convolutions.length >= 8, classifier.layers.join(' '))
  for (const layer of [convolutions[0], convolutions[7]]) {
    const shape = classifier.layerShape(layer)
    const [pre, post] = await Promise.all(
      [true, false].map((pre) => valuesOf(images, classifier, layer, { pre, pool: 'none' })),
    )
    t.equal(pre.length, 2 * shape[0] * shape[1] * shape[2])
    t.ok(pre.some((value) => value < 0) && post.some((value) => value > 0))
    t.ok(
      difference(pre.map(FUNCTIONS.relu), post) < 1e-6,
      `${layer} [${shape.join(', ')}]: relu(pre) is post`,
    )
    const positions = shape[0] * shape[1]
    const max = await valuesOf(images, classifier, layer, { pre: true })
    t.same(Array.from(max), pooled(Array.from(pre), positions, shape[2], 'max'))
  }
  classifier.dispose()
  t.equal(tf.memory().numTensors, before, 'no tensor is left')
})

import { mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { randomFor } from '../../../operators/random.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { backendNames, loaders } from '../../../operators/tensor/load.js'
import type { Json } from '../../../operators/tensor/modelFile.js'
import { tf, type LayersModel } from '../../../operators/tensor/tf.js'
import { denseOf } from '../../oracle/denseOf.js'
import { initialWeights, type LayerWeights } from '../../../operators/tensor/training/weights.js'
import { fixture } from '../../oracle/optima.js'
import { saveModel } from '../../oracle/savedModel.js'

const { name: usual } = await useBackend()
const node = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'classifier-'))
t.teardown(() => rmSync(folder, { recursive: true }))

function layersOf(...sizes: number[]): LayerWeights[] {
  return sizes.slice(1).map((units, i) => {
    const layer = initialWeights(7, i, sizes[i], units)
    return { ...layer, bias: layer.bias.map((_, k) => Math.sin(3 * k + i) / 2) }
  })
}

function pixelsOf(n: number): Float32Array {
  const random = randomFor(1, 'pixels')
  return Float32Array.from({ length: n }, () => Math.max(0, 2 * random.uniform() - 1))
}

const classesOf = (n: number, classes: number) =>
  Int32Array.from({ length: n }, (_, i) => (3 * i + 1) % classes)

/** Largest difference of two arrays over the largest value of the second. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const largest = (values: number[]) => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  if (a.length !== b.length) return NaN
  return largest(Array.from(a, (value, i) => value - b[i])) / largest(Array.from(b))
}

const FUNCTIONS = {
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  relu: (x: number) => Math.max(0, x),
}
type Activation = keyof typeof FUNCTIONS

/** Logits of one input, in float64. */
function oracle(layers: readonly LayerWeights[], activation: Activation, input: readonly number[]): number[] {
  return layers.reduce<number[]>(
    (x, { kernel, bias, units }, i) =>
      Array.from(bias, (b, k) => {
        const z = x.reduce((sum, value, j) => sum + value * kernel[j * units + k], b)
        return i < layers.length - 1 ? FUNCTIONS[activation](z) : z
      }),
    [...input],
  )
}

function lossOf(logits: ArrayLike<number>, target: number): number {
  const z = Array.from(logits)
  return Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[target]
}

/** Central differences of a function of one image. */
function slopes(f: (x: number[]) => number, x: readonly number[], h: number): number[] {
  return x.map((_, i) => {
    const at = (d: number) => f(x.map((value, j) => (j === i ? value + d : value)))
    return (at(h) - at(-h)) / (2 * h)
  })
}

const saved = (name: string, model: LayersModel, change?: (topology: Json) => void) =>
  saveModel(join(folder, name), model, change)

function convolutional(end: tf.layers.Layer[]): LayersModel {
  const initial = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) })
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        activation: 'tanh',
        inputShape: [8, 8, 1],
        name: 'conv',
        ...initial(1),
      }),
      tf.layers.averagePooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      ...end,
    ],
  })
}
const seeded = { units: 5, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }

for (const backend of backendNames) {
  const skip = backend === 'native' && usual !== 'native' ? 'needs the native backend' : false
  t.test(`${backend}: logits and gradients`, { skip }, async (t) => {
    await loaders[backend]()
    const before = tf.memory().numTensors
    for (const activation of ['sigmoid', 'tanh', 'relu'] as const) {
      const layers = layersOf(12, 9, 7, 4)
      const classifier = denseOf('it', activation, layers).classifier()
      const x = pixelsOf(5 * 12)
      const targets = classesOf(5, 4)
      const { logits, gradient } = lossGradient(classifier, x, targets)
      const rows = Array.from(targets, (target, i) => ({
        target,
        input: Array.from(x.subarray(12 * i, 12 * i + 12)),
      }))
      const z = rows.flatMap(({ input }) => oracle(layers, activation, input))
      const g = rows.flatMap(({ input, target }) =>
        slopes((at) => lossOf(oracle(layers, activation, at), target), input, 1e-6),
      )
      const worst = Math.max(
        difference(logits, z),
        difference(classifier.logits(x), z),
        difference(gradient, g),
      )
      t.ok(worst < 1e-5, `${activation}: within ${worst} of float64`)
      classifier.dispose()
    }
    const model = convolutional([tf.layers.dense({ ...seeded, activation: 'softmax' })])
    const conv = await loadClassifier(await saved(`conv-${backend}`, model))
    model.dispose()
    const x = pixelsOf(3 * 64)
    const { gradient } = lossGradient(conv, x, classesOf(3, 5))
    const worst = Math.max(
      ...[0, 1, 2].map((i) => {
        const loss = (at: number[]) => lossOf(conv.logits(Float32Array.from(at)), classesOf(3, 5)[i])
        return difference(
          gradient.subarray(64 * i, 64 * i + 64),
          slopes(loss, Array.from(x.subarray(64 * i, 64 * i + 64)), 3e-3),
        )
      }),
    )
    t.ok(worst < 2e-3, `convolutions: within ${worst} of differences`)
    t.same(conv.activations('conv', x).length, 3 * 6 * 6 * 4)
    conv.dispose()
    t.equal(tf.memory().numTensors, before, 'no tensor is left')
  })
}

// TensorFlow's products take another order on each of these, which a machine with more can do too
const processors = {
  'native, its own instructions': ['native', {}, 400],
  'native, AVX2': ['native', { ONEDNN_MAX_CPU_ISA: 'AVX2' }, 400],
  wasm: ['wasm', {}, 400],
  cpu: ['cpu', {}, 30],
} as const
t.test('a row does not depend on its batch, bit for bit', { jobs: 2 }, (t) => {
  for (const [name, [backend, environment, most]] of Object.entries(processors)) {
    const skip = backend === 'native' && usual !== 'native' ? 'needs the native backend' : false
    t.test(name, { skip, buffered: true }, async (t) => {
      const script = fileURLToPath(new URL('steadyRows.js', import.meta.url))
      const { stdout } = await node(process.execPath, [script, join(folder, name), String(most)], {
        env: { ...process.env, ...environment, BLINDSPOT_BACKEND: backend },
      })
      const networks = ['196-10', '100-100-60-10', '31-33-7', 'layered', 'sparse 1', 'sparse 4']
      t.same(
        JSON.parse(stdout),
        networks.map((network) => [network, []]),
        'sizes of batches that differ',
      )
    })
  }
  t.end()
})

t.test('models on disk', async (t) => {
  await loaders[usual]()
  const trained = denseOf('FC6-4', 'sigmoid', layersOf(64, 6, 5))
  const x = pixelsOf(4 * 64)

  t.test('what was saved gives the same logits, bit for bit', async (t) => {
    await trained.save(join(folder, 'saved'), { model: "FC6-4'", seed: 3 })
    const [made, read] = [trained.classifier(), await loadClassifier(join(folder, 'saved', 'model.json'))]
    t.same(read.logits(x), made.logits(x))
    t.same(
      [read.name, read.layers, read.inputShape, read.classes],
      ["FC6-4'", ['hidden1', 'logits'], [64], 5],
    )
    t.same([read.weightsHash, read.activations('logits', x)], [made.weightsHash, read.logits(x)])
    made.dispose()
    read.dispose()
    t.throws(() => read.logits(x), { message: /disposed/ })
  })

  t.test('a softmax at the end is left out', async (t) => {
    const dense = (activation: 'softmax' | 'linear') => tf.layers.dense({ ...seeded, activation })
    const ends = {
      activation: () => [dense('softmax')],
      layer: () => [dense('linear'), tf.layers.activation({ activation: 'softmax' })],
      softmax: () => [dense('linear'), tf.layers.softmax()],
      reshaped: () => [dense('softmax'), tf.layers.reshape({ targetShape: [5] })],
    }
    const starts = {
      conv: convolutional,
      dense: (end: tf.layers.Layer[]) =>
        tf.sequential({ layers: [tf.layers.flatten({ inputShape: [8, 8, 1] }), ...end] }),
      functional(end: tf.layers.Layer[]) {
        const inputs = tf.input({ shape: [64] })
        const outputs = end.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, inputs)
        return tf.model({ inputs, outputs })
      },
    }
    for (const [start, build] of Object.entries(starts)) {
      for (const [end, layers] of Object.entries(ends)) {
        const model = build(layers())
        const classifier = await loadClassifier(await saved(`${start}-${end}`, model))
        const logits = classifier.logits(x)
        const y = model.predict(tf.tensor(x, [4, ...classifier.inputShape])) as tf.Tensor
        const softmax = tf.softmax(tf.tensor2d(logits, [4, 5])).dataSync()
        const sum = logits.subarray(0, 5).reduce((a, b) => a + b)
        t.ok(difference(softmax, y.dataSync()) < 1e-5 && Math.abs(sum - 1) > 1e-3, `${start}, ${end}`)
        classifier.dispose()
        model.dispose()
      }
    }
  })

  t.test('calls that cannot be answered', (t) => {
    const classifier = trained.classifier()
    t.throws(() => classifier.logits(new Float32Array(65)), {
      code: 'bad-data',
      message: /multiple of 64 .* got 65/,
    })
    t.throws(() => lossGradient(classifier, x, classesOf(3, 5)), { message: /expected 4 targets.* got 3/ })
    t.throws(() => lossGradient(classifier, x, Int32Array.of(0, 1, 5, 1)), {
      message: /image 2 of the batch: .* got 5/,
    })
    t.throws(() => classifier.activations('fc7', x), { message: /"fc7".*hidden1, logits/ })
    t.same(classifier.logits(new Float32Array(0)), new Float32Array(0))
    classifier.dispose()
    t.end()
  })

  t.test('a network without a gradient, and errors of the caller', async (t) => {
    const model = convolutional([tf.layers.thresholdedReLU({ theta: 0.1 }), tf.layers.dense(seeded)])
    const classifier = await loadClassifier(await saved('no-gradient', model))
    model.dispose()
    t.ok(classifier.logits(x).every(Number.isFinite))
    t.throws(() => lossGradient(classifier, x, classesOf(4, 5)), {
      name: 'BlindspotError',
      code: 'bad-model',
      message: /no-gradient: .*no gradient of its operation Greater.* not attacked/,
    })
    classifier.dispose()
    const own = trained.classifier()
    const mistake = new TypeError('mine')
    t.throws(
      () =>
        own.logitGradient(x, () => {
          throw mistake
        }),
      mistake,
    )
    own.dispose()
  })

  t.test('files that are no model', async (t) => {
    type Break = (at: string) => void
    const edit =
      (change: (json: Record<string, unknown>) => void): Break =>
      (at) => {
        const file = join(at, 'model.json')
        const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
        change(json)
        writeFileSync(file, JSON.stringify(json))
      }
    const replace =
      (from: string, to: string): Break =>
      (at) => {
        const file = join(at, 'model.json')
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to))
      }
    const cases: Record<string, [Break, RegExp]> = {
      absent: [(at) => rmSync(at, { recursive: true }), /absent.*cannot be read/],
      'no-json': [
        (at) => writeFileSync(join(at, 'model.json'), '{"format":'),
        /no-json.model\.json: is not JSON/,
      ],
      list: [(at) => writeFileSync(join(at, 'model.json'), '[]'), /not a JSON object/],
      graph: [
        edit((json) => (json['format'] = 'graph-model')),
        /modelTopology\.node: expected the nodes of a graph model.*got none/,
      ],
      bare: [edit((json) => delete json['modelTopology']), /got no modelTopology/],
      'no-weights': [(at) => unlinkSync(join(at, 'weights.bin')), /weights\.bin: cannot be read/],
      truncated: [(at) => truncateSync(join(at, 'weights.bin'), 100), /weights\.bin: has 100 bytes.* 1700/],
      flipped: [
        (at) => {
          const bytes = readFileSync(join(at, 'weights.bin'))
          bytes[40] ^= 1
          writeFileSync(join(at, 'weights.bin'), bytes)
        },
        /model\.json: .*changed/,
      ],
      unknown: [replace('"Dense"', '"Dance"'), /model\.json: .*Dance/],
      manifest: [edit((json) => (json['weightsManifest'] = {})), /weightsManifest: expected a list/],
      renamed: [replace('hidden1/kernel', 'hidden9/kernel'), /model\.json: .*hidden[19]/],
    }
    for (const [name, [spoil, message]] of Object.entries(cases)) {
      const at = join(folder, name)
      await trained.save(at, { weightsHash: trained.weightsHash })
      spoil(at)
      const code = name === 'absent' ? 'bad-option' : 'bad-model'
      await t.rejects(loadClassifier(at), { code, message }, name)
    }
  })

  t.test('what another program wrote', async (t) => {
    const at = fixture('linear')
    const classifier = await loadClassifier(at)
    t.same([classifier.name, classifier.inputShape, classifier.classes], ['linear', [784], 10])
    const bytes = new Uint8Array(readFileSync(join(at, 'weights.bin'))).buffer
    const [kernel, bias] = [new Float32Array(bytes, 0, 7840), new Float32Array(bytes, 4 * 7840)]
    const x = pixelsOf(784)
    const z = oracle([{ inputs: 784, units: 10, kernel, bias }], 'sigmoid', Array.from(x))
    t.ok(difference(classifier.logits(x), z) < 1e-5)
    classifier.dispose()
  })
})

import t from 'tap'
import type { Classifier } from '../../../operators/classifier.js'
import { checkClassifier } from '../../../operators/classifier/checkClassifier.js'
import { crossEntropy } from '../../../operators/classifier/crossEntropy.js'
import {
  defineClassifier,
  type ClassifierDefinition,
} from '../../../operators/classifier/defineClassifier.js'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { randomFor } from '../../../operators/random.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { tf } from '../../../operators/tensor/tf.js'
import { saveModel } from '../../oracle/savedModel.js'

await useBackend('cpu')

const [SIZE, HIDDEN, CLASSES] = [12, 30, 4]
const random = randomFor(5, 'own')
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => Float32Array.from({ length: columns }, () => random.gaussian()))
const W = matrix(HIDDEN, SIZE)
const V = matrix(CLASSES, HIDDEN)
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)
const rowsOf = (pixels: Float32Array, width: number) =>
  Array.from({ length: pixels.length / width }, (_, row) => pixels.subarray(row * width, (row + 1) * width))
const flat = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]))

/** V relu(W x), with kinks everywhere. */
const hidden = (x: Float32Array) => Float32Array.from(W, (w) => Math.max(0, dot(w, x)))
const logits = (pixels: Float32Array) =>
  flat(rowsOf(pixels, SIZE).map((x) => Float32Array.from(V, (v) => dot(v, hidden(x)))))
const gradient = (pixels: Float32Array, weights: Float32Array) => {
  const given = rowsOf(weights, CLASSES)
  return flat(
    rowsOf(pixels, SIZE).map((x, row) => {
      const h = hidden(x)
      const back = h.map((value, j) =>
        value > 0 ? V.reduce((sum, v, k) => sum + given[row][k] * v[j], 0) : 0,
      )
      return Float32Array.from({ length: SIZE }, (_, i) => W.reduce((sum, w, j) => sum + back[j] * w[i], 0))
    }),
  )
}
const right: ClassifierDefinition = {
  ...{ name: 'own', inputShape: [3, 4], classes: CLASSES, logits, gradient },
  layers: { hidden: { shape: [HIDDEN], values: (x) => flat(rowsOf(x, SIZE).map(hidden)) } },
}
const own = (change: Partial<ClassifierDefinition>) => defineClassifier({ ...right, ...change })
const changed = (change: (classifier: Classifier) => Partial<Classifier>): Classifier => {
  const classifier = own({})
  return Object.defineProperties(classifier, Object.getOwnPropertyDescriptors(change({ ...classifier })))
}

t.test('what is derived of logits and a gradient', async (t) => {
  const classifier = defineClassifier(right)
  t.match(classifier, { box: [0, 1], layers: ['hidden'], inputShape: [3, 4] })
  t.match(classifier.weightsHash, /^[0-9a-f]{64}$/)
  t.equal(classifier.weightsHash, own({}).weightsHash)
  t.not(classifier.weightsHash, own({ logits: (x) => logits(x).map((z) => z + 1) }).weightsHash)
  t.same(classifier.layerShape('hidden'), [HIDDEN])
  const x = Float32Array.from({ length: 2 * SIZE }, () => random.uniform())
  const targets = Int32Array.of(1, 3)
  const found = lossGradient(classifier, x, targets)
  t.same(found.logits, logits(x))
  t.same(found.gradient, gradient(x, crossEntropy(logits(x), targets, CLASSES).gradient))
  t.throws(() => lossGradient(classifier, x, Int32Array.of(1)), {
    code: 'bad-data',
    message: /2 targets.*got 1/,
  })
  t.throws(() => lossGradient(classifier, x, Int32Array.of(0, 4)), {
    message: /image 1 .*from 0 to 3, got 4/,
  })
  t.throws(() => classifier.activations('other', x), {
    code: 'bad-option',
    message: /"other"; its layers are: hidden/,
  })
  classifier.dispose()
  const report = await checkClassifier(classifier)
  t.match(report, { images: 4, untold: 0, layers: 1, logits: 0 })
  t.ok(report.directions > 40 && report.gradient < 0.02, JSON.stringify(report))
})

t.test('fields and options that are none', async (t) => {
  const wrong: [object, RegExp][] = [
    [{ ...right, logit: 1 }, /logit is no field; expected name, inputShape/],
    [{ ...right, gradient: undefined }, /one of gradient and logitGradient, got neither/],
    [{ ...right, logitGradient: () => undefined }, /got both/],
    [{ ...right, classes: undefined }, /classes: expected a value/],
    [{ ...right, logits: 3 }, /logits: expected a function, got number/],
    [{ ...right, name: '' }, /name: expected a text/],
    [{ ...right, classes: NaN }, /classes: expected a whole number from 2, got NaN/],
    [{ ...right, classes: 1 }, /classes: expected a whole number from 2, got 1/],
    [{ ...right, inputShape: '4' }, /inputShape: expected whole numbers from 1, such as \[784\], got "4"/],
    [{ ...right, inputShape: [-4] }, /inputShape: expected .*got \[-4\]/],
    [{ ...right, box: [1, 0] }, /box: expected \[low, high\] with low < high, got \[1, 0\]/],
    [{ ...right, box: [0, 1e308] }, /box: expected \[low, high\] from -1e9 to 1e9.*got \[0, 1e\+308\]/],
    [{ ...right, box: [0, 1e-320] }, /box: .* at least 1e-6 apart/],
    [{ ...right, box: [1e8, 1e8 + 1] }, /box: .*so that float32 tells pixels apart, got/],
  ]
  for (const [definition, message] of wrong)
    t.throws(() => defineClassifier(definition as ClassifierDefinition), { code: 'bad-option', message })
  await t.rejects(checkClassifier(own({}), { seeds: 1 } as object), {
    code: 'bad-option',
    message: /there is no option seeds/,
  })
  await t.rejects(checkClassifier(undefined as never), { code: 'bad-option', message: /got undefined/ })
  await t.rejects(checkClassifier(own({}), { pixels: new Float32Array(13) }), {
    message: /two or more images of 12/,
  })
})

let calls = 0
const kept = new Float32Array(4 * CLASSES)
const WRONG: Readonly<Record<string, readonly [Classifier, RegExp]>> = {
  'too few logits': [
    own({ logits: (x) => logits(x).subarray(1) }),
    /logits: expected a Float32Array of 16 logits of 4 images, got 15/,
  ],
  'plain arrays': [
    own({ logits: (x) => [...logits(x)] as never }),
    /logits: expected a Float32Array.*got an array$/,
  ],
  promises: [own({ logits: (x) => Promise.resolve(logits(x)) as never }), /got a promise/],
  'not finite': [
    own({ logits: (x) => logits(x).map((z, at) => (at === 5 ? NaN : z)) }),
    /finite numbers, got NaN of image 1/,
  ],
  throwing: [
    own({
      logits: () => {
        throw new Error('out of memory')
      },
    }),
    /logits: asked for 4 images it throws: out of memory/,
  ],
  'changing its pixels': [
    own({
      logits: (x) => {
        const z = logits(x)
        x.fill(0, 0, 1)
        return z
      },
    }),
    /logits: it changes the pixels/,
  ],
  'drawing at random': [
    own({ logits: (x) => logits(x).map((z) => z + ++calls) }),
    /asked again for the same images it gives another answer, off by/,
  ],
  'keeping one array': [
    own({
      logits: (x) => {
        const z = logits(x)
        if (z.length !== kept.length) return z
        kept.set(z)
        return kept
      },
    }),
    /its answer changes when it is asked for another/,
  ],
  'normalising over the batch': [
    own({
      logits: (x) => {
        const z = logits(x)
        const mean = z.reduce((a, b) => a + b, 0) / z.length
        return z.map((value) => value - mean)
      },
    }),
    /logits: image 0 alone gives another answer than in a batch of 4, off by up to/,
  ],
  'too few gradient values': [
    own({ gradient: (x, w) => gradient(x, w).subarray(2) }),
    /logitGradient: expected a Float32Array of 48 gradient values of 4 images, got 46/,
  ],
  'the wrong sign': [
    own({ gradient: (x, w) => gradient(x, w).map((g) => -g) }),
    /-1\.0 times what differences of the logits say: its sign is the other one/,
  ],
  'a factor': [
    own({ gradient: (x, w) => gradient(x, w).map((g) => g / 2) }),
    /0\.50 times what differences of the logits say$/,
  ],
  'a gradient by bytes': [
    own({ gradient: (x, w) => gradient(x, w).map((g) => g / 255) }),
    /0\.0039 times what differences of the logits say: expected that by pixels of the box/,
  ],
  'a mean over the batch': [
    own({ gradient: (x, w) => gradient(x, w).map((g) => (g * SIZE) / x.length) }),
    /logitGradient: image 0 alone gives another answer .*it is divided by the number of images/,
  ],
  'a sum over the batch': [
    own({
      gradient: (x, w) => {
        const g = gradient(x, w)
        return g.map((_, at) => rowsOf(g, SIZE).reduce((sum, row) => sum + row[at % SIZE], 0))
      },
    }),
    /logitGradient: image 0 alone gives another answer .*a row must not depend on others/,
  ],
  'as many logits as at first': [
    own({
      logits: (x) => {
        const all = new Float32Array(4 * SIZE)
        all.set(x.subarray(0, all.length))
        return logits(all)
      },
    }),
    /of one image alone: expected a Float32Array of 4 logits, got 16/,
  ],
  'taking no single image': [
    own({
      logits: (x) => {
        if (x.length === SIZE) throw new Error('a batch, please')
        return logits(x)
      },
    }),
    /logits: asked for one image alone it throws: a batch, please/,
  ],
  'rows as arrays': [
    own({ logits: (x) => rowsOf(logits(x), CLASSES).map((row) => [...row]) as never }),
    /logits: expected a Float32Array of 16 logits of 4 images, got an array of arrays/,
  ],
  probabilities: [
    own({
      logits: (x) =>
        flat(
          rowsOf(logits(x), CLASSES).map((row) => {
            const e = row.map((z) => Math.exp(z / 10))
            const sum = e.reduce((a, b) => a + b, 0)
            return e.map((one) => one / sum)
          }),
        ),
    }),
    /logits: they are probabilities, .* before the softmax/,
  ],
  'always the same': [
    own({
      logits: (x) => new Float32Array((x.length / SIZE) * CLASSES).fill(3),
      gradient: (x) => new Float32Array(x.length),
    }),
    /nothing can be compared: in float32 the logits are the same in all \d+ directions/,
  ],
  'no gradient': [own({ gradient: (x) => new Float32Array(x.length) }), /the gradient is 0 everywhere/],
  'one value without a gradient': [
    own({ gradient: (x, w) => gradient(x, w).map((g, at) => (at % SIZE === 7 ? 0 : g)) }),
    /by value 7 it is 0\.000, differences say/,
  ],
  'of another layout': [
    own({
      gradient: (x, w) => {
        const g = gradient(x, w)
        return g.map((_, at) => g[at - (at % SIZE) + (((at % SIZE) * 4) % 11)])
      },
    }),
    /not what differences of the logits say, in \d+ of \d+ directions; of image \d/,
  ],
  'without kinks': [
    own({
      gradient: (x, w) =>
        flat(
          rowsOf(x, SIZE).map((_, row) =>
            Float32Array.from({ length: SIZE }, (__, i) =>
              W.reduce(
                (sum, one, j) => sum + one[i] * V.reduce((s, v, k) => s + w[row * CLASSES + k] * v[j], 0),
                0,
              ),
            ),
          ),
        ),
    }),
    /not what differences/,
  ],
  'changing the weights': [
    own({
      gradient: (x, w) => {
        const g = gradient(x, w)
        w.fill(0)
        return g
      },
    }),
    /it changes the weights that weigh gives/,
  ],
  'not asking for weights': [
    own({
      gradient: undefined as never,
      logitGradient: (x) => ({ logits: logits(x), gradient: gradient(x, logits(x)) }),
    }),
    /it never asks weigh/,
  ],
  'a pair in place of an object': [
    own({
      gradient: undefined as never,
      logitGradient: (x, weigh) => [logits(x), gradient(x, weigh(logits(x)))] as never,
    }),
    /expected \{ logits, gradient \}, got an array of arrays/,
  ],
  'no logits with the gradient': [
    own({
      gradient: undefined as never,
      logitGradient: (x, weigh) => ({ gradient: gradient(x, weigh(logits(x))) }) as never,
    }),
    /the logits of its answer: expected a Float32Array of 16, got undefined/,
  ],
  'other logits with the gradient': [
    own({
      gradient: undefined as never,
      logitGradient: (x, weigh) => ({
        logits: logits(x).map((z) => z + 1),
        gradient: gradient(x, weigh(logits(x))),
      }),
    }),
    /its logits are not those of logits, off by/,
  ],
  'no answer': [
    changed(() => ({
      logitGradient(_, weigh) {
        weigh(new Float32Array(0))
        return undefined as never
      },
    })),
    /expected \{ logits, gradient \}, got undefined/,
  ],
  'a missing method': [
    changed(() => ({ activations: undefined as never })),
    /activations: expected a method, got undefined/,
  ],
  'activations of another length': [
    own({ layers: { hidden: { shape: [HIDDEN + 1], values: (x) => flat(rowsOf(x, SIZE).map(hidden)) } } }),
    /activations\('hidden'\): expected a Float32Array of 124 values of 4 images, got 120/,
  ],
  'no shape of a layer': [
    own({ layers: { hidden: { shape: [0], values: (x) => x } } }),
    /layerShape\('hidden'\): expected whole numbers from 1/,
  ],
  'a box of nothing': [changed(() => ({ box: [1, 1] })), /box: expected \[low, high\]/],
}

t.test('what is wrong with a classifier is said', async (t) => {
  for (const [name, [classifier, message]] of Object.entries(WRONG)) {
    const error = await checkClassifier(classifier).then(
      () => new Error('it is taken for right'),
      (cause: unknown) => cause as Error,
    )
    t.match(error, { code: 'bad-model', message }, name)
    // told apart: no other pattern means it too
    const others = Object.entries(WRONG).filter(
      ([other, [, one]]) => other !== name && one.test(error.message),
    )
    t.ok(
      others.every(
        ([, [, one]]) => one.source.startsWith('not what') || message.source.startsWith('not what'),
      ),
      `${name}: also ${others.map(([other]) => other).join()}`,
    )
  }
})

t.test('classifiers that are right are taken for right', async (t) => {
  // at a kink any slope in between is one: the middle of |x|
  const kink: ClassifierDefinition = {
    ...{ name: 'kink', inputShape: [1], classes: 2 },
    logits: (x) =>
      Float32Array.from({ length: 2 * x.length }, (_, at) => (at % 2 === 0 ? Math.abs(x[at >> 1] - 0.5) : 0)),
    gradient: (x, w) => x.map((value, row) => w[2 * row] * Math.sign(value - 0.5)),
  }
  await t.resolves(checkClassifier(defineClassifier(kink), { pixels: Float32Array.of(0.5, 0.5, 0.2, 0.8) }))
  // float32, 300 steep classes, and a box of its own
  const steep = defineClassifier({
    ...{ name: 'steep', inputShape: [2], classes: 3, box: [-100, 100] },
    logits: (x) =>
      flat(rowsOf(x, 2).map(([a, b]) => Float32Array.of(1e4 * a + 3e4, Math.tanh(b / 50), a * b))),
    gradient: (x, w) =>
      flat(
        rowsOf(x, 2).map(([a, b], row) => {
          const [u, v, z] = w.subarray(3 * row)
          return Float32Array.of(1e4 * u + b * z, (v * (1 - Math.tanh(b / 50) ** 2)) / 50 + a * z)
        }),
      ),
  })
  await t.resolves(checkClassifier(steep))
  for (const seed of [1, 2, 3]) await t.resolves(checkClassifier(own({}), { seed }))
  // many kinks, and slopes that nearly cancel along a direction
  const { layers } = tf
  const of = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) })
  const conv = { kernelSize: 3, activation: 'relu', padding: 'same' } as const
  const model = tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [10, 10, 1], filters: 6, ...conv, ...of(21) }),
      layers.conv2d({ filters: 4, ...conv, ...of(22) }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 10, ...of(23) }),
    ],
  })
  const cancelling = await loadClassifier(await saveModel(t.testdir(), model))
  for (const seed of [1, 2, 3]) await t.resolves(checkClassifier(cancelling, { seed }), `seed ${seed}`)
  cancelling.dispose()
  for (const folder of ['keras/keras3/mlp', 'keras/keras2/convolutions', 'torch/branches', 'FC48-10']) {
    const network = await loadClassifier(`test/fixtures/${folder}`)
    await t.resolves(checkClassifier(network), folder)
    network.dispose()
  }
})

import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { attack } from '../../../operators/attack.js'
import type { Framing } from '../../../operators/classifier/framing.js'
import type { Preprocess } from '../../../operators/classifier/preprocess.js'
import { loadReference } from '../../../operators/engine/classifiers.js'
import { stream } from '../../../operators/flow/stream.js'
import { randomFor } from '../../../operators/random.js'
import type { ImageBatch } from '../../../operators/records/image.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { preparationFrom } from '../../../operators/tensor/model/preprocess.js'
import { modelReference } from '../../../operators/tensor/modelReference.js'
import { tf } from '../../../operators/tensor/tf.js'
import { saveModel } from '../../oracle/savedModel.js'
import { shared } from '../../shared.js'

await useBackend('cpu')
const root = mkdtempSync(join(tmpdir(), 'preprocess-'))
t.teardown(() => rmSync(root, { recursive: true }))

const INPUT = [6, 4, 3]
const random = randomFor(3, 'preprocess', 0)
const noise = (values: number) => Float32Array.from({ length: values }, () => random.uniform())

/** A convolution, then an average and a softmax: the layers `conv`, `mean`, `logits`, `prob`. */
async function save(name: string, inputShape = INPUT, preprocess?: unknown): Promise<string> {
  const channelsFirst = inputShape[0] === 3
  const model = tf.sequential()
  const dataFormat = channelsFirst ? 'channelsFirst' : 'channelsLast'
  model.add(
    tf.layers.conv2d({
      ...{ inputShape, name: 'conv', filters: 5, kernelSize: 3, activation: 'tanh', dataFormat },
      kernelInitializer: tf.initializers.randomNormal({ seed: 1, stddev: 0.3 }),
    }),
  )
  model.add(tf.layers.globalAveragePooling2d({ name: 'mean', dataFormat }))
  model.add(
    tf.layers.dense({
      ...{ name: 'logits', units: 4 },
      kernelInitializer: tf.initializers.randomNormal({ seed: 2 }),
    }),
  )
  model.add(tf.layers.activation({ name: 'prob', activation: 'softmax' }))
  const folder = await saveModel(join(root, name), model)
  model.dispose()
  if (preprocess !== undefined) writeFileSync(join(folder, 'preprocess.json'), JSON.stringify(preprocess))
  return folder
}

/** Caffe's way, with a divisor and deviations too. */
const CAFFE: Preprocess = {
  channelOrder: 'BGR',
  divide: 2,
  mean: [104, 117, 123],
  std: [50, 60, 70],
}

/** What the network with CAFFE gets of an image [height, width, 3], pixel by pixel. */
const inputOf = (pixels: Float32Array) =>
  pixels.map((_, at) => {
    const c = at % 3
    return ((pixels[at - c + 2 - c] * 255) / 2 - [104, 117, 123][c]) / [50, 60, 70][c]
  })

function near(found: Float32Array, wanted: Float32Array, within: number, message: string): void {
  const worst = wanted.reduce<number>((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0)
  t.ok(found.length === wanted.length && worst <= within, `${message}: ${worst}`)
}

void t.test('pixels from 0 to 1 become what the network takes, and its gradient theirs', async () => {
  const raw = await loadClassifier(await save('raw'))
  const own = await loadClassifier(await save('caffe', INPUT, CAFFE))
  const pixels = noise(2 * 72)
  near(own.logits(pixels), raw.logits(inputOf(pixels)), 1e-5, 'logits')
  near(
    own.activations('conv', pixels, { pre: true }),
    raw.activations('conv', inputOf(pixels), { pre: true }),
    1e-5,
    'activations',
  )
  const targets = Int32Array.of(1, 3)
  const found = lossGradient(own, pixels, targets)
  const inside = lossGradient(raw, inputOf(pixels), targets).gradient
  const wanted = pixels.map((_, at) => {
    const c = 2 - (at % 3)
    return ((inside[at - (at % 3) + c] / [50, 60, 70][c]) * 255) / 2
  })
  near(found.gradient, wanted, 1e-6, 'gradient')
  const [at, step] = [40, 0.01]
  const moved = (by: number) => {
    const there = pixels.slice(0, 72)
    there[at] += by
    const z = [...own.logits(there)]
    return Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[1]
  }
  const slope = (moved(step) - moved(-step)) / (2 * step)
  t.ok(Math.abs(slope - found.gradient[at]) < 0.01 * Math.abs(slope) + 1e-4, 'as central differences say')
  t.same(own.box, [0, 1])
  t.same(own.framing, { size: [6, 4], crop: { policy: 'shorter-side', resize: 5 } })
  for (const one of [raw, own]) one.dispose()
})

void t.test('a network with channels first takes images with channels last', async () => {
  const first = await loadClassifier(await save('first', [3, 6, 4], { layout: 'NCHW' }))
  const last = await loadClassifier(await save('last'))
  const pixels = noise(3 * 72)
  t.same(first.inputShape, INPUT)
  near(first.logits(pixels), last.logits(pixels), 1e-5, 'logits')
  const targets = Int32Array.of(0, 1, 2)
  near(
    lossGradient(first, pixels, targets).gradient,
    lossGradient(last, pixels, targets).gradient,
    1e-6,
    'gradient',
  )
  for (const one of [first, last]) one.dispose()
})

void t.test('a hash tells networks by what they compute of an image, whoever says what that is', async () => {
  const hash = async (preprocess?: Preprocess) =>
    (await modelReference(join(root, 'raw'), preprocess && { preprocess })).weightsHash
  const plain = createHash('sha256')
    .update(readFileSync(join(root, 'raw/weights.bin')))
    .digest('hex')
  t.equal(await hash(), plain)
  const framed = { crop: { policy: 'center-crop' }, outputs: { logits: 'logits', probabilities: 'prob' } }
  t.equal(await hash({ ...framed, divide: 255, mean: 0, std: [1, 1, 1], channelOrder: 'RGB' }), plain)
  const all = await Promise.all(
    [{ divide: 1 }, { mean: 1 }, { std: 2 }, { channelOrder: 'BGR' }, { outputs: { logits: 'mean' } }].map(
      (one) => hash(one as Preprocess),
    ),
  )
  t.equal(new Set([plain, ...all]).size, 6)
  t.equal(await hash(CAFFE), (await modelReference(join(root, 'caffe'))).weightsHash)
})

void t.test('a reference brings what code says, to threads too', async () => {
  const options = { preprocess: CAFFE, name: 'coded' }
  const reference = await modelReference(join(root, 'raw'), options)
  const [coded, referred, written] = await Promise.all([
    loadClassifier(join(root, 'raw'), options),
    loadReference(reference),
    loadClassifier(join(root, 'caffe')),
  ])
  const pixels = noise(72)
  t.same(referred.logits(pixels), written.logits(pixels))
  t.equal(referred.weightsHash, coded.weightsHash)
  const images: ImageBatch = {
    ...{ dataset: 'noise', split: 'test', shape: [6, 4, 3], classes: 4 },
    ...{ pixels: noise(2 * 72), index: Int32Array.of(0, 1), label: Int32Array.of(0, 1) },
  }
  const rows = async (workers: number) => {
    const found = await lastValueFrom(stream(() => [images]).pipe(attack(coded, { workers }), toArray()))
    return found.map(({ adversarial, distortion }) => ({ adversarial, distortion }))
  }
  t.same(await rows(1), await rows(0), 'an attack in a thread is the one in this')
  for (const one of [coded, referred, written]) one.dispose()
})

void t.test('the layer that gives logits', async () => {
  const raw = await loadClassifier(join(root, 'raw'))
  const other = await loadClassifier(join(root, 'raw'), { preprocess: { outputs: { logits: 'mean' } } })
  const named = await loadClassifier(join(root, 'raw'), {
    preprocess: { outputs: { probabilities: 'prob' } },
  })
  const pixels = noise(72)
  t.same(other.logits(pixels), raw.activations('mean', pixels))
  t.same(named.logits(pixels), raw.logits(pixels))
  t.same([other.classes, other.layers], [5, ['conv', 'mean']])
  await t.rejects(loadClassifier(await save('lost', INPUT, { outputs: { logits: 'logit' } })), {
    code: 'bad-model',
    message: /lost.preprocess\.json: outputs\.logits: there is no layer "logit".*conv, mean, logits, prob/,
  })
  for (const one of [raw, other, named]) one.dispose()
})

void t.test(
  'of several outputs one is named, and what a model leaves open of its input is told',
  async () => {
    const image = tf.input({ shape: [null, null, 3] as never, name: 'image' })
    const mean = tf.layers.globalAveragePooling2d({ name: 'mean' }).apply(image) as tf.SymbolicTensor
    const heads = ['a', 'b'].map(
      (name, i) =>
        tf.layers
          .dense({
            name,
            units: 3 + i,
            activation: 'softmax',
            kernelInitializer: tf.initializers.randomNormal({}),
          })
          .apply(mean) as tf.SymbolicTensor,
    )
    const model = tf.model({ inputs: image, outputs: heads })
    const folder = await saveModel(join(root, 'heads'), model)
    const pixels = noise(72)
    const expected = (model.predict(tf.tensor4d(pixels, [1, ...INPUT] as never)) as tf.Tensor[]).map(
      (head) => [...head.dataSync()],
    )
    model.dispose()
    const inputShape = INPUT
    await t.rejects(loadClassifier(folder), {
      code: 'bad-model',
      message:
        /model\.json: inputShape: .*fixed shape.*\[-1, -1, 3\]; a preprocess\.json beside it can say which/,
    })
    await t.rejects(loadClassifier(folder, { preprocess: { inputShape } }), {
      code: 'bad-model',
      message: /expected one output, got 2: a, b; .*\{"outputs": \{"logits": "a"\}\}/,
    })
    const hashes = new Set<string>()
    for (const [i, logits] of ['a', 'b'].entries()) {
      const network = await loadClassifier(folder, { preprocess: { inputShape, outputs: { logits } } })
      t.same(network.layers, ['mean', logits])
      const found = tf.tidy(() =>
        tf
          .softmax(tf.tensor1d(network.logits(pixels)))
          .dataSync<'float32'>()
          .slice(),
      )
      near(found, Float32Array.from(expected[i]), 1e-6, `its softmax is left out: ${logits}`)
      hashes.add(network.weightsHash)
      network.dispose()
    }
    t.equal(hashes.size, 2, 'they are two networks')
  },
)

const exact = (height: number, width: number): Framing['crop'] => ({
  policy: 'exact',
  resize: [height, width],
})
const shorter = (resize: number): Framing['crop'] => ({ policy: 'shorter-side', resize })
const CROPS: [crop: unknown, wanted: Framing['crop']][] = [
  [undefined, shorter(5)],
  [
    {
      ...{ policy: 'resize-then-center-crop', centerCrop: [6, 4] },
      resize: { mode: 'exact', width: 8, height: 9, filter: 'bilinear', note: 'as Caffe' },
    },
    exact(9, 8),
  ],
  [{ policy: 'resize-then-center-crop', resize: { mode: 'shorter-side', size: 7 } }, shorter(7)],
  [{ policy: 'resize-then-center-crop', resize: { mode: 'shortest-edge', size: 7 } }, shorter(7)],
  [{ policy: 'resize-then-center-crop', resize: 7 }, shorter(7)],
  [{ policy: 'resize-then-center-crop', resize: [9, 8] }, exact(9, 8)],
  [{ policy: 'resize' }, exact(6, 4)],
  [{ policy: 'resize', resize: { mode: 'exact', height: 6, width: 4 } }, exact(6, 4)],
  [{ policy: 'exact', resize: [9, 8] }, exact(9, 8)],
  [{ policy: 'shorter-side', resize: 7 }, shorter(7)],
  [{ policy: 'center-crop' }, { policy: 'center' }],
  [{ policy: 'center', resize: [6, 4], note: 'any text' }, { policy: 'center' }],
]

const WRONG: [json: Record<string, unknown>, message: RegExp][] = [
  [{ chanelOrder: 'BGR' }, /^chanelOrder: expected one of the keys.*"channelOrder" may be meant/],
  [{ channel_order: 'BGR' }, /^channel_order: .*"channelOrder" may be meant/],
  [{ means: [1, 2, 3] }, /"mean" may be meant/],
  [{ gamma: 2.2 }, /^gamma: expected one of the keys inputShape, size/],
  [{ channelOrder: 'GBR' }, /^channelOrder: expected one of RGB, BGR, got "GBR"/],
  [{ layout: 'NWHC' }, /^layout: expected one of NHWC, NCHW, got "NWHC"/],
  [{ layout: 'NCHW' }, /^layout: expected 1 or 3 channels.*\[6, 4, 3\]/],
  [{ divide: 0 }, /^divide: expected a number from 1e-6 to 1e9, got 0/],
  [{ divide: '255' }, /^divide: .*"255"/],
  [{ mean: [1, 2] }, /^mean: expected 3 numbers, one for each channel, got \[1,2\]/],
  [{ mean: ['a', 2, 3] }, /^mean/],
  [{ std: [1, 0, 1] }, /^std: expected a number from 1e-6 to 1e9, got 0/],
  [{ std: -1 }, /^std: expected a number from 1e-6 to 1e9, got -1/],
  // what float64 holds, and float32 makes 0, Infinity or NaN of
  [{ std: 1e-320 }, /^std: expected a number from 1e-6 to 1e9, got 1e-320/],
  [{ std: [1, 1e300, 1] }, /^std: .*got 1e\+300/],
  [{ std: 1e30 }, /^std: .*got 1e\+30/],
  [{ divide: 1e-320 }, /^divide: .*got 1e-320/],
  [{ box: [0, 1, 2] }, /^box.*expected two numbers, got 2/],
  [{ box: [0, 1e308] }, /^box: expected \[low, high\] from -1e9 to 1e9.*got \[0,1e\+308\]/],
  [{ box: [-1e308, 1e308] }, /^box: .*-1e9 to 1e9/],
  [{ box: [0, 1e-320] }, /^box: .*at least 1e-6 apart/],
  [{ box: [1e9 - 1, 1e9] }, /^box: .*a 10000th of the larger, so that float32 tells pixels apart/],
  [{ mean: 1e300 }, /^mean: expected numbers within 10000 widths of the box \[0, 1\].*got 1e\+300/],
  [{ mean: [0, 1e30, 0] }, /^mean: expected numbers within 10000 widths of the box \[0, 1\].*got 1e\+30/],
  [{ inputShape: [224, 224, 3] }, /^inputShape: expected \[6, 4, 3\].*got \[224,224,3\]/],
  [{ size: 6 }, /^size: expected \[6, 4\].*got 6/],
  [{ divide: 1, inputRange: [0, 1] }, /^inputRange: expected \[0, 255\].*got \[0,1\]/],
  [
    {
      inputRange: [
        [0, 1],
        [0, 1],
      ],
    },
    /^inputRange/,
  ],
  [{ crop: 'center' }, /^crop: expected an object, got "center"/],
  [{ crop: { policy: 'centre' } }, /^crop\.policy: expected one of resize-then-center-crop.*got "centre"/],
  [{ crop: { polici: 'center' } }, /^crop\.polici: .*"policy" may be meant/],
  [{ crop: { policy: 'exact' } }, /^crop\.resize: expected a size with the policy exact, got none/],
  [{ crop: { policy: 'exact', resize: 7 } }, /^crop\.resize: expected \[height, width\]/],
  [{ crop: { policy: 'center', resize: [9, 8] } }, /^crop\.resize: expected 6x4/],
  [{ crop: { policy: 'resize', resize: [9, 8] } }, /^crop\.resize: expected 6x4/],
  [{ crop: { policy: 'center', centerCrop: [4, 6] } }, /^crop\.centerCrop: expected \[6, 4\]/],
  [{ crop: { policy: 'exact', resize: { mode: 'fit', width: 1 } } }, /^crop\.resize\.mode: expected .*"fit"/],
  [
    { crop: { policy: 'exact', resize: { mode: 'exact', width: 9, height: 9, filter: 'bicubic' } } },
    /^crop\.resize\.filter: expected "bilinear", the one filter that there is, got "bicubic"/,
  ],
  [
    { crop: { policy: 'shorter-side', resize: 5000 } },
    /^crop\.resize: expected a whole number from 1 to 4096/,
  ],
  [{ crop: { policy: 'shorter-side', resize: 2.5 } }, /^crop\.resize: expected a/],
  [{ outputs: { logit: 'a' } }, /^outputs\.logit: .*"logits" may be meant/],
  [{ outputs: { logits: 3 } }, /^outputs\.logits/],
]

void t.test('crops become framings; what is wrong is named', async (t) => {
  t.same(
    CROPS.map(([crop]) => preparationFrom({ crop }, INPUT).framing?.crop),
    CROPS.map(([, wanted]) => wanted),
  )
  t.same(
    preparationFrom({ model: 'x', classes: 9, labels: 'a text', about: 'also', mean: 0.5 }, INPUT).offset,
    [...[-0.5, -0.5, -0.5]],
  )
  t.ok(preparationFrom({ divide: 1, mean: 3, inputRange: [-3, 252] }, INPUT))
  t.equal(preparationFrom({}, [28, 28, 1]).framing, undefined, 'one channel is no photograph')
  for (const [json, message] of WRONG)
    t.throws(() => preparationFrom(json, INPUT), message, JSON.stringify(json))
  const folder = await save('wrong', INPUT, { divide: -1 })
  await t.rejects(loadClassifier(folder), { code: 'bad-model', message: /wrong.preprocess\.json: divide: / })
  await t.rejects(modelReference(folder), { code: 'bad-model', message: /wrong.preprocess\.json: divide: / })
  await t.rejects(modelReference(folder, { preprocess: { divide: -2 } }), {
    code: 'bad-option',
    message: /divide: expected a number from 1e-6 to 1e9, got -2/,
  })
  writeFileSync(join(folder, 'preprocess.json'), '{')
  await t.rejects(loadClassifier(folder), {
    code: 'bad-model',
    message: /wrong.preprocess\.json: is not JSON/,
  })
})

const models = shared('models')
void t.test("what SqueezeNet's folders say", { skip: models.skip }, async (t) => {
  const framing = { size: [227, 227], crop: { policy: 'exact', resize: [256, 256] } }
  for (const name of ['squeezenet1.0', 'squeezenet1.1', 'squeezenet1.1-caffe-input']) {
    const folder = join(models.path, name)
    const hash = createHash('sha256')
    for (const file of readdirSync(folder)
      .filter((file) => file.endsWith('.bin'))
      .sort())
      hash.update(readFileSync(join(folder, file)))
    const reference = await modelReference(folder)
    t.same(reference.framing, framing)
    t.equal(reference.weightsHash === hash.digest('hex'), !name.endsWith('caffe-input'), name)
  }
})

void t.test('a box, mean and std are those of the network, whatever its shape', async () => {
  const shapes: readonly (readonly number[])[] = [[12], [4, 3], [4, 3, 1], [2, 3, 2]]
  for (const [i, inputShape] of shapes.entries()) {
    const model = tf.sequential()
    model.add(tf.layers.inputLayer({ inputShape: [...inputShape] }))
    if (inputShape.length > 1) model.add(tf.layers.flatten())
    model.add(tf.layers.dense({ name: 'hidden', units: 6, activation: 'relu' }))
    model.add(tf.layers.dense({ name: 'logits', units: 3 }))
    const folder = await saveModel(join(root, `flat${i}`), model)
    model.dispose()
    const raw = await loadClassifier(folder)
    const pixels = noise(3 * 12)
    const same = async (
      preprocess: Preprocess,
      inputOf: (pixel: number, c: number) => number,
      of: string,
    ) => {
      const own = await loadClassifier(folder, { preprocess })
      const inputs = pixels.map((pixel, at) => inputOf(pixel, at % (inputShape[2] ?? 1)))
      t.same([own.inputShape, own.box, own.framing], [inputShape, [0, 1], undefined])
      near(own.logits(pixels), raw.logits(inputs), 1e-3, `${of} of ${inputShape.join()}`)
      for (const layer of raw.layers)
        near(own.activations(layer, pixels), raw.activations(layer, inputs), 1e-3, `${of}: ${layer}`)
      const targets = Int32Array.of(0, 1, 2)
      const [a, b] = [lossGradient(own, pixels, targets), lossGradient(raw, inputs, targets)].map(
        (one) => one.gradient,
      )
      const scale = (at: number) =>
        inputOf(1, at % (inputShape[2] ?? 1)) - inputOf(0, at % (inputShape[2] ?? 1))
      near(
        a,
        b.map((value, at) => value * scale(at)),
        1e-4,
        `${of}: gradient`,
      )
      t.not(own.weightsHash, raw.weightsHash)
      own.dispose()
    }
    await same({ box: [-1, 1] }, (pixel) => 2 * pixel - 1, 'box')
    await same({ box: [0, 255], mean: 33, std: 80 }, (pixel) => (255 * pixel - 33) / 80, 'box, mean and std')
    await same(
      { mean: 0.1307, std: 0.3081, inputRange: [-0.424, 2.82] },
      (pixel) => (pixel - 0.1307) / 0.3081,
      'mean',
    )
    if (inputShape[2] === 2)
      await same({ mean: [0.1, 0.2] }, (pixel, c) => pixel - [0.1, 0.2][c], 'of each channel')
    else
      t.throws(() => preparationFrom({ mean: [1, 2] }, inputShape), {
        message: /mean: expected a number, got \[1,2\]/,
      })
    raw.dispose()
  }
  const wrong: [object, readonly number[], RegExp][] = [
    [{ box: [1, 1] }, [784], /box: expected \[low, high\] with low < high, such as \[-1, 1\], got \[1,1\]/],
    [
      { box: [0, 1], divide: 127.5 },
      [784],
      /box and divide: expected one of them, since \[0, 2\] is the box/,
    ],
    [{ box: [-1, 1], inputRange: [0, 1] }, [784], /inputRange: expected \[-1, 1\]/],
    [{ size: 28 }, [784], /size: expected none, the network takes 784 values/],
    [{ layout: 'NCHW' }, [784], /layout: expected inputs of \[channels, height, width\]/],
    [{ channelOrder: 'BGR' }, [28, 28, 1], /channelOrder: expected three channels/],
    [{ boxx: [0, 1] }, [784], /"box" may be meant/],
  ]
  for (const [json, shape, message] of wrong) t.throws(() => preparationFrom(json, shape), { message })
})

void t.test('a file of one’s own stands in place of the one beside the model', async () => {
  const folder = await save('fileBeside', INPUT, { box: [0, 255] })
  const mine = join(root, 'mine.json')
  writeFileSync(mine, JSON.stringify(CAFFE))
  const own = await modelReference(folder, { preprocess: mine })
  t.equal(own.weightsHash, (await modelReference(folder, { preprocess: CAFFE })).weightsHash)
  t.not(own.weightsHash, (await modelReference(folder)).weightsHash)
  t.equal((await loadReference(own)).weightsHash, own.weightsHash)
  await t.rejects(modelReference(folder, { preprocess: join(root, 'none.json') }), {
    code: 'bad-option',
    message: /none\.json: cannot be read: it is not there; give a file like preprocess\.json/,
  })
  writeFileSync(mine, '{"std": 0}')
  await t.rejects(modelReference(folder, { preprocess: mine }), {
    code: 'bad-model',
    message: /mine\.json: std: /,
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, map, of, toArray, type Observable } from 'rxjs'
import t from 'tap'
import { attack, type AttackOptions } from '../../operators/attack.js'
import { type Classifier, predictions } from '../../operators/classifier.js'
import { batch as rebatch } from '../../operators/flow/batch.js'
import { BoundarySearch, searchBytes } from '../../operators/minimize/boundarySearch.js'
import { SEARCH_DEFAULTS } from '../../operators/minimize/searchDefaults.js'
import { Vectors } from '../../operators/minimize/vectors.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { slotsFor } from '../../operators/engine/searchQueue.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { tf } from '../../operators/tensor/tf.js'
import { mnist } from '../../sources/mnist.js'
import { saveModel } from '../oracle/savedModel.js'
import { shared } from '../shared.js'

await useBackend()
const folder = mkdtempSync(join(tmpdir(), 'convolutional-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** Convolutions, ReLU, max-pooling, drop-out; with or without a softmax at the end, the same weights. */
async function convolutional(name: string, activation: 'softmax' | 'linear'): Promise<Classifier> {
  const initial = (seed: number) => ({ kernelInitializer: tf.initializers.heNormal({ seed }) })
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 5,
        strides: 2,
        activation: 'relu',
        inputShape: [28, 28, 1],
        ...initial(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', ...initial(2) }),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation, ...initial(3) }),
    ],
  })
  const at = await saveModel(join(folder, name), model)
  model.dispose()
  return loadClassifier(at)
}

/** As if the network were always right. */
const asSeenBy = (model: Classifier) =>
  map((images: ImageBatch): ImageBatch => ({
    ...images,
    label: Int32Array.from(predictions(model.logits(images.pixels), model.classes)),
  }))

const run = (images: Observable<ImageBatch>, model: Classifier, options: AttackOptions) =>
  lastValueFrom(images.pipe(asSeenBy(model), attack(model, options), toArray()))

const column = (batches: readonly AdversarialBatch[], name: 'target' | 'evaluations' | 'margin') =>
  batches.flatMap((batch) => [...batch[name]])
const pixels = (batches: readonly AdversarialBatch[]) =>
  batches.flatMap(({ adversarial }) => [...adversarial])

t.test('a convolutional network: everything is fooled, alone or in company', async (t) => {
  const model = await convolutional('conv', 'linear')
  t.teardown(() => model.dispose())
  const images = mnist('test', { limit: 4, batchSize: 2 })
  const goal = { goal: 'random', seed: 3, maxSolves: 3 } as const
  const rows = await run(images, model, { ...goal, workers: 0 })
  for (const { status, index, adversarial, target, margin, original } of rows) {
    t.same(
      [...status],
      [...status].map(() => 0),
      'every search succeeds',
    )
    t.ok(
      margin.every((value) => value > 0),
      'margins are positive',
    )
    for (const row of index.keys()) {
      const at = adversarial.subarray(row * 784, (row + 1) * 784)
      t.equal(predictions(model.logits(at), 10)[0], target[row], 'alone, it is the target')
      t.notSame([...at], [...original.subarray(row * 784, (row + 1) * 784)])
    }
  }
  for (const [size, options] of [
    [1, { workers: 0, batchSize: 1 }],
    [3, { workers: 0, batchSize: 3 }],
    [4, { workers: 1 }],
  ] as const) {
    const again = await run(images.pipe(rebatch(size)), model, { ...goal, ...options })
    t.same(pixels(again), pixels(rows), `the same bits in batches of ${size}, ${JSON.stringify(options)}`)
    t.same(column(again, 'evaluations'), column(rows, 'evaluations'))
  }
  const softmaxed = await convolutional('softmaxed', 'softmax')
  t.teardown(() => softmaxed.dispose())
  t.same(
    pixels(await run(images, softmaxed, { ...goal, workers: 0 })),
    pixels(rows),
    'a softmax at the end changes nothing',
  )
})

t.test('images so large that searches are counted by their memory', (t) => {
  const vectors = new Vectors(101, 0, 1)
  const before = vectors.bytes
  new BoundarySearch(vectors, { ...SEARCH_DEFAULTS, memory: 4 })
  t.equal(vectors.bytes - before, searchBytes(101, 4), 'what a search holds')
  t.equal(slotsFor(256, 784, 6), 256)
  t.equal(slotsFor(256, 227 * 227 * 3, 6), 3)
  t.equal(slotsFor(256, 1e9, 6), 1)
  t.end()
})

const squeezeNet = shared('models/squeezenet1.1')
t.test('SqueezeNet on 227 × 227 × 3 pixels', { skip: squeezeNet.skip }, async (t) => {
  const model = await loadClassifier(squeezeNet.path)
  t.teardown(() => model.dispose())
  const [height, width, channels] = model.inputShape
  const size = height * width * channels
  const scene = Float32Array.from({ length: size }, (_, at) => {
    const [x, y] = [Math.floor(at / channels) % width, Math.floor(at / channels / width)]
    return 0.5 + 0.5 * Math.sin(x / 9 + (at % channels)) * Math.cos(y / 23)
  })
  const images = of<ImageBatch>({
    dataset: 'waves',
    split: 'test',
    shape: [height, width, channels],
    index: Int32Array.of(0),
    label: Int32Array.of(0),
    pixels: scene,
  })
  const [rows] = await run(images, model, { goal: 'runner-up', maxEvaluations: 60, workers: 0 })
  t.same([...rows.status], [0])
  t.same([...predictions(model.logits(rows.adversarial), model.classes)], [...rows.target])
  t.ok(
    rows.distortion.every((value) => value > 0 && value < 0.05),
    `distortions ${rows.distortion.join(', ')}`,
  )
})

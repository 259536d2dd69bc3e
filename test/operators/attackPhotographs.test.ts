import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { from, lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { attack, type AttackOptions } from '../../operators/attack.js'
import { type Classifier, predictions } from '../../operators/classifier.js'
import { batch as rebatch } from '../../operators/flow/batch.js'
import { randomFor } from '../../operators/random.js'
import { type AdversarialBatch, REASONS, STATUSES } from '../../operators/records/adversarial.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { TABLES } from '../../operators/records/tables.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { tf } from '../../operators/tensor/tf.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { readExamples } from '../../sources/records.js'
import { parseSource } from '../../sources/source.js'
import { saveModel } from '../oracle/savedModel.js'
import { shared } from '../shared.js'

await useBackend()
const folder = mkdtempSync(join(tmpdir(), 'photographs-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const SIDE = 76
const VALUES = SIDE * SIDE * 3
/** Differences of colours, each the sign of a class: more red than green, and so on. */
const SIGNS = [
  [1, -1, 0],
  [-1, 1, 0],
  [0, 1, -1],
  [0, -1, 1],
  [-1, 0, 1],
  [1, 0, -1],
]
const CLASSES = SIGNS.length + 1
/** A class whose ReLU nothing wakes: its logit is 0, and so is the gradient. */
const DEAD = SIGNS.length

/** Logits that are averages of ReLUs, as SqueezeNet's, of branches that are joined. */
async function averaged(): Promise<{ classifier: Classifier; model: tf.LayersModel }> {
  const random = randomFor(1, 'weights')
  const conv = (kernelSize: number, kernel: readonly number[], filters: number, bias?: readonly number[]) => {
    const layer = tf.layers.conv2d({ filters, kernelSize, padding: 'same', activation: 'relu' })
    const inputs = kernel.length / kernelSize ** 2 / filters
    return (x: tf.SymbolicTensor) => {
      const y = layer.apply(x) as tf.SymbolicTensor
      layer.setWeights([
        tf.tensor4d([...kernel], [kernelSize, kernelSize, inputs, filters]),
        tf.tensor1d([...(bias ?? Array.from({ length: filters }, () => 0.01))]),
      ])
      return y
    }
  }
  const noise = (n: number) => Array.from({ length: n }, () => random.uniform() - 0.5)
  const pool = tf.layers.maxPooling2d({ poolSize: 3, strides: 2 })
  const input = tf.input({ shape: [SIDE, SIDE, 3] })
  const colours = [0, 1, 2].flatMap((channel) => SIGNS.map((sign) => sign[channel]))
  const x = pool.apply(conv(1, colours, SIGNS.length)(input)) as tf.SymbolicTensor
  const same = SIGNS.flatMap((_, i) => SIGNS.map((_, k) => (i === k ? 20 : 0)))
  const branches = [conv(1, same, SIGNS.length)(x), conv(3, noise(9 * SIGNS.length * 4), 4)(x)]
  const joined = tf.layers.concatenate().apply(branches) as tf.SymbolicTensor
  const last = [...SIGNS.keys(), 0, 1, 2, 3].flatMap((_, i) =>
    Array.from({ length: CLASSES }, (_, k) => (i < DEAD ? Number(i === k) : 4 * noise(1)[0])),
  )
  const bias = Array.from({ length: CLASSES }, (_, k) => (k === DEAD ? -1000 : 0))
  const y = tf.layers.globalAveragePooling2d({}).apply(conv(1, last, CLASSES, bias)(joined))
  const model = tf.model({ inputs: input, outputs: y as tf.SymbolicTensor })
  return { classifier: await loadClassifier(await saveModel(join(folder, 'averaged'), model)), model }
}

/** Smooth colours with some noise, some of it black or white. */
function scenes(n: number): ImageBatch {
  const random = randomFor(1, 'scenes')
  const pixels = Float32Array.from({ length: n * VALUES }, (_, at) => {
    const [image, y, x, channel] = [
      Math.floor(at / VALUES),
      Math.floor((at % VALUES) / 3 / SIDE),
      Math.floor(at / 3) % SIDE,
      at % 3,
    ]
    const wave = Math.sin(x / (5 + image) + channel) * Math.cos(y / (9 - image))
    return Math.min(1, Math.max(0, 0.5 + 0.6 * wave + 0.1 * (random.uniform() - 0.5)))
  })
  return {
    dataset: 'scenes',
    split: 'test',
    shape: [SIDE, SIDE, 3],
    index: Int32Array.from({ length: n }, (_, i) => i),
    label: new Int32Array(n),
    pixels,
  }
}

const labelled = (model: Classifier, batch: ImageBatch): ImageBatch => ({
  ...batch,
  label: Int32Array.from(predictions(model.logits(batch.pixels), model.classes)),
})

const run = (images: readonly ImageBatch[], model: Classifier, options: AttackOptions) =>
  lastValueFrom(from(images).pipe(attack(model, options), toArray()))

const bytes = (batches: readonly AdversarialBatch[]) =>
  Buffer.concat(
    batches.map(
      ({ adversarial: { buffer, byteOffset, byteLength } }) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
  )

t.test('logits that are averages of ReLUs', async (t) => {
  const { classifier, model } = await averaged()
  t.teardown(() => classifier.dispose())
  const images = labelled(classifier, scenes(3))
  const options = { seed: 2, maxEvaluations: 200 } as const

  const rows = await run([images], classifier, { ...options, goal: 'runner-up', workers: 0 })
  t.same(
    rows.flatMap(({ status }) => Array.from(status, (code) => STATUSES[code])),
    Array.from(images.label, () => 'success'),
  )
  for (const { adversarial, margin, target } of rows) {
    t.ok(
      adversarial.every((x) => x >= 0 && x <= 1),
      'in the box',
    )
    const seen = predictions(classifier.logits(adversarial), CLASSES)
    t.same(seen, target, 'fooled')
    t.ok(margin.every((value) => value > 0))
  }
  for (const [size, batchSize, workers] of [
    [1, 1, 0],
    [3, 3, 0],
    [2, 256, 2],
  ]) {
    const cut = await lastValueFrom(from([images]).pipe(rebatch(size), toArray()))
    const again = await run(cut, classifier, { ...options, goal: 'runner-up', batchSize, workers })
    t.ok(bytes(again).equals(bytes(rows)), `batches of ${size}, ${batchSize} at once, ${workers} workers`)
  }

  const dead = await run([images], classifier, { target: DEAD, maxEvaluations: 40, workers: 0 })
  t.same(
    dead.flatMap(({ status, reason }) =>
      Array.from(status, (code, row) => [STATUSES[code], REASONS[reason[row]]]),
    ),
    Array.from(images.label, () => ['failed', 'budget']),
    'a class that nothing wakes is no success, and says so',
  )

  const usual = tf.getGradient('Relu')
  const weights = tf.randomNormal([3, CLASSES], 0, 1, 'float32', 1)
  const x = tf.tensor4d(images.pixels, [3, SIDE, SIDE, 3])
  const plain = tf.grad((at) => tf.sum(tf.mul(model.apply(at) as tf.Tensor, weights)))(x)
  const expected = plain.dataSync<'float32'>()
  const own = classifier.logitGradient(images.pixels, () => weights.dataSync<'float32'>()).gradient
  // an average of all places is a product here, whose terms come in another order
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  t.ok(
    own.every((value, at) => Math.abs(value - expected[at]) <= 1e-6 * largest),
    'the gradient that TensorFlow.js composes',
  )
  t.equal(tf.getGradient('Relu'), usual, 'and TensorFlow.js has its own again')
  model.dispose()
})

const [squeezeNet, sample] = [shared('models/squeezenet1.1'), shared('imagenet-sample')]
t.test('SqueezeNet 1.1 on photographs', { skip: squeezeNet.skip || sample.skip }, async (t) => {
  const model = await loadClassifier(squeezeNet.path)
  t.teardown(() => model.dispose())
  const { framing } = model
  const source = parseSource(`imagenet:${sample.path}`)
  const [batch] = await lastValueFrom(source.open({ framing, limit: 3, batchSize: 3 }).pipe(toArray()))
  const images = labelled(model, batch)
  // coarse: what is looked for is a success, wherever
  const options = { seed: 1, maxSolves: 3, marginTolerance: 0.1, bracketTolerance: 0.1 } as const
  const [rows] = await run([images], model, { ...options, workers: 0 })
  t.same(
    Array.from(rows.status, (code) => STATUSES[code]),
    Array.from(rows.index, () => 'success'),
  )
  t.ok(
    rows.distortion.every((value) => value > 1e-5 && value < 0.01),
    `RMS ${rows.distortion.join(', ')}`,
  )
  t.ok(
    rows.adversarial.every((x) => x >= 0 && x <= 1),
    'in the box',
  )

  const path = join(folder, 'rows.parquet')
  const writer = new ParquetWriter(path)
  await writer.write(TABLES.examples.toArrow(rows))
  await writer.close()
  const [again] = await lastValueFrom(from(readExamples(path)).pipe(toArray()))
  const logits = model.logits(again.adversarial)
  t.same(predictions(logits, model.classes), rows.target, 'fooled as read again')
  const margins = Array.from(again.target, (target, row) => {
    const own = logits.subarray(row * model.classes, (row + 1) * model.classes)
    return (
      own[target] - own.reduce((most, logit, k) => (k === target ? most : Math.max(most, logit)), -Infinity)
    )
  })
  t.ok(
    margins.every((margin, row) => Math.abs(margin - again.margin[row]) < 1e-3 && margin > 0),
    'by its margin',
  )

  const short = { seed: 1, maxEvaluations: 6 }
  const [first] = await run([images], model, { ...short, batchSize: 3, workers: 0 })
  const others = await run([images], model, { ...short, batchSize: 1, workers: 1 })
  t.ok(bytes(others).equals(bytes([first])), 'one at a time, in a thread')
})

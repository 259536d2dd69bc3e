import { lastValueFrom, map, of, toArray, type OperatorFunction } from 'rxjs'
import t from 'tap'
import { attack } from '../../operators/attack.js'
import { amplify } from '../../operators/amplify.js'
import { predictions } from '../../operators/classifier.js'
import { TABLES } from '../../operators/records/tables.js'
import { pairTiles } from '../../sinks/grid/tiles.js'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import { batch } from '../../operators/flow/batch.js'
import { evaluate } from '../../operators/evaluate.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { score } from '../../operators/score.js'
import { takeRight } from '../../operators/takeRight.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { mnist } from '../../sources/mnist.js'
import { gaussians, linearClassifier } from '../oracle/linear.js'

await useBackend()
const SIZE = 784
const linear = (name: string) =>
  linearClassifier(name, SIZE, gaussians(SIZE * 10, 1, name), new Float32Array(10))
const source = linear('source')
const victim = linear('victim')
t.teardown(() => [source, victim].forEach((model) => model.dispose()))

t.test('score: a row per example and victim', async (t) => {
  const images = mnist('test', { limit: 300 })
  const [clean] = await lastValueFrom(images.pipe(batch(300), score([source]), toArray()))
  const right = clean.cleanError.filter((wrong) => wrong === 0).length
  t.ok(right > 5 && right < 100, `a random network gets ${right} of 300 right`)
  t.same(clean.error, clean.cleanError, 'clean images are their own example')
  const scores = await lastValueFrom(images.pipe(attack(source), score([source, victim]), toArray()))
  const of = (model: string) => scores.filter((one) => one.model === model)
  const sum = (name: 'error' | 'cleanError', model: string) =>
    of(model).reduce((total, one) => total + one[name].reduce((a, b) => a + b, 0), 0)
  t.equal(
    of('source').reduce((n, { index }) => n + index.length, 0),
    right,
    'skipped images are no examples',
  )
  t.equal(sum('error', 'source'), right, 'every example fools its model')
  t.equal(sum('cleanError', 'source'), 0)
  t.ok(sum('cleanError', 'victim') > right / 2, 'and the victim is wrong on most of them anyway')
  t.throws(() => score([]), { code: 'bad-option' })
  t.throws(() => score([source, source]), { message: /got two of source/ })
})

t.test('a label that is no class of the network is no error of it', async (t) => {
  const images = mnist('test', { limit: 4 }).pipe(
    map((one) => ({ ...one, label: Int32Array.of(1, 2, 10, 3) })),
  )
  const expected = { code: 'bad-option', message: /mnist test 2: expected a label from 0 to 9, .* got 10/ }
  for (const operator of [score([source]), evaluate(source), takeRight(source, 2), attack(source)])
    await t.rejects(lastValueFrom(images.pipe(operator as OperatorFunction<ImageBatch, unknown>)), expected)
})

t.test('the box of a classifier goes with its examples: clipped, shown and at rest', async (t) => {
  const inner = linearClassifier('wide', 4, gaussians(8, 1, 'wide'), new Float32Array(2))
  t.teardown(() => inner.dispose())
  const model = { ...inner, box: [-1, 3] as const }
  const pixels = Float32Array.of(-1, 3, 2.5, 0, 3, 3, -1, -1, 0.5, 1, -0.5, 2)
  const label = predictions(model.logits(pixels), 2)
  const made = { dataset: 'made', split: 'test', shape: [2, 2, 1] as const, index: Int32Array.of(0, 1, 2) }
  const [batch] = await lastValueFrom(of({ ...made, label, pixels }).pipe(attack(model), toArray()))
  t.same(batch.box, [-1, 3])
  const [back] = TABLES.examples.fromArrow(TABLES.examples.toArrow(batch))
  t.same(back, batch, 'to Arrow and back')
  for (const from of [batch, back]) {
    const shown = await lastValueFrom(of(from).pipe(amplify(2, { clip: true })))
    const free = await lastValueFrom(of(from).pipe(amplify(2)))
    t.same(
      shown.pixels,
      free.pixels.map((x) => Math.min(3, Math.max(-1, x))),
      'amplified',
    )
    t.ok(Math.min(...shown.pixels) < 0 && Math.max(...shown.pixels) > 1)
  }
  const [first] = pairTiles(batch)
  t.same([...first.pixels], [0, 1, 0.875, 0.25], 'black is its low end, white its high one')
  const images = { ...made, label, pixels, box: model.box }
  t.same(TABLES.images.fromArrow(TABLES.images.toArrow(images)), [images])
  t.equal(TABLES.images.toArrow({ ...made, label, pixels }).schema.metadata.has('box'), false)
})

t.test('gaussianNoise: its deviation, a function of the sample alone', async (t) => {
  const noisy = async (size: number, stddev = 0.3, options = {}) =>
    lastValueFrom(
      mnist('test', { limit: 64, batchSize: size }).pipe(gaussianNoise(stddev, options), toArray()),
    )
  const [all] = await noisy(64)
  const noise = all.pixels.map((x, i) => x - all.original[i])
  const mean = noise.reduce((sum, x) => sum + x, 0) / noise.length
  const variance = noise.reduce((sum, x) => sum + (x - mean) ** 2, 0) / noise.length
  // standard errors over 64 × 784 values: 0.0013 and 0.001
  t.ok(
    Math.abs(mean) < 0.006 && Math.abs(Math.sqrt(variance) - 0.3) < 0.005,
    `${mean}, ${Math.sqrt(variance)}`,
  )
  const apart = await noisy(7)
  t.same(Float32Array.from(apart.flatMap(({ pixels }) => [...pixels])), all.pixels, 'whatever the batches')
  t.not((await noisy(64, 0.3, { seed: 2 }))[0].pixels[5], all.pixels[5])
  t.ok((await noisy(64, 0.3, { clip: true }))[0].pixels.every((x) => x >= 0 && x <= 1))
  const wide = mnist('test', { limit: 8 }).pipe(map((images) => ({ ...images, box: [-1, 3] as const })))
  const [inWide] = await lastValueFrom(wide.pipe(gaussianNoise(2, { clip: true }), toArray()))
  const [inOwn] = await lastValueFrom(wide.pipe(gaussianNoise(2, { clip: [-2, 0.5] }), toArray()))
  t.same(
    [Math.min(...inWide.pixels), Math.max(...inWide.pixels), inWide.box],
    [-1, 3, [-1, 3]],
    'the images’ box',
  )
  t.same([Math.min(...inOwn.pixels), Math.max(...inOwn.pixels)], [-2, 0.5], 'or one of one’s own')
  t.throws(() => gaussianNoise(1, { clip: [1, 0] }), { code: 'bad-option', message: /clip: expected/ })
  t.throws(() => gaussianNoise(-1), { code: 'bad-option' })
  t.throws(() => gaussianNoise(1e300), { code: 'bad-option', message: /from 0 to 1000000, got 1e\+300/ })
  t.throws(() => gaussianNoise(1, { clip: [0, 1e300] }), { message: /clip: .*from -1e9 to 1e9/ })
})

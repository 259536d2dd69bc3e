import { lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { attack } from '../../operators/attack.js'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import { batch } from '../../operators/flow/batch.js'
import { score } from '../../operators/score.js'
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
  t.throws(() => score([source, source]), { message: /two models are named source/ })
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
  t.throws(() => gaussianNoise(-1), { code: 'bad-option' })
})

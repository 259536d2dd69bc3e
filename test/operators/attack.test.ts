import { lastValueFrom, map, of, toArray, type Observable } from 'rxjs'
import t, { type Test } from 'tap'
import { attack, type AttackOptions } from '../../operators/attack.js'
import { type Classifier, predictions } from '../../operators/classifier.js'
import { batch as rebatch } from '../../operators/flow/batch.js'
import { randomFor, permutation } from '../../operators/random.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { classifierOf } from '../../operators/tensor/classifier.js'
import { denseNetwork } from '../../operators/tensor/dense.js'
import { loaders } from '../../operators/tensor/load.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { tf } from '../../operators/tensor/tf.js'
import { mnist } from '../../sources/mnist.js'
import { affineOf, targetRegion } from '../oracle/affine.js'
import { leastNormByDual } from '../oracle/dualProgram.js'
import { gaussians, linearClassifier, twoClassOptimum } from '../oracle/linear.js'
import {
  casesOf,
  fixture,
  FIXTURES,
  imagesFor,
  optimaIn,
  reference,
  referenceOptima,
  REFERENCES,
  type Optimum,
} from '../oracle/optima.js'
import { rowsOf, type Row } from '../oracle/rows.js'

const SIZE = 784
const { name: usual } = await useBackend()

const run = async (images: Observable<ImageBatch>, model: Classifier, options: AttackOptions = {}) =>
  (await lastValueFrom(images.pipe(attack(model, options), toArray()))).flatMap(rowsOf)

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const byIndex = (rows: Row[]) => [...rows].sort((a, b) => a.index - b.index || a.target - b.target)

function imagesOf(pixels: Float32Array, size: number, label: (row: number) => number): ImageBatch {
  const n = pixels.length / size
  const index = Int32Array.from({ length: n }, (_, row) => row)
  return { dataset: 'made', split: 'test', shape: [1, size, 1], index, label: index.map(label), pixels }
}

/** Rows for the cases of the optima, and what holds of them wherever and with whatever they were found. */
async function besideScipy(t: Test, model: Classifier, optima: readonly Optimum[], options: AttackOptions) {
  const cases = casesOf(optima)
  const rows = await run(imagesFor(optima), model, { ...options, cases })
  t.same(
    rows.map(({ index, target, status }) => ({ index, target, status })),
    cases.map((one) => ({ ...one, status: 'success' })),
    'every case is a row, in order, and succeeds',
  )
  t.ok(
    rows.every(({ adversarial }) => adversarial.every((x) => x >= 0 && x <= 1)),
    'every pixel is in the box',
  )
  const margins = rows.map(({ adversarial, target }) => {
    const logits = model.logits(adversarial)
    return logits[target] - Math.max(...logits.filter((_, k) => k !== target))
  })
  t.same(
    margins,
    rows.map(({ margin }) => margin),
    'asked one by one, the model gives the same margins',
  )
  t.ok(Math.min(...margins) > 0, 'and they are positive')
  t.ok(
    rows.every((row) => row.polished <= row.distortion),
    'polished: never more than the minimiser',
  )
  t.ok(rows.filter(({ residual }) => residual > 2e-3).length <= 0.02 * rows.length, 'KKT points')
  t.ok(rows.filter(({ monotone }) => monotone === 1).length >= 0.95 * rows.length, 'monotone in c')
  const scipy = mean(optima.map(({ distortion }) => distortion))
  return {
    rows,
    ratios: rows.map(({ distortion }, i) => distortion / optima[i].distortion),
    ratio: mean(rows.map(({ distortion }) => distortion)) / scipy,
    polished: mean(rows.map((row) => row.polished)) / scipy,
  }
}

for (const name of FIXTURES) {
  const optima = optimaIn(fixture(name))
  for (const backend of ['native', 'wasm'] as const) {
    const skip = backend === 'native' && usual !== 'native' ? 'needs the native backend' : false
    t.test(`${name}, ${backend}: as good as scipy`, { skip }, async (t) => {
      await loaders[backend]()
      t.teardown(loaders[usual])
      const model = await loadClassifier(fixture(name))
      t.teardown(() => model.dispose())
      const { rows, ratio, ratios, polished } = await besideScipy(t, model, optima, { workers: 0 })
      t.ok(ratio < 1.0005, `mean distortion is ${ratio.toFixed(5)} of scipy's`)
      t.ok(
        Math.min(...ratios) > 0.995 && Math.max(...ratios) < 1.005,
        `of one image ${Math.min(...ratios)} to ${Math.max(...ratios)}`,
      )
      const multipliers = rows.map(({ c }, i) => c / optima[i].c)
      t.ok(
        Math.min(...multipliers) > 0.99 && Math.max(...multipliers) < 1.001,
        `with the same c: ${Math.min(...multipliers)} to ${Math.max(...multipliers)} of scipy's`,
      )
      t.ok(polished < 0.9995, `polished: ${polished.toFixed(5)} of scipy's`)
    })
  }
}

t.test('linear: scipy and the attack end as far above the exact optimum', async (t) => {
  const model = await loadClassifier(fixture('linear'))
  t.teardown(() => model.dispose())
  const affine = affineOf(model)
  if (affine === undefined) throw new Error('expected a linear classifier')
  const optima = optimaIn(fixture('linear'))
  const images = await lastValueFrom(imagesFor(optima).pipe(rebatch(100)))
  const rows = await run(of(images), model, { cases: casesOf(optima) })
  const gaps = optima.map(({ index, target, distortion }, i) => {
    const x = images.pixels.subarray(index * SIZE, (index + 1) * SIZE)
    const least = leastNormByDual(x, targetRegion(affine, x, target), model.box).atLeast / Math.sqrt(SIZE)
    return { scipy: distortion / least, ours: rows[i].distortion / least, polished: rows[i].polished / least }
  })
  const least = Math.min(...gaps.flatMap(({ scipy, ours, polished }) => [scipy, ours, polished]))
  t.ok(least > 1 - 1e-6, `the optimum is a lower bound: ${least}`)
  const [scipy, ours] = [mean(gaps.map((gap) => gap.scipy)), mean(gaps.map((gap) => gap.ours))]
  t.ok(scipy < 1.025 && Math.abs(ours - scipy) < 5e-4, `method gap: ${ours}, scipy's ${scipy}`)
})

for (const name of REFERENCES) {
  const { path, skip } = reference(name)
  t.test(`${name}: as good as scipy`, { skip }, async (t) => {
    const model = await loadClassifier(path)
    t.teardown(() => model.dispose())
    const optima = referenceOptima(path)
    const { ratio, ratios, polished } = await besideScipy(t, model, optima, {})
    t.ok(ratio < 1.002, `mean distortion is ${ratio.toFixed(5)} of scipy's`)
    const worse = ratios.filter((value) => value > 1.05).length
    t.ok(worse <= 0.03 * ratios.length, `${worse} of ${ratios.length} are more than 5 % worse`)
    t.ok(polished <= 1, `polished: ${polished.toFixed(5)} of scipy's`)

    const norm = await run(imagesFor(optima), model, { cases: casesOf(optima), penalty: 'norm' })
    const scipy = mean(optima.map(({ distortion }) => distortion))
    const other = mean(norm.map((row) => row.distortion)) / scipy
    t.ok(Math.abs(other - 1) < 0.01, `‖r‖ in place of ‖r‖² leads to the same boundary: ${other.toFixed(5)}`)
  })
}

t.test('a row depends on nothing but its image', async (t) => {
  const model = await loadClassifier(fixture('FC48-10'))
  t.teardown(() => model.dispose())
  const tensors = tf.memory().numTensors
  const images = () => mnist('test', { limit: 24, shuffle: 3, batchSize: 24 })
  const expected = byIndex(await run(images(), model))
  t.ok(expected.some(({ status }) => status === 'success'))
  for (const batchSize of [1, 3, 8, 20, 257]) {
    const rows = await run(images().pipe(rebatch(batchSize)), model, { batchSize })
    t.same(byIndex(rows), expected, `the same bits for batches of ${batchSize}`)
  }
  const order = permutation(24, randomFor(1, 'order'))
  const shuffled = images().pipe(
    map((batch): ImageBatch => {
      const pixels = new Float32Array(batch.pixels.length)
      order.forEach((from, to) =>
        pixels.set(batch.pixels.subarray(from * SIZE, (from + 1) * SIZE), to * SIZE),
      )
      return {
        ...batch,
        pixels,
        index: order.map((i) => batch.index[i]),
        label: order.map((i) => batch.label[i]),
      }
    }),
  )
  t.same(byIndex(await run(shuffled, model)), expected, 'the same bits in another order')
  t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
})

t.test('kinks: a ReLU network is fooled everywhere, too', async (t) => {
  const relu = { kind: 'activation', activation: 'relu' } as const
  const layer = (name: string, from: number, to: number) =>
    ({
      kind: 'linear',
      kernel: tf.tensor2d(gaussians(from * to, Math.sqrt(2 / from), name), [from, to]),
      bias: tf.tensor1d(gaussians(to, 0.1, name, 'bias')),
    }) as const
  const [first, second, third] = [layer('a', SIZE, 60), layer('b', 60, 60), layer('c', 60, 10)]
  const model = classifierOf('relu', 'relu', denseNetwork([SIZE], [first, relu, second, relu, third]))
  t.teardown(() => model.dispose())
  const [images] = await lastValueFrom(mnist('test', { limit: 100, batchSize: 100 }).pipe(toArray()))
  const label = predictions(model.logits(images.pixels), 10)
  const rows = await run(of({ ...images, label }), model)
  t.same(
    rows.filter(({ status }) => status !== 'success'),
    [],
  )
})

t.test('saturated networks, and another box', async (t) => {
  const random = randomFor(3, 'saturated')
  for (const scale of [1e-3, 1, 100, 1000]) {
    const model = linearClassifier('steep', 80, gaussians(800, scale, 'steep'), new Float32Array(10))
    const pixels = Float32Array.from({ length: 40 * 80 }, () => random.uniform())
    const label = predictions(model.logits(pixels), 10)
    const rows = await run(of(imagesOf(pixels, 80, (row) => label[row])), model)
    t.ok(
      rows.every(({ status }) => status === 'success'),
      `weights × ${scale}: ${rows.map(({ reason }) => reason).join(' ')}`,
    )
    model.dispose()
  }
  const inner = linearClassifier('inner', 80, gaussians(800, 1, 'inner'), new Float32Array(10))
  const model = { ...inner, box: [-1, 3] as const }
  const pixels = Float32Array.from({ length: 20 * 80 }, () => 4 * random.uniform() - 1)
  const label = predictions(model.logits(pixels), 10)
  const rows = await run(of(imagesOf(pixels, 80, (row) => label[row])), model)
  t.ok(
    rows.every(
      ({ status, adversarial }) => status === 'success' && adversarial.every((x) => x >= -1 && x <= 3),
    ),
  )
  t.ok(
    rows.some(({ adversarial }) => adversarial.some((x) => x < 0 || x > 1)),
    'the box is the classifier’s',
  )
  t.throws(() => attack(inner, { penalty: 'l1' as 'norm' }), {
    message: /penalty: expected one of squared, norm/,
  })
  inner.dispose()
})

t.test('unsubscribing in mid-flight stops the source and frees every tensor', async (t) => {
  const model = linearClassifier('linear', SIZE, gaussians(SIZE * 10, 1, 'cancel'), new Float32Array(10))
  t.teardown(() => model.dispose())
  const tensors = tf.memory().numTensors
  let read = 0
  const images = mnist('test', { batchSize: 8 }).pipe(map((batch) => (read++, batch)))
  await new Promise<void>((resolve) => {
    const subscription = images.pipe(attack(model, { batchSize: 32 })).subscribe(() => {
      subscription.unsubscribe()
      resolve()
    })
  })
  const atOnce = read
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.ok(atOnce < 100 && read === atOnce, `${read} of 1,250 batches were read`)
  t.equal(tf.memory().numTensors, tensors)
})

t.test('two linear classes: the closed form', async (t) => {
  const size = 50
  const weights = gaussians(2 * size, 1, 'weights')
  const model = linearClassifier('linear', size, weights, Float32Array.of(0, 0))
  const random = randomFor(7, 'images')
  const pixels = Float32Array.from({ length: 64 * size }, () => random.uniform())
  const logits = model.logits(pixels)
  const images = imagesOf(pixels, size, (row) => (logits[2 * row] > logits[2 * row + 1] ? 0 : 1))
  const rows = await run(of(images), model, {
    marginTolerance: 1e-5,
    bracketTolerance: 1e-6,
    residualTolerance: 1e-5,
  })
  const optimum = rows.map(({ index, target }) => {
    const sign = target === 1 ? 1 : -1
    const w = Float64Array.from({ length: size }, (_, i) => sign * (weights[2 * i + 1] - weights[2 * i]))
    return twoClassOptimum(pixels.subarray(index * size, (index + 1) * size), w, 0)
  })
  const excess = rows.map(({ distortion }, i) => (distortion * Math.sqrt(size)) / optimum[i] - 1)
  // a success keeps 1e-5 of the largest logit from the boundary, at most three times that
  const allowed = rows.map(({ index }) => {
    const [a, b] = logits.subarray(2 * index, 2 * index + 2)
    return 2e-5 + (3.1e-5 * Math.max(Math.abs(a), Math.abs(b))) / Math.abs(a - b)
  })
  t.ok(rows.every(({ status }) => status === 'success'))
  t.ok(Math.min(...excess) > -1e-5, `the optimum is a lower bound: ${Math.min(...excess)}`)
  t.same(
    excess.filter((value, i) => value > allowed[i]),
    [],
    'no example is further from it than the tolerances allow',
  )
})

t.test('goals, skipped and failed rows', async (t) => {
  const size = 20
  const classes = 4
  const model = linearClassifier(
    'linear',
    size,
    gaussians(size * classes, 1, 'goals'),
    new Float32Array(classes),
  )
  const random = randomFor(7, 'goal images')
  const pixels = Float32Array.from({ length: 12 * size }, () => 0.25 + 0.5 * random.uniform())
  const logits = model.logits(pixels)
  const ranked = Array.from({ length: 12 }, (_, row) =>
    [...logits.subarray(row * classes, (row + 1) * classes).entries()]
      .sort((a, b) => b[1] - a[1])
      .map(([k]) => k),
  )
  // the last image comes with a wrong label
  const images = imagesOf(pixels, size, (row) => (row === 11 ? ranked[row][1] : ranked[row][0]))
  const by = async (options: AttackOptions) => run(of(images), model, options)

  const all = await by({ goal: 'all' })
  t.equal(all.length, 12 * (classes - 1), 'all: a row for every wrong class')
  const untargeted = await by({ goal: 'untargeted' })
  t.same(
    untargeted.slice(0, 11).map(({ distortion }) => distortion),
    ranked
      .slice(0, 11)
      .map((_, row) => Math.min(...all.filter(({ index }) => index === row).map((r) => r.distortion))),
    'untargeted: the least of all',
  )
  t.same(
    untargeted.map(({ evaluations }) => evaluations),
    ranked.map((_, row) =>
      all.filter(({ index }) => index === row).reduce((sum, r) => sum + r.evaluations, 0),
    ),
    'at the cost of all',
  )
  t.same(
    (await by({ goal: 'runner-up' })).slice(0, 11).map((row) => row.target),
    ranked.slice(0, 11).map((r) => r[1]),
  )
  t.same(
    (await by({ goal: 'least-likely' })).slice(0, 11).map((row) => row.target),
    ranked.slice(0, 11).map((r) => r[3]),
  )
  const last = all.slice(-1)[0]
  t.match(last, { status: 'skipped', reason: 'misclassified', distortion: NaN, evaluations: 0 })

  const given = [
    { index: 2, target: ranked[2][0] },
    { index: 1, target: ranked[1][2] },
    { index: 1, target: ranked[1][1] },
  ]
  const cases = await by({ cases: given })
  t.same(
    cases.map(({ index, target, status, reason }) => [index, target, status, reason]),
    [
      [1, ranked[1][2], 'success', 'none'],
      [1, ranked[1][1], 'success', 'none'],
      [2, ranked[2][0], 'skipped', 'already-target'],
    ],
    'cases: exactly these',
  )
  const aimed = await by({ target: 2 })
  t.same(
    aimed.slice(0, 11).map(({ target, status, reason }) => [target, status, reason]),
    ranked
      .slice(0, 11)
      .map(([label]) => (label === 2 ? [2, 'skipped', 'already-target'] : [2, 'success', 'none'])),
    'target: one class for all',
  )
  for (const [options, message] of [
    [{ target: 1, cases: [] }, /one of goal, target and cases, got target and cases/],
    [{ goal: 'all', target: 1 }, /got goal and target/],
    [{ memory: 1001 }, /memory: expected at most 1000/],
    [{ residualTolerance: Infinity }, /residualTolerance: expected a number over 0/],
    [{ workers: 257 }, /workers: expected a whole number from 0 to 256/],
  ] as const) {
    t.throws(() => attack(model, options), { code: 'bad-option', message })
  }
  await t.rejects(by({ cases: [{ index: 0, target: 9 }] }), {
    code: 'bad-option',
    message: /cases, index 0: .*0 to 3, got 9/,
  })
  t.throws(() => attack(model, { goal: 'nearest' as 'random' }), { message: /goal: expected one of random/ })
  t.throws(() => attack(model, { maxSolves: 0 }), {
    message: /maxSolves: expected a whole number from 1, got 0/,
  })
  await t.rejects(run(mnist('test', { limit: 1 }), model), {
    code: 'bad-option',
    message: /images of 784 values each.*takes 20/,
  })

  const scaled = { ...images, pixels: pixels.map((x) => 255 * x) }
  await t.rejects(run(of(scaled), model), {
    code: 'bad-data',
    message: /made test 0: expected pixels in \[0, 1\]/,
  })
  const short = { ...images, pixels: pixels.subarray(size) }
  await t.rejects(run(of(short), model), { code: 'bad-option', message: /110 values for 6 images/ })

  const single = { ...model, name: 'single', classes: 1 }
  await t.rejects(run(of(images), single), {
    code: 'bad-model',
    message: /single: classes: expected two or more/,
  })
  const hasty = (await by({ maxSolves: 1, maxEvaluations: undefined })).filter(
    (row) => row.status === 'failed',
  )
  t.ok(hasty.length > 0 && hasty.every(({ reason }) => reason === 'budget'), 'too few values of c')
  const forgetful: Classifier = {
    ...model,
    logitGradient(x, weigh) {
      const { logits, gradient } = model.logitGradient(x, weigh)
      return { logits, gradient: gradient.subarray(1) }
    },
  }
  await t.rejects(run(of(images), forgetful), { code: 'bad-model', message: /gradient values for/ })

  const budget = await by({ goal: 'runner-up', maxEvaluations: 1 })
  t.same([...new Set(budget.map(({ reason }) => reason))], ['budget', 'misclassified'])
  const deaf = linearClassifier('deaf', size, new Float32Array(size * 2), Float32Array.of(1, 0))
  const unreachable = await run(of(imagesOf(pixels, size, () => 0)), deaf)
  t.ok(unreachable.every(({ status, reason }) => status === 'failed' && reason === 'unreachable'))
  const broken = linearClassifier('broken', size, new Float32Array(size * 2).fill(NaN), Float32Array.of(1, 0))
  const nonFinite = await run(of(imagesOf(pixels, size, () => 0)), broken)
  t.ok(nonFinite.every(({ status, reason }) => status === 'failed' && reason === 'non-finite'))
})

t.test('the perturbation’s norm over the image’s', async (t) => {
  const model = linearClassifier('relative', 6, gaussians(18, 1, 'relative'), new Float32Array(3))
  t.teardown(() => model.dispose())
  const random = randomFor(1, 'relative')
  // the last image is of zeros alone: its norm divides nothing
  const pixels = Float32Array.from({ length: 60 }, (_, i) => (i < 54 ? random.uniform() : 0))
  const predicted = predictions(model.logits(pixels), 3)
  const images = imagesOf(pixels, 6, (row) => (row === 0 ? (predicted[0] + 1) % 3 : predicted[row]))
  const batch = await lastValueFrom(of(images).pipe(attack(model, { goal: 'untargeted', workers: 0 })))
  const { relativeL2, l2, original, status } = batch
  t.same(
    [status[0] === 0, status[9] === 0, relativeL2.length],
    [false, true, 10],
    'one skipped, the last fooled',
  )
  const expected = Array.from(
    l2,
    (norm, row) => norm / Math.hypot(...original.subarray(6 * row, 6 * row + 6)),
  )
  t.ok(
    expected.slice(1, 9).every((value, i) => Math.abs(relativeL2[i + 1] / value - 1) < 1e-12),
    'by its definition',
  )
  t.same([relativeL2[0], relativeL2[9]], [NaN, NaN])
})

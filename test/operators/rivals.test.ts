import { lastValueFrom, of, toArray, type Observable, type OperatorFunction } from 'rxjs'
import t from 'tap'
import type { AimOptions } from '../../operators/engine/aimOptions.js'
import { attack } from '../../operators/attack.js'
import { type Classifier, predictions } from '../../operators/classifier.js'
import { decoupledDirectionNorm } from '../../operators/decoupledDirectionNorm.js'
import { deepFool } from '../../operators/deepFool.js'
import { batch as rebatch } from '../../operators/flow/batch.js'
import { randomFor } from '../../operators/random.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { tf } from '../../operators/tensor/tf.js'
import { mnist } from '../../sources/mnist.js'
import { gaussians, linearClassifier, twoClassOptimum } from '../oracle/linear.js'
import { casesOf, reference, referenceOptima, REFERENCES } from '../oracle/optima.js'
import { rowsOf } from '../oracle/rows.js'

await useBackend()

type Rival = OperatorFunction<ImageBatch, AdversarialBatch>
type Options = AimOptions & { batchSize?: number; iterations?: number }
const RIVALS: Record<string, (model: Classifier, options?: Options) => Rival> = {
  deepfool: deepFool,
  ddn: decoupledDirectionNorm,
}

const batches = (images: Observable<ImageBatch>, rival: Rival) => lastValueFrom(images.pipe(rival, toArray()))
const run = async (images: Observable<ImageBatch>, rival: Rival) =>
  (await batches(images, rival)).flatMap(rowsOf)

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const marginOf = (model: Classifier, pixels: Float32Array, target: number) => {
  const logits = model.logits(pixels)
  return logits[target] - Math.max(...logits.filter((_, k) => k !== target))
}

/** `n` images, the values uniform in [low, high], each of the class that the model sees. */
function seen(model: Classifier, n: number, [low, high]: readonly [number, number]): ImageBatch {
  const size = model.inputShape[0]
  const random = randomFor(7, 'images', model.name)
  const pixels = Float32Array.from({ length: n * size }, () => low + (high - low) * random.uniform())
  const index = Int32Array.from({ length: n }, (_, row) => row)
  const label = predictions(model.logits(pixels), model.classes)
  return { dataset: 'made', split: 'test', shape: [1, size, 1], index, label, pixels }
}

function linear(name: string, size: number, classes: number, bias = 0): Classifier {
  const weights = gaussians(size * classes, 1, name)
  return linearClassifier(name, size, weights, new Float32Array(classes).fill(bias, 0, 1))
}

t.test('two linear classes: the closed form', async (t) => {
  const [size, bias] = [50, 8]
  const model = linear('two', size, 2, bias)
  t.teardown(() => model.dispose())
  const weights = gaussians(2 * size, 1, 'two')
  const optima = ({ pixels, label }: ImageBatch) =>
    Array.from(label, (from, row) => {
      const sign = from === 0 ? 1 : -1
      const w = Float64Array.from({ length: size }, (_, i) => sign * (weights[2 * i + 1] - weights[2 * i]))
      return twoClassOptimum(pixels.subarray(row * size, (row + 1) * size), w, -sign * bias)
    })

  const inside = seen(model, 64, [0.45, 0.55])
  const one = await run(of(inside), deepFool(model))
  t.ok(
    one.every(({ iterations, evaluations }) => iterations === 1 && evaluations === 2),
    'DeepFool: one step where the box does not bind',
  )
  const overshoot = optima(inside).map((least, row) => one[row].l2 / (least + 1e-4))
  t.ok(
    overshoot.every((ratio) => ratio > 1.0199 && ratio < 1.0203),
    `and its overshoot of 0.02 and 1e-4: ${Math.min(...overshoot)} to ${Math.max(...overshoot)}`,
  )
  const bound = seen(model, 64, [0, 1])
  for (const [name, images, most] of [
    ['inside', inside, 1.03],
    ['bound', bound, 1.05],
  ] as const) {
    const ddn = await run(of(images), decoupledDirectionNorm(model))
    const excess = optima(images).map((least, row) => ddn[row].l2 / least)
    t.ok(
      ddn.every(({ status, evaluations }) => status === 'success' && evaluations === 101) &&
        Math.min(...excess) > 1 - 1e-5 &&
        Math.max(...excess) < most,
      `DDN, ${name}: ${Math.min(...excess)} to ${Math.max(...excess)} of the optimum`,
    )
  }
  const clipped = await run(of(bound), deepFool(model))
  const excess = optima(bound).map((least, row) => clipped[row].l2 / least)
  t.ok(
    Math.min(...excess) > 1 && Math.max(...excess) < 1.3 && clipped.some((row) => row.iterations > 1),
    `DeepFool, bound: ${Math.min(...excess)} to ${Math.max(...excess)} of the optimum`,
  )
  t.ok([...clipped, ...one].every(({ adversarial }) => adversarial.every((x) => x >= 0 && x <= 1)))
})

t.test('many linear classes: the nearest boundary, the target, and a box of another size', async (t) => {
  const [size, classes] = [60, 6]
  const model = linear('many', size, classes)
  t.teardown(() => model.dispose())
  const weights = gaussians(size * classes, 1, 'many')
  const images = seen(model, 40, [0.45, 0.55])
  const logits = model.logits(images.pixels)
  // the boundary between two classes is a plane, and so the nearest wrong region begins at the nearest of them
  const nearest = Array.from(images.label, (label, row) => {
    const z = logits.subarray(row * classes, (row + 1) * classes)
    const away = Array.from(z, (value, k) => {
      const w = Array.from(
        { length: size },
        (_, i) => weights[i * classes + k] - weights[i * classes + label],
      )
      return k === label ? Infinity : (z[label] - value) / Math.hypot(...w)
    })
    return { target: away.indexOf(Math.min(...away)), least: Math.min(...away) }
  })
  const deep = await run(of(images), deepFool(model))
  t.same(
    deep.map(({ target }) => target),
    nearest.map(({ target }) => target),
  )
  t.ok(
    deep.every(({ l2 }, row) => Math.abs(l2 / (nearest[row].least + 1e-4) - 1.02) < 1e-3),
    'DeepFool: the nearest plane',
  )
  t.ok(
    deep.every(({ evaluations }) => evaluations === classes),
    'a gradient for each wrong class and a check',
  )
  const ddn = await run(of(images), decoupledDirectionNorm(model, { goal: 'untargeted' }))
  const excess = ddn.map(({ l2 }, row) => l2 / nearest[row].least)
  t.ok(
    Math.min(...excess) > 1 - 1e-5 && mean(excess) < 1.1,
    `DDN: ${mean(excess)} of the least, ${Math.min(...excess)} at least`,
  )

  // the same network and images with pixels in [-3, 5]
  const shift = Float32Array.from({ length: classes }, (_, k) =>
    images.pixels.subarray(0, size).reduce((sum, _x, i) => sum + (3 / 8) * weights[i * classes + k], 0),
  )
  const scaled = linearClassifier(
    'scaled',
    size,
    weights.map((w) => w / 8),
    shift,
  )
  t.teardown(() => scaled.dispose())
  const wide: Classifier = { ...scaled, box: [-3, 5] }
  const spread = { ...images, pixels: images.pixels.map((x) => 8 * x - 3) }
  for (const [name, rival] of Object.entries(RIVALS)) {
    const rows = await run(of(images), rival(model, { goal: 'runner-up' }))
    const wider = await run(of(spread), rival(wide, { goal: 'runner-up' }))
    const ratios = wider.map(({ l2 }, row) => l2 / rows[row].l2)
    t.ok(
      rows.every(({ status }) => status === 'success') &&
        ratios.every((ratio) => Math.abs(ratio / 8 - 1) < 0.01),
      `${name}: in proportion to the box, ${Math.min(...ratios)} to ${Math.max(...ratios)}`,
    )
  }
})

for (const name of REFERENCES) {
  const { path, skip } = reference(name)
  t.test(`${name}: beside scipy and attack`, { skip }, async (t) => {
    const model = await loadClassifier(path)
    t.teardown(() => model.dispose())
    const tensors = tf.memory().numTensors
    const optima = referenceOptima(path)
    const cases = casesOf(optima)
    const images = () => mnist('test', { limit: 100 })
    const first = () => mnist('test', { limit: 16 })
    const least = await run(first(), attack(model, { goal: 'untargeted' }))
    for (const [method, rival] of Object.entries(RIVALS)) {
      const rows = await run(images(), rival(model, { cases }))
      t.same(
        rows.map(({ index, target }) => ({ index, target })),
        cases,
        `${method}: every case is a row, in order`,
      )
      const untargeted = await run(first(), rival(model, { goal: 'untargeted' }))
      // a quadratic programme's exact optimum, an SQP's local one, and what attack finds, which is not the least
      for (const [goal, all, optimum, lowest] of [
        ['cases', rows, optima.map((one) => one.least), name === 'FC10_1e-2' ? 0.9999 : 0.97],
        ['untargeted', untargeted, least.map(({ distortion }) => distortion), 0.8],
      ] as const) {
        const searched = all.filter(({ status }) => status !== 'skipped')
        const ended = all.flatMap(({ status, distortion }, row) =>
          status === 'success' ? distortion / optimum[row] : [],
        )
        t.ok(
          searched.every(({ reason }) => reason === 'none') && ended.length === searched.length,
          `${method}, ${goal}: ${ended.length} of ${searched.length} succeed`,
        )
        t.ok(
          Math.min(...ended) > lowest && mean(ended) > (goal === 'cases' ? 1 : 0.95) && mean(ended) < 1.4,
          `${method}, ${goal}: ${mean(ended)} of the optimum on average, ${Math.min(...ended)} at least`,
        )
      }
      t.same(
        untargeted.map(({ status }) => status === 'skipped'),
        least.map(({ status }) => status === 'skipped'),
      )
      const found = [...rows, ...untargeted].filter(({ status }) => status === 'success')
      t.ok(
        found.every(({ adversarial }) => adversarial.every((x) => x >= 0 && x <= 1)),
        'every pixel is in the box',
      )
      t.ok(
        found.every(
          ({ adversarial, target, margin }) => margin > 0 && marginOf(model, adversarial, target) === margin,
        ),
        'asked one by one, the model gives the same margins, and they are positive',
      )
      const order = (all: typeof rows) => [...all].sort((a, b) => a.index - b.index || a.target - b.target)
      const few = { goal: 'untargeted', iterations: 10 } as const
      const some = () => mnist('test', { limit: 8, shuffle: 3, batchSize: 8 })
      const alone = order(await run(some(), rival(model, few)))
      for (const batchSize of [1, 5, 257]) {
        t.same(
          order(await run(some().pipe(rebatch(batchSize)), rival(model, { ...few, batchSize }))),
          alone,
          `${method}: the same bits for batches of ${batchSize}`,
        )
      }
      t.same(order(await run(some(), rival(model, { ...few, batchSize: 7 }))), alone, 'and for 7 at a time')
    }
    t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
  })
}

{
  const { path, skip } = reference('FC10_1e-2')
  t.test('DeepFool ends as its reference does, also where the box holds pixels back', { skip }, async (t) => {
    const model = await loadClassifier(path)
    t.teardown(() => model.dispose())
    const rows = await run(mnist('test', { limit: 256 }), deepFool(model))
    const found = rows.filter(({ status }) => status === 'success')
    t.same([found.length, rows.filter(({ status }) => status === 'failed').length], [239, 0])
    // of the algorithm of foolbox 3.3.4 (L2DeepFoolAttack, ten candidates) in double precision on the same images
    const distortion = mean(found.map((row) => row.distortion))
    t.ok(Math.abs(distortion / 0.045632032916 - 1) < 1e-4, `mean distortion ${distortion}`)
    const iterations = found.map((row) => row.iterations)
    t.match([mean(iterations).toFixed(2), Math.max(...iterations)], ['7.54', 13], 'in as many steps')
  })
}

t.test('goals, columns, skipped and failed rows, and options', async (t) => {
  const [size, classes] = [20, 4]
  const model = linear('goals', size, classes)
  t.teardown(() => model.dispose())
  const made = seen(model, 12, [0.25, 0.75])
  // the last image comes with a wrong label
  const images = { ...made, label: made.label.map((k, row) => (row === 11 ? (k + 1) % classes : k)) }
  for (const [method, rival] of Object.entries(RIVALS)) {
    const by = (options: Options) => run(of(images), rival(model, options))
    const all = await by({ goal: 'all' })
    t.equal(all.length, 12 * (classes - 1))
    t.match(all.at(-1), { status: 'skipped', reason: 'misclassified', distortion: NaN, evaluations: 0 })
    const [batch] = await batches(of(images), rival(model, { target: 2, run: 'r' }))
    t.match(batch, { method, goal: 'target', run: 'r', sourceModel: 'goals' })
    for (const name of ['c', 'residual', 'bracketWidth', 'polishedDistortion'] as const) {
      t.ok(batch[name].every(Number.isNaN), `${method} has no ${name}`)
    }
    t.ok(batch.monotone.every((x) => x === -1) && batch.solves.every((x) => x === 0))
    t.same(
      rowsOf(batch).map(({ target, reason }) => [target, reason]),
      Array.from(images.label, (label, row) => [
        2,
        row === 11 ? 'misclassified' : label === 2 ? 'already-target' : 'none',
      ]),
    )
    const [first] = await batches(of(images), rival(model, { goal: 'untargeted', iterations: 40 }))
    t.ok(first.index.every((_, row) => row === 11 || first.target[row] === first.adversarialPrediction[row]))

    const reasonsOf = async (network: Classifier, label: number, options: Options = {}) => {
      const every = { ...made, label: made.label.map(() => label) }
      const rows = await run(of(every), rival(network, options))
      network.dispose()
      return [...new Set(rows.map(({ status, reason }) => `${status} ${reason}`))]
    }
    const biased = (name: string, value: number, bias: number) =>
      linearClassifier(name, size, new Float32Array(size * 2).fill(value), Float32Array.of(bias, 0))
    t.same(await reasonsOf(biased('deaf', 0, 1), 0), ['failed unreachable'])
    t.same(await reasonsOf(biased('broken', NaN, 1), 0), ['failed non-finite'])
    // out of reach within the box
    const far = gaussians(size * 2, 1, 'far')
    t.same(
      await reasonsOf(linearClassifier('far', size, far, Float32Array.of(1e3, 0)), 0, { iterations: 5 }),
      ['failed budget'],
    )
    const sick: Classifier = {
      ...model,
      logitGradient: (pixels, weigh) => {
        const { logits, gradient } = model.logitGradient(pixels, weigh)
        return { logits, gradient: gradient.fill(NaN) }
      },
    }
    t.same(
      (await run(of(made), rival(sick))).map(({ reason }) => reason),
      Array.from(made.index, () => 'non-finite'),
    )
    t.throws(() => rival(model, { iterations: 0 }), { code: 'bad-option', message: /iterations: expected/ })
    t.throws(() => rival(model, { goal: 'nearest' as 'random' }), { message: /goal: expected one of random/ })
  }
  t.throws(() => deepFool(model, { overshoot: -1 }), { code: 'bad-option', message: /overshoot.*got -1/ })
  t.throws(() => decoupledDirectionNorm(model, { gamma: 1 }), { message: /gamma.*got 1/ })
  t.throws(() => decoupledDirectionNorm(model, { levels: 1 }), { message: /levels.*got 1/ })
  const rounded = await run(of(made), decoupledDirectionNorm(model, { levels: 256 }))
  t.ok(
    rounded.every(({ adversarial }) =>
      adversarial.every((x) => Math.abs(255 * x - Math.round(255 * x)) < 1e-4),
    ),
    'levels: the example is of 256 grey levels',
  )
})

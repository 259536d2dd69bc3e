import { lastValueFrom, of, toArray, type OperatorFunction } from 'rxjs'
import t from 'tap'
import { attack } from '../../operators/attack.js'
import { type Classifier, predictions } from '../../operators/classifier.js'
import { decoupledDirectionNorm } from '../../operators/decoupledDirectionNorm.js'
import { deepFool } from '../../operators/deepFool.js'
import { rounding } from '../../operators/minimize/standing.js'
import { randomFor } from '../../operators/random.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { PlainGoal } from '../../operators/records/codes.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { classifierOf } from '../../operators/tensor/classifier.js'
import { denseNetwork } from '../../operators/tensor/dense.js'
import { tf } from '../../operators/tensor/tf.js'
import { affineOf, targetRegion, type Affine } from '../oracle/affine.js'
import { gaussians, linearClassifier } from '../oracle/linear.js'
import { leastNorm } from '../oracle/quadraticProgram.js'
import { rowsOf, type Row } from '../oracle/rows.js'

await useBackend()
const SIZE = 80

type Options = { readonly goal?: PlainGoal }
type Method = (model: Classifier, options: Options) => OperatorFunction<ImageBatch, AdversarialBatch>
const METHODS: Readonly<Record<string, Method>> = {
  'c ‖r‖²': attack,
  'c ‖r‖': (model, options) => attack(model, { ...options, penalty: 'norm' }),
  deepfool: deepFool,
  ddn: decoupledDirectionNorm,
}

/** Images as digits are: most pixels on the box's edges, so that its bounds bind. */
function digits(n: number): Float32Array {
  const random = randomFor(7, 'digits')
  return Float32Array.from({ length: n * SIZE }, () => {
    const kind = random.uniform()
    return kind < 0.5 ? 0 : kind < 0.7 ? 1 : random.uniform()
  })
}

/** Of the class that the model sees. */
function seenBy(model: Classifier, pixels: Float32Array): ImageBatch {
  const label = predictions(model.logits(pixels), model.classes)
  const index = label.map((_, row) => row)
  return { dataset: 'made', split: 'test', shape: [1, pixels.length / label.length, 1], index, label, pixels }
}

const run = async (images: ImageBatch, operator: OperatorFunction<ImageBatch, AdversarialBatch>) =>
  (await lastValueFrom(of(images).pipe(operator, toArray()))).flatMap(rowsOf)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const reasons = (rows: readonly Row[]) => [...new Set(rows.map(({ reason }) => reason))]

/** ‖r‖ over that of the exact optimum, which is the same whatever the logits are multiplied by. */
function excessesOver(affine: Affine, { pixels }: ImageBatch): (rows: readonly Row[]) => number[] {
  const optima = new Map<string, number>()
  return (rows) =>
    rows.map(({ index, target, l2 }) => {
      const key = `${index} ${target}`
      const x = pixels.subarray(index * SIZE, (index + 1) * SIZE)
      const optimum = optima.get(key) ?? leastNorm(x, targetRegion(affine, x, target), [0, 1])
      optima.set(key, optimum)
      return l2 / optimum - 1
    })
}

for (const classes of [2, 10, 1000]) {
  const weights = gaussians(SIZE * classes, 1, 'weights')
  const bias = gaussians(classes, 1, 'bias')
  const times = (scale: number, offset = 0) =>
    linearClassifier(
      'linear',
      SIZE,
      weights.map((w) => scale * w),
      bias.map((b) => scale * b + offset),
    )

  t.test(`${classes} classes, the last layer multiplied: the least perturbation stays`, async (t) => {
    const model = times(1)
    const affine = affineOf(model)
    if (affine === undefined) throw new Error('expected a linear classifier')
    const images = seenBy(model, digits(classes === 1000 ? 2 : 3))
    model.dispose()
    const excesses = excessesOver(affine, images)
    const scales = classes === 1000 ? [1e-8, 1, 1e8] : [1e-8, 1e-5, 1, 1e3, 1e5, 1e8]
    const models = new Map(scales.map((scale) => [scale, times(scale)]))
    t.teardown(() => {
      for (const scaled of models.values()) scaled.dispose()
    })
    for (const goal of classes === 10 ? (['random', 'untargeted'] as const) : (['random'] as const)) {
      for (const [name, method] of Object.entries(METHODS)) {
        const found = new Map<number, number[]>()
        for (const [scale, scaled] of models) {
          const rows = await run(images, method(scaled, { goal }))
          t.same(reasons(rows), ['none'], `${name}, ${goal}, × ${scale}`)
          const excess = excesses(rows)
          t.ok(Math.min(...excess) > -1e-5, `the optimum is a lower bound: ${Math.min(...excess)}`)
          found.set(scale, excess)
        }
        const isAttack = name.startsWith('c ')
        const odd = [...found].flatMap(([scale, excess]) => (scale === 1 ? [] : [excess]))
        const most = Math.max(...odd.map(mean))
        t.ok(most < (isAttack ? 0.004 : 0.06), `${name}, ${goal}: ${most} above the optimum`)
        const apart = odd[0].map((_, i) => {
          const one = odd.map((excess) => excess[i])
          return Math.max(...one) - Math.min(...one)
        })
        // a step of DDN changes the norm by 5 %, and rounding decides some of them
        const tolerance = { deepfool: 1e-4, ddn: 0.05 }[name] ?? 0.003
        t.ok(Math.max(...apart) < tolerance, `${name}, ${goal}: ${Math.max(...apart)} apart`)
        const own = found.get(1)
        if (own) t.ok(mean(own) - most > (name === 'deepfool' ? -1e-4 : -0.005), 'as sharp as is of use')
      }
    }
  })

  t.test(`${classes} classes, the logits shifted: the same but for what float32 keeps`, async (t) => {
    const model = times(1)
    t.teardown(() => model.dispose())
    const images = seenBy(model, digits(classes === 1000 ? 2 : 3))
    const others = [
      [1, 1e5],
      [1, -1e6],
      [1e5, 1e6],
      [1e-3, 10],
    ].map(([scale, offset]) => ({ scale, offset, shifted: times(scale, offset) }))
    t.teardown(() => {
      for (const { shifted } of others) shifted.dispose()
    })
    for (const [name, method] of Object.entries(METHODS)) {
      for (const goal of ['random', 'runner-up'] as const) {
        const straight = await run(images, method(model, { goal }))
        for (const { scale, offset, shifted } of others) {
          // the runner-up of rounded logits can be another
          const cases = straight.map(({ index, target }) => ({ index, target }))
          const seen = seenBy(shifted, images.pixels)
          const rows = await run(seen, method(shifted, { cases } as Options))
          t.same(reasons(rows), ['none'], `${name}, ${goal}, × ${scale} + ${offset}`)
          // the clean image's own margin, and what a success needs of it
          const share = rows.map(({ index, target }) => {
            const logits = shifted.logits(images.pixels.subarray(index * SIZE, (index + 1) * SIZE))
            return (4 * rounding(logits)) / (Math.max(...logits) - logits[target])
          })
          const beyond = rows.map(({ l2 }, i) => l2 / straight[i].l2 - 1 - 2 * share[i])
          t.ok(Math.max(...beyond) < 0.05, `${name}, ${goal}: ${Math.max(...beyond)} further`)
        }
      }
    }
  })
}

/**
 * How near a method comes to a boundary that the image is on. DDN's sphere has shrunk by 0.95 in each of its 100 steps that
 * fools, to 0.006, and grown by 1.05 in each that does not; which do is the last bit's, another on each processor: with 28
 * of them it is 0.1.
 */
const near = (method: string) => (method === 'ddn' ? 0.1 : 0.02)

t.test('ties of two, of many and of all classes, on black, white and grey', async (t) => {
  const classes = 6
  const weights = gaussians(SIZE * classes, 1, 'ties')
  const column = (k: number) => Array.from({ length: SIZE }, (_, i) => weights[i * classes + k])
  for (const [shade, value] of [
    ['black', 0],
    ['grey', 0.5],
    ['white', 1],
  ] as const) {
    const pixels = new Float32Array(SIZE).fill(value)
    const sums = Array.from({ length: classes }, (_, k) => column(k).reduce((sum, w) => sum + w, 0) * value)
    for (const [name, heights] of [
      ['all at 0', [0, 0, 0, 0, 0, 0]],
      ['all at 3', [3, 3, 3, 3, 3, 3]],
      ['prediction and target', [2, 2, 2, -1, -1, -1]],
      ['target and another', [5, 1, 1, 1, 0, 0]],
      ['others', [5, 1, 2, 2, 2, -4]],
    ] as const) {
      for (const scale of shade === 'grey' ? [1e-5, 1e5] : [1]) {
        const model = linearClassifier(
          'tied',
          SIZE,
          weights.map((w) => scale * w),
          Float32Array.from(heights, (height, k) => scale * (height - sums[k])),
        )
        const images = { ...seenBy(model, pixels) }
        for (const [method, operator] of Object.entries(METHODS)) {
          for (const goal of ['all', 'untargeted'] as const) {
            const rows = await run(images, operator(model, { goal }))
            t.same(reasons(rows), ['none'], `${shade}, ${name} × ${scale}: ${method}, ${goal}`)
            const l2 = Math.min(...rows.map((row) => row.l2))
            if (new Set(heights.slice(0, 2)).size === 1)
              t.ok(l2 < near(method), `on the boundary: ${l2} (${method}, ${goal})`)
            else t.ok(l2 > 0.1, `away from it: ${l2} (${method}, ${goal})`)
          }
        }
        model.dispose()
      }
    }
  }
})

t.test(
  'a bias-free network on a black image: all logits are 0, and none of its ReLUs has a slope',
  async (t) => {
    const step = (name: string, from: number, to: number) =>
      ({
        kind: 'linear',
        kernel: tf.tensor2d(gaussians(from * to, Math.sqrt(2 / from), name), [from, to]),
        bias: tf.zeros<tf.Rank.R1>([to]),
      }) as const
    const relu = { kind: 'activation', activation: 'relu' } as const
    for (const steps of [
      [step('a', SIZE, 10)],
      [step('a', SIZE, 40), relu, step('c', 40, 10)],
      [step('a', SIZE, 40), relu, step('b', 40, 40), relu, step('c', 40, 10)],
    ]) {
      const model = classifierOf('bias-free', 'bias-free', denseNetwork([SIZE], steps))
      const images = seenBy(model, new Float32Array(SIZE))
      t.same([...model.logits(images.pixels)], new Array(10).fill(0))
      for (const [name, method] of Object.entries(METHODS)) {
        const [row] = await run(images, method(model, { goal: 'untargeted' }))
        t.equal(row.status, 'success', `${name}: ${row.reason}`)
        t.ok(row.l2 > 0 && row.l2 < 0.02, `${name}: ${row.l2}`)
      }
      model.dispose()
    }
  },
)

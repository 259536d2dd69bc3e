import { lastValueFrom, map, of, toArray, type OperatorFunction } from 'rxjs'
import t from 'tap'
import { activations } from '../../operators/activations.js'
import { attack } from '../../operators/attack.js'
import type { Classifier, LossGradient } from '../../operators/classifier.js'
import { decoupledDirectionNorm } from '../../operators/decoupledDirectionNorm.js'
import { deepFool } from '../../operators/deepFool.js'
import { evaluate } from '../../operators/evaluate.js'
import { randomFor } from '../../operators/random.js'
import { REASONS } from '../../operators/records/codes.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { score } from '../../operators/score.js'
import { searchPath } from '../../operators/searchPath.js'

const SIZE = 4
const CLASSES = 3
const W = [1, -2, 3, 0.5, 2, -1, -1, 1, 2, 1, 0.5, -2]

/** logits = W x, as a class whose methods are its prototype's: nothing of TensorFlow. */
class Own implements Classifier {
  readonly name: string = 'own'
  readonly inputShape: readonly number[] = [2, 2]
  readonly classes: number = CLASSES
  readonly box: readonly [number, number] = [0, 1]
  readonly layers: readonly string[] = ['pixels']
  readonly weightsHash = 'own'
  constructor(private readonly weights = W) {}

  logits(pixels: Float32Array): Float32Array {
    const n = pixels.length / SIZE
    return Float32Array.from({ length: n * CLASSES }, (_, at) => {
      const [row, k] = [Math.floor(at / CLASSES), at % CLASSES]
      return Array.from(
        { length: SIZE },
        (__, i) => pixels[row * SIZE + i] * this.weights[i * CLASSES + k],
      ).reduce((sum, term) => sum + term)
    })
  }
  logitGradient(pixels: Float32Array, weigh: (logits: Float32Array) => Float32Array): LossGradient {
    const logits = this.logits(pixels)
    const weights = weigh(logits)
    const gradient = pixels.map((_, at) => {
      const [row, i] = [Math.floor(at / SIZE), at % SIZE]
      return [0, 1, 2].reduce((sum, k) => sum + weights[row * CLASSES + k] * this.weights[i * CLASSES + k], 0)
    })
    return { logits, gradient }
  }
  layerShape(): readonly number[] {
    return [SIZE]
  }
  activations(_: string, pixels: Float32Array): Float32Array {
    return pixels.slice()
  }
  dispose(): void {
    return
  }
}

const random = randomFor(7, 'own')
const pixels = Float32Array.from({ length: 6 * SIZE }, () => random.uniform())
const logits = new Own().logits(pixels)
const images: ImageBatch = {
  dataset: 'made',
  split: 'test',
  shape: [2, 2, 1],
  index: Int32Array.from({ length: 6 }, (_, row) => 10 + row),
  label: Int32Array.from({ length: 6 }, (_, row) => {
    const seen = [...logits.subarray(row * CLASSES, (row + 1) * CLASSES)]
    return seen.indexOf(Math.max(...seen))
  }),
  pixels,
}

type Operator = (model: Classifier) => OperatorFunction<ImageBatch, unknown>
const OPERATORS: Readonly<Record<string, Operator>> = {
  attack: (model) => attack(model),
  untargeted: (model) => attack(model, { goal: 'untargeted' }),
  searchPath: (model) => searchPath(model),
  deepFool: (model) => deepFool(model),
  ddn: (model) => decoupledDirectionNorm(model, { iterations: 5 }),
  evaluate: (model) => evaluate(model),
  score: (model) => score([model]),
  activations: (model) => activations(model, 'pixels'),
}
/** What an operator asks for. */
const ASKS: Readonly<Record<string, readonly string[]>> = {
  logits: ['attack', 'untargeted', 'searchPath', 'deepFool', 'ddn', 'evaluate', 'score'],
  logitGradient: ['attack', 'untargeted', 'searchPath', 'deepFool', 'ddn'],
  activations: ['activations'],
  layerShape: ['activations'],
}

const run = async (name: string, model: Classifier, batch = images) =>
  lastValueFrom(of(batch).pipe(OPERATORS[name](model), toArray()))

/** The same with one method's answers changed. */
function answering(method: string, change: (answer: never) => unknown): Classifier {
  const model = new Own()
  const asked = model[method as 'logits'].bind(model) as (...given: unknown[]) => never
  return Object.assign(model, { [method]: (...given: unknown[]) => change(asked(...given)) })
}

const WRONG: Readonly<Record<string, (values: Float32Array) => unknown>> = {
  'too short': (values) => values.subarray(1),
  'too long': (values) => Float32Array.of(...values, 0),
  'a promise': (values) => Promise.resolve(values),
  'a plain array': (values) => [...values],
  float64: (values) => Float64Array.from(values),
  NaN: () => NaN,
  nothing: () => undefined,
  null: () => null,
}

t.test('a classifier of one’s own works', async (t) => {
  for (const name of Object.keys(OPERATORS)) await t.resolves(run(name, new Own()), name)
  const [batch] = await lastValueFrom(of(images).pipe(attack(new Own()), toArray()))
  t.ok(batch.status.every((status) => status === 0))
})

t.test('an answer that is none is refused, whatever method gives it and whoever asks', async (t) => {
  for (const [method, askers] of Object.entries(ASKS)) {
    for (const [what, change] of Object.entries(WRONG)) {
      const changes: [string, (answer: never) => unknown][] =
        method === 'logitGradient'
          ? [
              ['itself', change],
              ['logits', ({ logits, gradient }: LossGradient) => ({ logits: change(logits), gradient })],
              ['gradient', ({ logits, gradient }: LossGradient) => ({ logits, gradient: change(gradient) })],
            ]
          : [['itself', change]]
      if (method === 'layerShape' && ['too long', 'too short', 'a plain array'].includes(what)) continue
      for (const [field, wrong] of changes) {
        // half of a pair is no array: only its fields are changed in length
        if (method === 'logitGradient' && field === 'itself' && /short|long|array|64/.test(what)) continue
        for (const name of askers) {
          const message = new RegExp(`^own: ${method}.*: expected .*, got `)
          await t.rejects(
            run(name, answering(method, wrong)),
            { code: 'bad-model', message },
            `${name}: ${method} ${field} ${what}`,
          )
        }
      }
    }
  }
  const shape = answering('layerShape', () => [2.5])
  await t.rejects(run('activations', shape), { message: /layerShape\('pixels'\): expected .*, got \[2.5\]/ })
})

t.test('so is a property that cannot be', async (t) => {
  for (const [property, values] of Object.entries({
    box: [undefined, [0], [1, 0], [0, 0], [0, NaN], ['0', '1'], [0, Infinity]],
    classes: [undefined, 1.5, NaN, -1, '3'],
    inputShape: [undefined, [], [0], [2.5], [null]].slice(2).concat([undefined]),
    layers: [undefined, [1]],
  })) {
    for (const value of values) {
      for (const name of Object.keys(OPERATORS)) {
        const model = Object.assign(new Own(), { [property]: value }) as Classifier
        const message = new RegExp(`own: ${property}: expected .*, got `)
        await t.rejects(
          run(name, model),
          { code: 'bad-model', message },
          `${name}: ${property} ${String(value)}`,
        )
      }
    }
  }
  for (const name of Object.keys(OPERATORS).filter((each) => each !== 'activations')) {
    const one = Object.assign(new Own(), { classes: 1 }) as Classifier
    const message = 'own: classes: expected two or more, got 1'
    await t.rejects(run(name, one), { code: 'bad-model', message }, `${name}: one class`)
  }
})

t.test('numbers that are not finite: no class, and so neither an error nor a right answer', async (t) => {
  for (const [what, value] of Object.entries({ NaN: NaN, Infinity: Infinity })) {
    const sick = new Own(W.with(0, value))
    const once = answering('logits', (values: Float32Array) =>
      values.length > 2 * CLASSES ? values.with(2 * CLASSES, value) : values,
    )
    for (const name of ['evaluate', 'score']) {
      await t.rejects(run(name, sick), { code: 'bad-model', message: /own: made test, image 10: its logits/ })
      await t.rejects(
        run(name, once),
        { code: 'bad-model', message: /own: made test, image 12: its logits/ },
        what,
      )
    }
    const [rows] = await lastValueFrom(of(images).pipe(attack(once), toArray()))
    t.same(
      [rows.prediction[2], rows.reason[2]],
      [-1, REASONS.indexOf('non-finite')],
      'an attack has a row for it',
    )
    t.ok(rows.prediction[0] >= 0 && rows.prediction[1] >= 0)
  }
  const torn = { ...images, pixels: pixels.with(13, NaN) }
  for (const name of ['evaluate', 'score', 'activations']) {
    const message = 'made test, image 13: expected finite numbers, got NaN at 1'
    await t.rejects(run(name, new Own(), torn), { code: 'bad-data', message })
  }
  // a network that makes numbers of NaN, as a ReLU does
  const deaf = answering('logits', (values: Float32Array) => values.map((x) => (Number.isNaN(x) ? 0 : x)))
  const label = images.label.with(3, 0)
  for (const operator of [attack(deaf), deepFool(deaf), decoupledDirectionNorm(deaf, { iterations: 5 })]) {
    const [rows] = await lastValueFrom(of({ ...torn, label }).pipe(operator, toArray()))
    t.equal(rows.prediction[3], -1, 'no class of an image without a number')
  }
})

t.test('a stream of errors ends it', async (t) => {
  const batches = of(images, images).pipe(
    map((batch, i) => (i === 0 ? batch : { ...batch, pixels: batch.pixels.subarray(1) })),
  )
  await t.rejects(lastValueFrom(batches.pipe(evaluate(new Own()), toArray())), { code: 'bad-option' })
})

import { lastValueFrom, map, of, toArray, type Observable, type OperatorFunction } from 'rxjs'
import t from 'tap'
import {
  activations,
  amplify,
  attack,
  batch,
  clean,
  coherence,
  decoupledDirectionNorm,
  deepFool,
  evaluate,
  gaussianNoise,
  prefetch,
  rank,
  recode,
  score,
  searchPath,
  train,
  useBackend,
  type Classifier,
  type ImageBatch,
} from 'blindspot'
import { randomFor } from '../../operators/random.js'

await useBackend()
const random = randomFor(1, 'empty batches')
const pixels = Float32Array.from({ length: 5 * 64 }, () => random.uniform())
const images: ImageBatch = {
  ...{ dataset: 'any', split: 'some', shape: [1, 64, 1], pixels },
  index: Int32Array.from({ length: 5 }, (_, i) => i),
  label: Int32Array.of(0, 1, 2, 0, 1),
}
const lost = { dataset: 'any', split: 'some', index: 5, path: 'cut.jpg', reason: 'cut off' }
const empty: ImageBatch = {
  ...images,
  ...{ index: new Int32Array(0), label: new Int32Array(0), pixels: new Float32Array(0) },
  unreadable: [lost],
}
/** What a training on images ends with. */
async function trained(source: Observable<ImageBatch>, name: string): Promise<Classifier> {
  const last = await lastValueFrom(source.pipe(train(name, { iterations: 20 })))
  if (last.kind !== 'model') throw new Error('a training ends with its model')
  t.teardown(() => last.classifier.dispose())
  return last.classifier
}
const model = await trained(of(images), 'FC3(1e-4)')

const operators: Readonly<Record<string, OperatorFunction<ImageBatch, unknown>>> = {
  attack: attack(model),
  deepFool: deepFool(model),
  decoupledDirectionNorm: decoupledDirectionNorm(model, { iterations: 5 }),
  searchPath: searchPath(model, { goal: 'random' }),
  activations: activations(model, 'logits'),
  gaussianNoise: gaussianNoise(0.1, { clip: true }),
  amplify: (source) => source.pipe(attack(model), amplify(0.1)),
  recode: (source) => source.pipe(attack(model), recode({ kind: 'png' })),
  score: score([model]),
  clean: map(clean),
  batch: batch(5),
  prefetch: prefetch(2),
  rank: (source) =>
    source.pipe(
      activations(model, 'logits'),
      rank({ basis: ['unit', 'principal'], top: 2 }),
      coherence({ k: [2] }),
    ),
}

/** An output without what only says what could not be read. */
const apart = (one: unknown) =>
  Array.isArray(one) ? (one as unknown) : { ...(one as ImageBatch), unreadable: [] }

/** What holds rows, without what holds none. */
const filled = async (source: Observable<unknown>) =>
  (await lastValueFrom(source.pipe(toArray()))).filter((one) =>
    Array.isArray(one) ? one.length > 0 : (one as ImageBatch).index.length > 0,
  )

t.test('batches without images change no row, and none gives rows of its own', async (t) => {
  for (const [name, operator] of Object.entries(operators)) {
    const expected = await filled(of(images).pipe(operator))
    t.ok(expected.length > 0, name)
    const got = await filled(of(empty, images, empty).pipe(operator))
    t.same(got.map(apart), expected.map(apart), name)
    t.same(await filled(of(empty).pipe(operator)), [], `${name}: of none nothing`)
  }
  const { images: count, error } = await lastValueFrom(of(empty, images, empty).pipe(evaluate(model)))
  t.equal(count, 5)
  t.equal(error, (await lastValueFrom(of(images).pipe(evaluate(model)))).error)
  const again = await trained(of(empty, images, empty), 'FC3(1e-4)')
  t.same(again.logits(pixels), model.logits(pixels), 'nor do they change what is trained')
})

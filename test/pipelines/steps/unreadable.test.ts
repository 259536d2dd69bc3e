import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  attackStep,
  openLake,
  perform,
  rankStep,
  scoreStep,
  searchPathStep,
  stepIdentity,
  trainStep,
  type Effort,
  type Lake,
  type Step,
} from 'blindspot'
import { tf } from '../../../operators/tensor/tf.js'
import { saveModel } from '../../oracle/savedModel.js'
import { writeImages } from '../smallImages.js'
import { opened } from './brokenSource.js'
import { rowsOf, watched } from './watched.js'

/** Three batches of what a step reads at once. */
const COUNT = 530
/** Some of the first batch, all of the second, the last of all. */
const RANGES = '0,5,256-511,529'
const LOST = [0, 5, ...Array.from({ length: 256 }, (_, i) => 256 + i), 529]
const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, COUNT)
const whole = { source: `mnist@${data}:test` }
const broken = { source: `broken@${RANGES}:${data}` }
const countless = { source: `countless@${RANGES}:${data}` }
const none = { source: `broken@0-529:${data}` }
const workers = { workers: 0 }
const model = { path: join(root, 'trained', 'net'), name: 'one' }
const attack = (images: { source: string }, more: object = {}) => attackStep({ model, images, ...more })

type Row = Readonly<Record<string, unknown>> & { readonly index: number | readonly number[] }
const indexOf = ({ index }: Row) => (typeof index === 'number' ? index : index[0])

/** Rows of a step without what says whose they are. */
async function rows(
  lake: Lake,
  table: 'examples' | 'scores' | 'errors',
  step: string,
): Promise<readonly Row[]> {
  const all = (await rowsOf(lake, { table, step })) as Row[]
  return all.map((row) => ({ ...row, run: '' }))
}

/** Checks that each image that cannot be read is one row. */
async function noted(t: Test, lake: Lake, step: string, lost: readonly number[] = LOST): Promise<void> {
  const all = await rows(lake, 'errors', step)
  t.same(
    all.map(indexOf).sort((a, b) => a - b),
    lost,
    'each that cannot be read is a row',
  )
  t.same(new Set(all.map(({ path, reason }) => `${String(path)} ${String(reason)}`)).size, lost.length)
}

async function interrupted(lake: Lake, step: Step, batches: number, effort: Effort = {}): Promise<void> {
  const interrupt = new AbortController()
  const cut = watched(lake, (batch) => {
    if (batch === batches) interrupt.abort()
  })
  await t.rejects(perform(cut, step, { ...workers, ...effort, signal: interrupt.signal }), {
    name: 'AbortError',
  })
}

const readable = (all: readonly Row[]) => all.filter((row) => !LOST.includes(indexOf(row)))
let expected: readonly Row[] = []

t.before(async () => {
  const lake = await openLake(join(root, 'trained'))
  const spec = {
    architecture: 'FC8-3',
    images: { ...whole, first: 60, shuffle: 1 },
    seed: 1,
    name: 'one',
    folder: 'net',
  }
  await perform(lake, trainStep({ ...spec, options: { epochs: 12, batchSize: 5 } }))
  const all = await openLake(join(root, 'all'))
  const { id } = await perform(all, attack(whole), workers)
  expected = readable(await rows(all, 'examples', id))
})

t.test('an attack goes on by positions, whenever it is interrupted', async (t) => {
  const lake = await openLake(join(root, 'attacked'))
  const { id } = await perform(lake, attack(broken), workers)
  t.same(await rows(lake, 'examples', id), expected)
  await noted(t, lake, id)
  const { files } = await perform(lake, attack(broken), workers)
  t.same(files, await lake.files({ step: id }))

  for (const writes of [1, 2]) {
    const cut = await openLake(join(root, `cut ${writes}`))
    await interrupted(cut, attack(broken), writes)
    await perform(cut, attack(broken), { ...workers, limit: 300 })
    await perform(cut, attack(broken), { workers: 1 })
    t.same(await rows(cut, 'examples', id), expected, `interrupted at write ${writes}`)
    await noted(t, cut, id)
  }
})

t.test('a process that dies between two commits loses and repeats nothing', async (t) => {
  const lake = await openLake(join(root, 'died'))
  const dying: Lake = {
    ...lake,
    parts: (table, options) =>
      lake.parts(table, {
        ...options,
        async before() {
          await options.before?.()
          if (table === 'examples') throw new Error('the power is gone')
        },
      }),
  }
  await t.rejects(perform(dying, attack(broken), workers), /the power is gone/)
  const { id } = await perform(lake, attack(broken), workers)
  t.ok((await lake.files({ table: 'errors', step: id })).length > 0)
  t.same(await rows(lake, 'examples', id), expected)
  await noted(t, lake, id)
})

t.test('images that the model gets right are counted within a batch, too', async (t) => {
  const lake = await openLake(join(root, 'right'))
  const id = await stepIdentity(lake, attack(broken))
  for (const examples of [20, 21, 100, 251, 255]) {
    await perform(lake, attack(broken), { ...workers, examples })
    const made = await rows(lake, 'examples', id)
    t.same(made, expected.slice(0, made.length))
    const attacked = made.filter(({ status }) => (status as number[])[0] !== 1)
    t.equal(attacked.length, examples)
  }
  await perform(lake, attack(broken), workers)
  t.same(await rows(lake, 'examples', id), expected)
  await noted(t, lake, id)
  const path = await perform(lake, searchPathStep({ attack: attack(broken).spec }))
  t.equal((await rowsOf(lake, { table: 'searches', step: path.id })).length > 0, true)
})

t.test('the end of what nobody has counted is noted', async (t) => {
  const lake = await openLake(join(root, 'countless'))
  const clean = scoreStep({
    models: [model],
    shown: { kind: 'clean', images: countless },
    partition: 'clean',
  })
  for (const step of [attack(countless), clean]) {
    const table = step === clean ? 'scores' : 'examples'
    await perform(lake, step, { ...workers, limit: 512 })
    const { id } = await perform(lake, step, workers)
    t.equal((await rows(lake, table, id)).length, expected.length)
    await noted(t, lake, id)
    const [times, files] = [opened.get(countless.source), (await lake.files()).length]
    await perform(lake, step, workers)
    t.same(
      [opened.get(countless.source), (await lake.files()).length],
      [times, files],
      'it is not read again',
    )
  }
})

t.test('a scoring goes on by positions, with more models and images', async (t) => {
  const lake = await openLake(join(root, 'scored'))
  const other = { ...model, name: 'two' }
  for (const [i, shown] of [
    { kind: 'clean', images: broken } as const,
    { kind: 'gaussian', stddev: 0.1, seed: 1, images: broken } as const,
  ].entries()) {
    const step = scoreStep({ models: [model, other], shown, partition: shown.kind })
    const { id } = await perform(lake, step)
    const all = await rows(lake, 'scores', id)
    t.equal(all.length, 2 * (COUNT - LOST.length))
    await noted(t, lake, id)
    const cut = await openLake(join(root, `scored ${i}`))
    await perform(cut, scoreStep({ ...step.spec, models: [other] }), { limit: 300 })
    await interrupted(cut, step, 2)
    await perform(cut, step)
    const sorted = (some: readonly Row[]) => some.map((row) => JSON.stringify(row)).sort()
    t.same(sorted(await rows(cut, 'scores', id)), sorted(all))
    await noted(t, cut, id)
  }
})

t.test('models are shown photographs as they take them', async (t) => {
  const dense = async (name: string, side: number, seed: number) => {
    const layers = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [side, side, 3] }),
        tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.randomNormal({ seed }) }),
      ],
    })
    await saveModel(join(root, name), layers)
    return { path: join(root, name), name }
  }
  const [small, large] = [await dense('small', 2, 1), await dense('large', 4, 2)]
  const lake = await openLake(join(root, 'framed'))
  const step = (models: (typeof model)[]) =>
    scoreStep({ models, shown: { kind: 'clean', images: broken }, partition: 'clean' })
  const { id } = await perform(lake, step([small, large]))
  const both = await rows(lake, 'scores', id)
  t.equal(both.length, 2 * (COUNT - LOST.length))
  await noted(t, lake, id)
  for (const one of [small, large]) {
    const alone = await openLake(join(root, `framed ${one.name}`))
    t.equal((await perform(alone, step([one]))).id, id)
    t.same(
      await rows(alone, 'scores', id),
      both.filter((row) => row['model'] === one.name),
    )
  }
  const attacked = (one: typeof model, more: object = {}) =>
    attackStep({ model: one, images: { ...broken, ...more } })
  const made = await perform(lake, attacked(small), { ...workers, limit: 20 })
  t.not(
    await stepIdentity(lake, attacked(small)),
    await stepIdentity(lake, attacked(small, { framing: { size: [2, 6], crop: { policy: 'center' } } })),
  )
  await t.rejects(
    perform(
      lake,
      scoreStep({
        models: [large],
        shown: { kind: 'adversarial', examples: { path: lake.folder, step: made.id } },
        partition: 'adversarial',
      }),
    ),
    { code: 'bad-option', message: /12 values, but model large takes 4 × 4 × 3 values and tells/ },
  )
  await t.rejects(perform(lake, attacked(small, { framing: { size: [0, 2], crop: { policy: 'center' } } })), {
    code: 'bad-option',
    message: /framing: expected sizes in whole pixels/,
  })
})

t.test('a ranking and a training are of what can be read', async (t) => {
  const lake = await openLake(join(root, 'ranked'))
  const passes = [{ basis: ['unit', 'gaussian'], top: 16 }]
  const { id } = await perform(
    lake,
    rankStep({ model, layer: 'hidden1', images: broken, passes, controls: { pixels: true } }),
  )
  const ranked = (await rowsOf(lake, { table: 'ranks', step: id })) as Row[]
  t.ok(ranked.length > 0 && ranked.every((row) => !LOST.includes(indexOf(row))))
  await noted(t, lake, id)
  const training = await perform(
    lake,
    trainStep({ architecture: 'FC10', images: broken, test: broken, seed: 1, folder: 'net' }),
  )
  const [trained] = (await rowsOf(lake, { table: 'models', step: training.id })) as { images: number }[]
  t.equal(trained.images, COUNT - LOST.length)
  await noted(t, lake, training.id)
})

t.test('where nothing can be read, that is an error, and there are rows', async (t) => {
  const lake = await openLake(join(root, 'nothing'))
  const passes = [{ basis: ['unit'], top: 16 }]
  for (const step of [
    attack(none),
    scoreStep({ models: [model], shown: { kind: 'clean', images: none }, partition: 'clean' }),
    rankStep({ model, layer: 'hidden1', images: none, passes }),
  ]) {
    const message =
      /none of its images \(530\) could be read; the first is .*images\/0: cut off; see the table errors of /
    await t.rejects(perform(lake, step, workers), { code: 'bad-data', message })
    await t.rejects(perform(lake, step, workers), { code: 'bad-data', message })
    await noted(t, lake, await stepIdentity(lake, step), [...Array(COUNT).keys()])
  }
})

t.test('cases are looked for as far as the last of them', async (t) => {
  const lake = await openLake(join(root, 'cases'))
  const file = join(root, 'cases.csv')
  const cases = (lines: string) => writeFileSync(file, `index,target\n${lines}\n`)
  cases('5,1\n7,2\n7,0')
  for (const images of [broken, countless]) {
    const step = attack(images, { cases: file })
    const { id } = await perform(lake, step, workers)
    t.same((await rows(lake, 'examples', id)).map(indexOf), [7, 7])
    const times = opened.get(images.source)
    await perform(lake, step, workers)
    t.equal(opened.get(images.source), times, 'nothing is read again')
  }
  cases('7,2\n530,1')
  for (const images of [broken, countless])
    for (let again = 0; again < 2; again++) {
      const step = attack(images, { cases: file })
      await t.rejects(perform(lake, step, workers), {
        code: 'bad-option',
        message: /cases\.csv, row 2: index 530 is not in /,
      })
      t.same((await rows(lake, 'examples', await stepIdentity(lake, step))).map(indexOf), [7])
    }
})

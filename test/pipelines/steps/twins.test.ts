import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  attackStep,
  loadClassifier,
  openLake,
  perform,
  readRecords,
  stepIdentity,
  trainStep,
  type Lake,
  type TableName,
  type Tables,
  type TrainSpec,
} from 'blindspot'
import { writeImages } from '../smallImages.js'

const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, 60)
const images = { source: `mnist@${data}:train` }
const training = (name: string, seed = 1): TrainSpec => ({
  ...{ name, seed, images, test: images, architecture: 'FC6-3', folder: `networks/${name}` },
  options: { epochs: 2, batchSize: 5 },
})

async function rowsOf<Name extends TableName>(
  lake: Lake,
  table: Name,
  step: string,
): Promise<Tables[Name][]> {
  const all: Tables[Name][] = []
  for (const { path } of await lake.files({ table, step }))
    for await (const rows of readRecords(table, path)) all.push(rows)
  return all
}

t.test('the same training by another name is a copy', async (t) => {
  const lake = await openLake(join(root, 'twins'))
  const first = await perform(lake, trainStep(training('one')))
  let epochs = 0
  const second = await perform(lake, trainStep(training('two')), { onProgress: () => epochs++ })
  t.equal(epochs, 0, 'nothing is trained again')
  for (const table of ['training', 'models'] as const) {
    const [[a], [b]] = [await rowsOf(lake, table, first.id), await rowsOf(lake, table, second.id)]
    t.same(
      (b as readonly object[]).map((row) => ({ ...row, run: first.run, model: 'one' })),
      a,
      `${table}: rows with another run and name`,
    )
  }
  t.same(
    readFileSync(join(lake.folder, 'networks/two/weights.bin')),
    readFileSync(join(lake.folder, 'networks/one/weights.bin')),
  )
  const classifier = await loadClassifier(join(lake.folder, 'networks/two'))
  t.equal(classifier.name, 'two')
  classifier.dispose()

  const other = await perform(lake, trainStep(training('other', 2)), { onProgress: () => epochs++ })
  t.ok(epochs > 0, 'another seed is trained')
  t.not(other.id, first.id)
})

t.test('an attack on what a training makes is known before it is made', async (t) => {
  const lake = await openLake(join(root, 'before'))
  const train = training('one')
  const step = attackStep({ model: { train }, images })
  const id = await stepIdentity(lake, step)
  await perform(lake, trainStep(train))
  const performed = await perform(lake, step, { limit: 10, workers: 0 })
  t.equal(performed.id, id)
})

t.test('the shards of an attack are the rows of one run', async (t) => {
  const lake = await openLake(join(root, 'shards'))
  const train = training('one')
  await perform(lake, trainStep(train))
  const whole = await openLake(join(root, 'whole'))
  await perform(whole, trainStep(train))
  const spec = { model: { train }, images: { ...images, shuffle: 3 } }
  const all = await perform(whole, attackStep(spec), { limit: 25, workers: 0 })
  const shards = [
    [20, 30],
    [0, 10],
    [10, 20],
  ] as const
  const steps = shards.map((shard) => attackStep({ ...spec, shard }))
  const performed = []
  for (const step of steps) performed.push(await perform(lake, step, { limit: 25, workers: 0 }))
  t.same(new Set(performed.map(({ run }) => run)), new Set([all.id]), 'one run')
  t.equal(new Set(performed.map(({ id }) => id)).size, 3, 'of three steps')
  const sorted = async (of: Lake, ids: readonly string[]) => {
    const rows: string[] = []
    for (const id of ids)
      for (const { run, index, target, distortion } of await rowsOf(of, 'examples', id))
        index.forEach((sample, i) => rows.push(`${run} ${sample} ${target[i]} ${distortion[i]}`))
    return rows.sort()
  }
  t.same(
    await sorted(
      lake,
      performed.map(({ id }) => id),
    ),
    await sorted(whole, [all.id]),
  )
  await perform(lake, steps[0], { workers: 0 })
  t.equal(
    (
      await sorted(
        lake,
        performed.map(({ id }) => id),
      )
    ).length,
    30,
    'a larger limit adds to the last',
  )
  await t.rejects(perform(lake, attackStep({ ...spec, shard: [5, 15] }), { workers: 0 }), {
    code: 'bad-option',
    message: /has images 0 to 9 of this attack .* in shards of another size/,
  })
  await t.rejects(perform(lake, attackStep(spec), { workers: 0 }), { message: /in shards of another size/ })
  await t.rejects(perform(whole, steps[1], { workers: 0 }), { message: /in one piece/ })
})

import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  attackStep,
  openLake,
  perform,
  performInThread,
  rankStep,
  scoreStep,
  searchPathStep,
  stepIdentity,
  trainStep,
  type Effort,
  type Lake,
  type Progress,
  type Step,
} from 'blindspot'
import { writeImages } from '../smallImages.js'
import { rowsOf, watched } from './watched.js'

/** More than two batches of what a step reads at once. */
const COUNT = 530
const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, COUNT)
const source = (split: string) => ({ source: `mnist@${data}:${split}` })
const workers = { workers: 0 }

const training = (folder: string, more: object = {}) =>
  trainStep({
    architecture: 'FC8-3',
    images: { ...source('train'), first: 60, shuffle: 1 },
    test: source('test'),
    seed: 1,
    options: { epochs: 12, batchSize: 5 },
    folder,
    ...more,
  })
const model = { path: join(root, 'trained', 'networks', 'one'), name: 'one' }
const other = { path: join(root, 'trained', 'networks', 'two'), name: 'two' }
const attack = attackStep({ model, images: source('test') })

/** Performs a step that is interrupted in the middle of writing so many batches. */
async function interrupted(
  t: Test,
  lake: Lake,
  step: Step,
  batches: number,
  effort: Effort = {},
): Promise<void> {
  const interrupt = new AbortController()
  const cut = watched(lake, (batch) => {
    if (batch === batches) interrupt.abort()
  })
  await t.rejects(perform(cut, step, { ...workers, ...effort, signal: interrupt.signal }), {
    name: 'AbortError',
  })
}

t.test('a training is done once, whoever asks for it', async (t) => {
  const lake = await openLake(join(root, 'trained'))
  const step = training('networks/one', { name: 'one' })
  const first = await perform(lake, step)
  t.same(
    first.files.map(({ table, partition }) => [table, partition]),
    [
      ['training', { name: 'one' }],
      ['models', { name: 'one' }],
    ],
  )
  const file = join(model.path, 'model.json')
  const { mtimeMs } = statSync(file)
  const told: Progress[] = []
  const again = await perform(lake, JSON.parse(JSON.stringify(step)) as Step, {
    onProgress: (progress) => void told.push(progress),
  })
  t.same(again, first)
  t.same([told.length, statSync(file).mtimeMs], [0, mtimeMs], 'nothing was trained')

  // what is a default, or another place, is the same training
  const same = training('elsewhere', { name: 'one', options: { epochs: 12, batchSize: 5, decay: 'half' } })
  cpSync(data, join(root, 'moved'), { recursive: true })
  const moved = training('elsewhere', {
    name: 'one',
    images: { source: `mnist@${join(root, 'moved')}:train`, first: 60, shuffle: 1 },
  })
  for (const one of [same, moved]) t.equal(await stepIdentity(lake.folder, one), first.id)
  writeImages(join(root, 'others'), 2, COUNT)
  const others = { source: `mnist@${join(root, 'others')}:train`, first: 60, shuffle: 1 }
  for (const more of [
    { images: others },
    { seed: 2 },
    { name: 'two' },
    { options: { epochs: 13, batchSize: 5 } },
    { architecture: 'FC8-3(1e-3)' },
    { test: { source: others.source } },
  ])
    t.not(await stepIdentity(lake.folder, training('networks/one', { name: 'one', ...more })), first.id)
  await t.rejects(perform(lake, training('networks/one', { name: 'one', seed: 2 })), {
    code: 'bad-option',
    message: /networks\/one holds another model, or this one trained otherwise/,
  })

  // one that is lost or damaged is trained again, to the same weights
  writeFileSync(file, 'nothing')
  t.same((await perform(lake, step)).id, first.id)
  t.equal((await lake.files({ table: 'models', step: first.id })).length, 1)
  await perform(lake, training('networks/two', { name: 'two', seed: 3 }))
})

t.test('an attack goes on where it was, and effort changes no row', async (t) => {
  const whole = await openLake(join(root, 'whole'))
  const { id } = await perform(whole, attack, workers)
  const rows = await rowsOf(whole, { table: 'examples', step: id })
  t.equal(rows.length, COUNT)

  const lake = await openLake(join(root, 'cut'))
  await interrupted(t, lake, attack, 2, { batchSize: 7 })
  const kept = await rowsOf(lake, { table: 'examples', step: id })
  t.ok(kept.length >= 256 && kept.length < COUNT, `${kept.length} whole rows are kept`)
  await perform(lake, attack, { ...workers, limit: 512, batchSize: 30 })
  t.equal((await rowsOf(lake, { table: 'examples', step: id })).length, 512)
  await perform(lake, attack, { workers: 1 })
  t.same(await rowsOf(lake, { table: 'examples', step: id }), rows)
  t.same((await perform(lake, attack, { ...workers, limit: 10 })).id, id)
  t.equal((await rowsOf(lake, { table: 'examples', step: id })).length, COUNT)

  // the first 20 that the model gets right, then 300
  const right = await openLake(join(root, 'right'))
  for (const examples of [20, 300, 100]) await perform(right, attack, { ...workers, examples })
  const attacked = (await rowsOf(right, { table: 'examples', step: id })) as { status: [number] }[]
  t.equal(attacked.filter(({ status: [code] }) => code !== 1).length, 300)
  t.same(attacked, rows.slice(0, attacked.length))

  const path = searchPathStep({ attack: attack.spec })
  await perform(right, path)
  const [solve] = (await rowsOf(right, { table: 'searches', step: (await perform(right, path)).id })) as {
    run: string
  }[]
  t.equal(solve.run, id, 'a path says whose it is')
})

t.test('a scoring goes on where it was, with more models and more images', async (t) => {
  const lake = await openLake(join(root, 'whole'))
  const attacked = join(root, 'attacked')
  cpSync(lake.folder, attacked, { recursive: true })
  const shown = { kind: 'gaussian', stddev: 0.2, seed: 1, clip: false } as const
  const steps = [
    scoreStep({
      ...{ models: [model, other], partition: 'noise' },
      shown: { ...shown, images: source('test') },
    }),
    scoreStep({
      ...{ models: [model, other], partition: 'made' },
      shown: { kind: 'amplified', examples: { attack: attack.spec }, size: 0.1 },
    }),
    scoreStep({
      ...{ models: [model, other], partition: 'originals' },
      shown: { ...shown, images: { originals: [{ attack: attack.spec }] } },
    }),
  ]
  const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()
  for (const step of steps) {
    const { id } = await perform(lake, step)
    const rows = await rowsOf(lake, { table: 'scores', step: id })
    t.ok(rows.length > COUNT, `${rows.length} rows`)
    t.equal(new Set(sorted(rows)).size, rows.length)

    const folder = join(root, `again ${step.spec.partition}`)
    cpSync(attacked, folder, { recursive: true })
    const cut = await openLake(folder)
    const alone = { ...step, spec: { ...step.spec, models: [other] } }
    t.equal(
      (await perform(cut, alone, { limit: 300 })).id,
      id,
      'who sees it, and how much of it, is no part of it',
    )
    await interrupted(t, cut, step, 2)
    const kept = await rowsOf(cut, { table: 'scores', step: id })
    t.ok(kept.length >= 300 + 256 && kept.length < rows.length, `${kept.length} rows are kept`)
    await perform(cut, step)
    t.same(sorted(await rowsOf(cut, { table: 'scores', step: id })), sorted(rows))
    const files = (await cut.files({ step: id })).length
    await perform(cut, step)
    t.equal((await cut.files({ step: id })).length, files, 'nothing is there twice')
    rmSync(folder, { recursive: true })
  }
  await t.rejects(perform(lake, scoreStep({ ...steps[0].spec, models: [{ ...other, name: 'one' }] })), {
    code: 'bad-option',
    message: /another model that is called one/,
  })
})

t.test('a ranking is whole or absent', async (t) => {
  const lake = await openLake(join(root, 'ranked'))
  const step = rankStep({
    ...{ model, layer: 'hidden1', images: source('test') },
    passes: [{ basis: ['unit', 'gaussian'], top: 16 }],
    controls: { pixels: true, untrained: true },
  })
  await interrupted(t, lake, step, 2)
  t.same(await lake.files(), [])
  const { id, files } = await perform(lake, step)
  t.same(files.map(({ table }) => table).sort(), ['coherence', 'images', 'ranks'])
  t.same((await perform(lake, step)).files, files)
  const explicit = rankStep({
    ...step.spec,
    passes: [{ basis: ['unit', 'gaussian'], top: 16, seed: 1, count: 8 }],
  })
  t.equal(await stepIdentity(lake.folder, explicit), id)
})

t.test('faults leave what was committed, and nothing else', async (t) => {
  for (const [name, step, at] of [
    ['attack', attack, 2],
    ['train', training('networks/three', { name: 'three' }), 1],
  ] as const) {
    const lake = await openLake(join(root, `faults ${name}`))
    const failing = watched(lake, (batch) => {
      if (batch > at) throw new Error('the disk is full')
    })
    await t.rejects(perform(failing, step, workers), /the disk is full/)
    const committed = await lake.files()
    t.equal(committed.length, name === 'attack' ? 1 : 0, 'each file is whole or absent')
    const { id } = await perform(lake, step, workers)
    t.ok((await rowsOf(lake, { table: 'examples', step: id })).length === (name === 'attack' ? COUNT : 0))
  }
})

t.test('two at the same step', async (t) => {
  const lake = await openLake(join(root, 'twice'))
  const effort = { ...workers, limit: 60 }
  const results = await Promise.allSettled([perform(lake, attack, effort), perform(lake, attack, effort)])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const refused = results.find((result) => result.status === 'rejected')
  t.match(refused, { reason: { code: 'busy', message: /is at the same work/ } })
})

t.test('in a thread', async (t) => {
  const lake = await openLake(join(root, 'thread'))
  const step = training('networks/one', { name: 'one' })
  const told: Progress[] = []
  const { id, files } = await performInThread(lake, step, { onProgress: (one) => void told.push(one) })
  t.equal(id, await stepIdentity(join(root, 'trained'), step))
  t.same(files, await lake.files({ step: id }))
  t.equal(told.at(-1)?.state, 'complete')
  const interrupt = new AbortController()
  const long = training('networks/long', { name: 'long', options: { epochs: 10_000, batchSize: 5 } })
  await t.rejects(
    performInThread(lake, long, { signal: interrupt.signal, onProgress: () => interrupt.abort() }),
    { name: 'AbortError' },
  )
  t.equal((await lake.files()).length, files.length)
})

t.test('noise on the images of examples, of attacks that grow beside each other', async (t) => {
  const lake = await openLake(join(root, 'growing'))
  const attacks = (['test', 'train'] as const).map((split) => attackStep({ model, images: source(split) }))
  const noise = scoreStep({
    ...{ models: [model], partition: 'noise' },
    shown: {
      kind: 'gaussian',
      ...{ stddev: 0.2, seed: 1 },
      images: { originals: attacks.map(({ spec }) => ({ attack: spec })) },
    },
  })
  const { id } = await (async () => {
    for (const limit of [5, 12]) {
      for (const one of attacks) await perform(lake, one, { ...workers, limit })
      await perform(lake, noise)
    }
    return perform(lake, noise)
  })()
  const seen = (await rowsOf(lake, { table: 'scores', step: id })) as { split: string; index: [number] }[]
  const fooled = await Promise.all(
    attacks.map(async (one) =>
      rowsOf(lake, { table: 'examples', step: await stepIdentity(lake.folder, one) }),
    ),
  )
  const wanted = (fooled.flat() as { split: string; index: [number]; status: [number] }[])
    .filter(({ status: [code] }) => code === 0)
    .map(({ split, index }) => `${split} ${index[0]}`)
  t.ok(wanted.length > 15)
  t.same(seen.map(({ split, index }) => `${split} ${index[0]}`).sort(), wanted.sort(), 'each once')
})

t.test('cases lie in the data set, and go on after a limit', async (t) => {
  const folder = join(root, 'cases')
  const lake = await openLake(folder)
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${(i + 1) % 3}`)
  writeFileSync(join(folder, 'cases.csv'), ['index,target', ...rows].join('\n'))
  const step = attackStep({ model, images: source('test'), cases: 'cases.csv' })
  for (const limit of [10, 25, undefined]) await perform(lake, step, { ...workers, limit })
  const { id } = await perform(lake, step, workers)
  const made = (await rowsOf(lake, { table: 'examples', step: id })) as { index: [number] }[]
  t.same(
    made.map(({ index: [at] }) => at),
    Array.from({ length: 40 }, (_, i) => i),
  )
  writeFileSync(join(folder, 'cases.csv'), 'index,target\n99999,1')
  await t.rejects(stepIdentity(folder, step), {
    code: 'bad-option',
    message: /cases\.csv, row 1: index 99999 is not in/,
  })
})

t.test('two at once with one name, or one folder', async (t) => {
  const lake = await openLake(join(root, 'names'))
  const named = [model, other].map(({ path }) =>
    attackStep({ model: { path, name: 'same' }, images: source('test') }),
  )
  const results = await Promise.allSettled(named.map((one) => perform(lake, one, { ...workers, limit: 20 })))
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.match(
    results.find((result) => result.status === 'rejected'),
    { reason: { code: 'bad-option', message: /another model that is called same/ } },
  )
  const folders = ['net', './net/'].map((folder, i) => training(folder, { name: `net ${i}`, seed: i + 1 }))
  await perform(lake, folders[0])
  await t.rejects(perform(lake, folders[1]), { code: 'bad-option', message: /holds another model/ })

  // the rows of its epochs are gone: it is trained again
  for (const { path } of await lake.files({ table: 'training' })) rmSync(path)
  const again = await openLake(lake.folder)
  await perform(again, folders[0])
  t.equal((await again.files({ table: 'training' })).length, 1)
})

t.test('what the manifest notes is looked at', async (t) => {
  const lake = await openLake(join(root, 'noted'))
  const step = attackStep({ model, images: source('test') })
  const shown = { kind: 'gaussian', stddev: 0.2, seed: 1, images: source('test') } as const
  const scoring = scoreStep({ models: [model], shown, partition: 'noise' })
  for (const limit of [5, 10]) await perform(lake, step, { ...workers, limit })
  await perform(lake, scoring, { limit: 10 })
  const file = join(lake.folder, 'manifest.json')
  const whole = readFileSync(file, 'utf8')
  for (const value of ['"x"', '-3', '1.5', 'null']) {
    writeFileSync(file, whole.replaceAll(/"images": ?\d+/g, `"images": ${value}`))
    for (const one of [step, scoring])
      await t.rejects(perform(lake, one, { ...workers, limit: 15 }), {
        code: 'bad-data',
        message: /expected a number of images in its metadata/,
      })
  }
  const manifest = JSON.parse(whole) as { files: unknown[] }
  writeFileSync(file, JSON.stringify({ ...manifest, files: [...manifest.files].reverse() }))
  const { id } = await perform(lake, step, { ...workers, limit: 15 })
  t.equal((await rowsOf(lake, { table: 'examples', step: id })).length, 15, 'whatever the order of the files')
})

t.test('what is no step is refused', async (t) => {
  const lake = await openLake(join(root, 'refused'))
  const wrong = (more: object) => ({ ...attack, ...more }) as Step
  await t.rejects(perform(lake, wrong({ kind: 'bake' })), {
    code: 'bad-option',
    message: /kind: expected one of train, attack, searchPath, score, rank, got "bake"/,
  })
  for (const [spec, key] of [
    [{ ...attack.spec, goal: 'nearest' }, /spec\.goal: .*random/],
    [{ ...attack.spec, images: {} }, /spec\.images\.source/],
    [{ ...attack.spec, extra: 1 }, /spec\.extra/],
  ] as const)
    await t.rejects(perform(lake, wrong({ spec })), { code: 'bad-option', message: key })
  await t.rejects(perform(lake, attackStep({ ...attack.spec, target: 1, goal: 'random' })), {
    code: 'bad-option',
    message: /one of goal, target and cases/,
  })
  for (const effort of [{ limit: -1 }, { limit: NaN }, { examples: 2.5 }, { limit: '5' }])
    await t.rejects(perform(lake, attack, effort as Effort), {
      code: 'bad-option',
      message: /^effort\.(limit|examples): /,
    })
  for (const nothing of [null, undefined, {}, { kind: 'attack' }])
    await t.rejects(perform(lake, nothing as unknown as Step), { code: 'bad-option', message: /^step/ })
  t.same(await lake.files(), [])
})

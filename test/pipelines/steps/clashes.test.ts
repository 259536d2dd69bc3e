import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  attackStep,
  modelReference,
  openLake,
  perform,
  performAll,
  performInThread,
  performInThreads,
  rankStep,
  readRecords,
  scoreStep,
  searchPathStep,
  stepIdentity,
  trainStep,
  type Effort,
} from 'blindspot'
import { writeImages } from '../smallImages.js'
import { rowsOf } from './watched.js'

const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, 60)
const source = (split: string) => ({ source: `mnist@${data}:${split}` })
const training = (name: string, seed: number, folder = `networks/${name} ${seed}`) =>
  trainStep({
    ...{ name, seed, folder, architecture: 'FC8-3', images: source('train') },
    options: { epochs: 2, batchSize: 5 },
  })
const alone = { workers: 0 }

const [a, b] = await (async () => {
  const paths: { path: string; name: string }[] = []
  for (const seed of [1, 2]) {
    const lake = await openLake(join(root, `seed ${seed}`))
    await perform(lake, training('net', seed))
    paths.push({ path: join(lake.folder, 'networks', `net ${seed}`), name: 'net' })
  }
  return paths
})()
const attack = (model = a) => attackStep({ model, images: source('test') })

t.test('two trainings at once into one folder: one is done, the other touches nothing', async (t) => {
  const lake = await openLake(join(root, 'at once'))
  const both = [1, 2].map((seed) => training('net', seed, 'networks/net'))
  const ended = await Promise.allSettled(both.map((step) => performInThread(lake, step)))
  const refused = ended.filter((one) => one.status === 'rejected')
  t.equal(refused.length, 1)
  t.match(refused[0]?.reason, { message: /at the same work|holds another model/ })
  const committed = await lake.files({ table: 'models' })
  t.equal(committed.length, 1)
  const { weightsHash } = await modelReference(join(lake.folder, 'networks', 'net'))
  for await (const [record] of readRecords('models', committed[0].path))
    t.equal(record.weightsHash, weightsHash, 'what is recorded is what is there')
})

t.test('one name means one network, whatever comes first', async (t) => {
  const other = { code: 'bad-option', message: /another model that is called net/ }
  const trained = await openLake(join(root, 'trained'))
  await perform(trained, training('net', 2))
  await t.rejects(perform(trained, attack(a), { ...alone, limit: 5 }), other, 'an attack after a training')
  await t.rejects(perform(trained, training('net', 1)), other, 'a training after a training')
  await perform(trained, attack(b), { ...alone, limit: 5 })

  const attacked = await openLake(join(root, 'attacked'))
  await perform(attacked, attack(a), { ...alone, limit: 5 })
  const second = training('net', 2)
  await t.rejects(perform(attacked, second), other, 'a training after an attack')
  await t.rejects(modelReference(join(attacked.folder, second.spec.folder)), 'its model is not there')
  await t.rejects(perform(attacked, searchPathStep({ attack: attack(b).spec })), other, 'a path on c')
  await perform(attacked, searchPathStep({ attack: attack(a).spec }))

  const path = await openLake(join(root, 'path'))
  await perform(path, searchPathStep({ attack: attack(a).spec }))
  await t.rejects(perform(path, attack(b), { ...alone, limit: 5 }), other, 'an attack after a path on c')
  t.same(await rowsOf(path, { table: 'examples' }), [])
})

t.test(
  'scorings of examples, and of noise on their images, end with their limit and go on after it',
  async (t) => {
    const lake = await openLake(join(root, 'limited'))
    const { id } = await perform(lake, attack(), { ...alone, limit: 20 })
    const examples = { attack: attack().spec }
    const shown = [
      { kind: 'adversarial', examples },
      { kind: 'gaussian', stddev: 0.1, seed: 1, images: { originals: [examples] } },
    ] as const
    for (const one of shown) {
      const step = scoreStep({ models: [a], shown: one, partition: one.kind })
      const count = async (limit?: number) => {
        const performed = await perform(lake, step, { limit })
        return (await rowsOf(lake, { table: 'scores', step: performed.id })) as { index: [number] }[]
      }
      const few = await count(4)
      const more = await count(9)
      const all = await count()
      t.ok(few.length > 0 && few.length <= 4, `${one.kind}: ${few.length} rows of 4 examples`)
      t.ok(more.length > few.length && more.length <= 9 && all.length > more.length)
      t.equal(new Set(all.map(({ index }) => index[0])).size, all.length, 'each once')
      const undisturbed = await openLake(join(root, `undisturbed ${one.kind}`))
      await perform(undisturbed, attack(), { ...alone, limit: 20 })
      await perform(undisturbed, step)
      t.same(all, await rowsOf(undisturbed, { table: 'scores', step: await stepIdentity(lake, step) }))
    }
    t.equal((await lake.files({ step: id })).length, 1)
  },
)

t.test('a basis in two passes, and one that there is not', async (t) => {
  const lake = await openLake(join(root, 'ranked'))
  const ranked = (...passes: { basis: string[]; seed?: number; center?: boolean; control?: boolean }[]) =>
    perform(lake, rankStep({ model: a, layer: 'hidden1', images: source('test'), passes }))
  const gaussian = { basis: ['gaussian'], control: false }
  await t.rejects(ranked({ ...gaussian, seed: 1 }, { ...gaussian, seed: 2 }), {
    code: 'bad-option',
    message: /passes: two have the basis gaussian; give each basis to one pass alone/,
  })
  await t.rejects(ranked({ basis: ['unit'] }, { basis: ['gaussian'] }), {
    message: /the basis uniform; set control/,
  })
  await t.rejects(ranked({ basis: ['units'] }), {
    code: 'bad-option',
    message: /basis: expected unit, .* or a Parquet or Arrow file of directions, got units/,
  })
  t.same(await lake.files(), [])
  await ranked({ basis: ['principal'] }, { basis: ['principal'], center: true, control: false })
})

t.test('efforts and specs that are none', async (t) => {
  const lake = await openLake(join(root, 'none'))
  const wrong = async (effort: object, message: RegExp) =>
    t.rejects(perform(lake, attack(), effort), { code: 'bad-option', message })
  await wrong({ limt: 5 }, /^effort\.limt: expected one of the keys .*limit/)
  await wrong({ limit: NaN }, /^effort\.limit: expected a number, got NaN$/)
  await wrong({ limit: 5n }, /^effort\.limit: expected .*, got 5$/)
  await wrong({ limit: () => 5 }, /^effort\.limit: expected .*, got a value of type function$/)
  const notes = { notes: { why: () => 1 } } as Effort
  await t.rejects(performInThread(lake, attack(), notes), {
    code: 'bad-option',
    message: /step attack net: expected a step and notes of plain JSON/,
  })
  const train = training('other', 1)
  const later = attackStep({ model: { path: train.spec.folder }, images: source('test') }, [train.name])
  await t.rejects(
    performAll(
      lake,
      [later, train].map((step) => ({ step, effort: { limit: 3 } })),
    ),
    { code: 'bad-option', message: /expected train other, which it needs, before it/ },
  )
  t.same(await lake.files(), [])
})

t.test('who is told in a thread can end it, and hears of the backend', async (t) => {
  const lake = await openLake(join(root, 'told'))
  const step = training('told', 1)
  const no = new Error('no more')
  const onProgress = () => {
    throw no
  }
  await t.rejects(performInThread(lake, step, { onProgress }), no)
  t.same(await lake.files(), [])
  const names: string[] = []
  const onBackend: Effort['onBackend'] = ({ name }) => void names.push(name)
  await performInThreads(lake, [{ step, effort: {} }], 1, { onBackend })
  const score = scoreStep({
    models: [a],
    shown: { kind: 'clean', images: source('test') },
    partition: 'clean',
  })
  await perform(lake, score, { onBackend })
  t.equal(names.length, 2)
})

t.test('images that change between two steps are other images', async (t) => {
  const folder = join(root, 'changing')
  mkdirSync(folder)
  const changing = writeImages(folder, 2, 30)
  const lake = await openLake(join(root, 'changed'))
  const step = attackStep({ model: a, images: { source: `mnist@${changing}:test` } })
  const first = await stepIdentity(lake, step)
  const file = join(changing, 't10k-images-idx3-ubyte')
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(7, bytes.length - 10))
  t.not(await stepIdentity(lake.folder, step), first)
  appendFileSync(file, 'more')
  await t.rejects(stepIdentity(lake, step), { code: 'bad-data', message: /t10k-images-idx3-ubyte/ })
})

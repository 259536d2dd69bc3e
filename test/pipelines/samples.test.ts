import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { randomFor } from '../../operators/random.js'
import { attackModel } from '../../pipelines/attackModel.js'
import { rankModel } from '../../pipelines/rankModel.js'
import { report } from '../../pipelines/report/report.js'
import { scoreExamples } from '../../pipelines/scoreExamples.js'
import { trainOne } from '../../pipelines/trainOne.js'
import { parseSource } from '../../sources/source.js'
import { readExamples, readRecords, readScores } from '../../sources/records.js'

const COUNT = 30
const SIDE = 6
const into = { onProgress: () => undefined }

/** Bright squares in one of three corners, as IDX files of both splits. */
function writeImages(folder: string, seed: number): string {
  mkdirSync(folder, { recursive: true })
  const head = (...numbers: number[]) => numbers.flatMap((n) => [0, 0, n >> 8, n & 255])
  for (const [i, split] of ['train', 't10k'].entries()) {
    const random = randomFor(seed, 'images', i)
    const labels = Array.from({ length: COUNT }, (_, k) => k % 3)
    const pixels = labels.flatMap((label) =>
      Array.from({ length: SIDE * SIDE }, (_, at) => {
        const corner = (at % SIDE < 3 ? 0 : 1) + (at < 3 * SIDE ? 0 : 2)
        return Math.floor(random.uniform() * 90) + (corner === label ? 160 : 0)
      }),
    )
    const magic = (n: number) => [0, 0, 8, n]
    const images = [...magic(3), ...head(COUNT, SIDE, SIDE), ...pixels]
    writeFileSync(join(folder, `${split}-images-idx3-ubyte`), Uint8Array.from(images))
    writeFileSync(
      join(folder, `${split}-labels-idx1-ubyte`),
      Uint8Array.from([...magic(1), ...head(COUNT), ...labels]),
    )
  }
  return folder
}

const training = (data: string, folder: string) => ({
  architecture: 'FC8-3',
  ...{
    data: `mnist@${data}:train`,
    test: `mnist@${data}:test`,
    seed: 1,
    options: { epochs: 12, batchSize: 5 },
  },
  folder,
})

t.test('two folders of one name are two data sets, one that was moved is the same', async (t) => {
  const root = t.testdir()
  const [a, b] = ['MNIST', 'FashionMNIST'].map((name, i) => writeImages(join(root, name, 'raw'), i))
  const [model, out] = [join(root, 'model'), join(root, 'out')]
  await trainOne(training(a, model), into)
  const attack = (dir: string) =>
    attackModel({ model, data: `mnist@${dir}:test`, out, workers: 0, batchSize: 8 }, into)
  await attack(a)
  await attack(b)
  cpSync(a, join(root, 'moved'), { recursive: true })
  const { files } = await attack(join(root, 'moved'))
  const seen = new Map<string, number>()
  for await (const { dataset, index } of readExamples(join(out, 'examples')))
    seen.set(dataset, (seen.get(dataset) ?? 0) + index.length)
  t.same([...seen.values()], [COUNT, COUNT], 'no row of either is missing or there twice')
  t.equal(files.length, 1, 'the moved folder was attacked before')

  const { rows } = await scoreExamples({ examples: out, models: [model], noise: [0.1], out }, into)
  const countOf = (shown: string) => rows.reduce((sum, { kind, n }) => sum + (kind === shown ? n : 0), 0)
  t.equal(countOf('gaussian'), countOf('adversarial'), 'noise on every image of both')
  const noisy = new Set<string>()
  for await (const { kind, dataset, index } of readScores(join(out, 'scores')))
    if (kind === 'gaussian') index.forEach((at) => noisy.add(`${dataset} ${at}`))
  t.equal(noisy.size, countOf('adversarial'))

  for (const dir of [a, b])
    await rankModel(
      { model, layer: 'hidden1', data: `mnist@${dir}:test`, directions: ['units', 'gaussian'], out },
      into,
    )
  const shown = new Set<string>()
  for await (const { dataset } of readRecords('images', join(out, 'images'))) shown.add(dataset)
  t.same(shown, new Set(seen.keys()), 'images of both')

  const { file } = await report(out)
  const page = readFileSync(file, 'utf8')
  for (const dir of [a, b]) {
    const data = `mnist@${dir}:test`
    const { dataset } = await parseSource(data).identity()
    t.ok(page.includes(`${dataset} test: ${data}`), 'the page says which files a name stands for')
    t.ok(page.includes(`<td><b>${dataset} test</b></td>`), 'and has a row of each')
  }
})

t.test('a training is known by what it is trained and tested on', async (t) => {
  const root = t.testdir()
  const data = writeImages(join(root, 'data'), 5)
  const model = join(root, 'model')
  await trainOne(training(data, model), into)
  cpSync(data, join(root, 'moved'), { recursive: true })
  t.equal(
    (await trainOne(training(join(root, 'moved'), model), into)).trainError,
    0,
    'the same files elsewhere',
  )
  const elsewhere = writeImages(join(root, 'changed', 'data'), 6)
  await t.rejects(trainOne(training(elsewhere, model), into), {
    code: 'bad-option',
    message: /holds another model/,
  })
})

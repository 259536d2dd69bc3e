import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { report } from '../../pipelines/report/report.js'
import { parseSource } from '../../sources/source.js'
import { readExamples, readRecords, readScores } from '../../sources/records.js'
import { attackInto, rankInto, scoreInto, trainInto } from './commands.js'
import { writeImages } from './smallImages.js'

const COUNT = 30

const training = (data: string) => ({
  architecture: 'FC8-3',
  images: { source: `mnist@${data}:train` },
  test: { source: `mnist@${data}:test` },
  seed: 1,
  options: { epochs: 12, batchSize: 5 },
})

t.test('two folders of one name are two data sets, one that was moved is the same', async (t) => {
  const root = t.testdir()
  const [a, b] = ['MNIST', 'FashionMNIST'].map((name, i) => writeImages(join(root, name, 'raw'), i, COUNT))
  const [model, out] = [join(root, 'model'), join(root, 'out')]
  await trainInto(model, training(a))
  const attack = (dir: string) => attackInto(out, model, `mnist@${dir}:test`)
  await attack(a)
  await attack(b)
  cpSync(a, join(root, 'moved'), { recursive: true })
  const { files } = await attack(join(root, 'moved'))
  const seen = new Map<string, number>()
  for await (const { dataset, index } of readExamples(join(out, 'examples')))
    seen.set(dataset, (seen.get(dataset) ?? 0) + index.length)
  t.same([...seen.values()], [COUNT, COUNT], 'no row of either is missing or there twice')
  t.equal(files.length, 1, 'the moved folder was attacked before')

  const rows = await scoreInto(out, out, { models: [model], noise: [0.1] })
  const countOf = (shown: string) =>
    rows.reduce((sum, { kind, rows: n }) => sum + (kind === shown ? n : 0), 0)
  t.equal(countOf('gaussian'), countOf('adversarial'), 'noise on every image of both')
  const noisy = new Set<string>()
  for await (const { kind, dataset, index } of readScores(join(out, 'scores')))
    if (kind === 'gaussian') index.forEach((at) => noisy.add(`${dataset} ${at}`))
  t.equal(noisy.size, countOf('adversarial'))

  for (const dir of [a, b])
    await rankInto(out, model, {
      layer: 'hidden1',
      data: `mnist@${dir}:test`,
      directions: ['units', 'gaussian'],
      top: 64,
      seed: 1,
    })
  const shown = new Set<string>()
  for await (const { dataset } of readRecords('images', join(out, 'images'))) shown.add(dataset)
  t.same(shown, new Set(seen.keys()), 'images of both')

  const { file } = await report(out)
  const page = readFileSync(file, 'utf8')
  for (const dir of [a, b]) {
    const data = `mnist@${dir}:test`
    const { dataset } = await parseSource(data).identity()
    t.ok(page.includes(`${dataset} test: ${data}`), 'the page says which files a name stands for')
    t.ok(page.includes(`<td class="text"><b>${dataset} test</b></td>`), 'and has a row of each')
  }
})

t.test('a training is known by what it is trained and tested on', async (t) => {
  const root = t.testdir()
  const data = writeImages(join(root, 'data'), 5, COUNT)
  const model = join(root, 'model')
  await trainInto(model, training(data))
  cpSync(data, join(root, 'moved'), { recursive: true })
  t.equal((await trainInto(model, training(join(root, 'moved')))).trainError, 0, 'the same files elsewhere')
  const elsewhere = writeImages(join(root, 'changed', 'data'), 6, COUNT)
  await t.rejects(trainInto(model, training(elsewhere)), {
    code: 'bad-option',
    message: /holds another model/,
  })
})

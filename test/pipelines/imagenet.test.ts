import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseHTML } from 'linkedom'
import { heldTo, printedResults } from './jsonOutput.js'
import t from 'tap'
import { attackStep, openLake, readExamples, stepIdentity, useBackend } from 'blindspot'
import { imagenetPaper, type ImagenetPaperOptions } from '../../pipelines/imagenet.js'
import { noiseFor } from '../../pipelines/tables/noiseFor.js'
import { Models } from '../../pipelines/steps/models.js'
import { inBrowser, skip } from '../browser.js'
import { COLOURS, writeColourModel, writePhotographs } from './colours.js'
import { query } from './recount.js'

const OF_EACH = 5

await useBackend()
const root = t.testdir()
const photographs = await writePhotographs(join(root, 'photographs'), OF_EACH)
const whole = readFileSync(join(photographs, 'green', '1.jpg'))
writeFileSync(join(photographs, 'green', '1.jpg'), whole.subarray(0, whole.length / 2))
const models = [await writeColourModel(join(root, 'a'), 1), await writeColourModel(join(root, 'b'), 2)]
const options: ImagenetPaperOptions = {
  ...{ source: `imagenet:${photographs}`, models, limit: 6, seed: 3, workers: 0 },
  out: join(root, 'out'),
}
const result = await imagenetPaper(options)

t.test('what is printed of it', (t) => {
  const { unreadable } = result
  heldTo(t, 'imagenet', printedResults(result, { unreadable }))
  t.end()
})
const lake = await openLake(options.out, { readOnly: true })
const stateOf = async () => (await lake.files()).map(({ file, sha256 }) => `${file} ${sha256}`)

t.test(
  'evaluates, attacks, transfers and ranks, and goes on past a photograph that is cut off',
  async (t) => {
    const { photographs: rows, transfer, purity } = result.data
    t.match(
      rows.slice(0, 2),
      ['a', 'b'].map((model) => ({ model, images: 3 * OF_EACH - 1, errors: 0, attacked: 6, success: 1 })),
    )
    t.match(rows.at(-2), { model: 'AlexNet (Szegedy et al.)', distortion: 0.0065 }, 'beside the paper’s')
    const fed = transfer.map((row) => `${String(row['made_for'])} to ${String(row['fed_to'])}`)
    for (const pair of ['a to a', 'a to b', 'b to a', 'b to b']) t.ok(fed.includes(pair), pair)
    const noise = transfer.filter((row) => String(row['made_for']).startsWith('gaussian'))
    for (const { distortion } of rows.slice(0, 2))
      t.ok(
        noise.some((row) => Number(row['distortion']) >= Number(distortion)),
        'noise at least as large as the perturbations',
      )
    t.same([...new Set(purity.map(({ layer }) => layer))], ['pool'], 'the last layer before the logits')
    const counts = Object.fromEntries(result.rows)
    t.equal(
      counts['errors'],
      (await lake.files({ table: 'errors' })).length,
      'a row in each step that met it',
    )
    t.ok((counts['errors'] ?? 0) > 0)
    t.equal(result.unreadable, 1, 'counted once')
    t.end()
  },
)

t.test('examples are in the box and are what the network takes for another class', async (t) => {
  const paths = (await lake.files({ table: 'examples' })).map(({ path }) => path)
  for await (const { adversarial, shape, adversarialPrediction, label } of readExamples(paths)) {
    t.same(shape, [72, 72, 3])
    t.ok(adversarial.every((value) => value >= 0 && value <= 1))
    t.notOk(adversarialPrediction.some((k, row) => k === label[row]))
  }
})

t.test('examples, scores and images say which file they are of', async (t) => {
  const files = COLOURS.flatMap((colour) => Array.from({ length: OF_EACH }, (_, i) => `${colour}/${i}.jpg`))
  const tables = ['examples', 'scores', 'images']
  for (const table of tables) {
    const rows = await query(options.out, `select distinct index, path from ${table}`, {
      tables,
      printed: [],
    })
    t.ok(rows.length > 0)
    t.same(
      rows.map(({ path }) => path),
      rows.map(({ index }) => files[Number(index)]),
      table,
    )
  }
})

t.test('figures and a page with the classes’ names and thumbnails', (t) => {
  t.same(result.figures.map((file) => basename(file)).sort(), [
    ...['a-examples.png', 'a-pool-coherent.png', 'a-pool-random.png'],
    ...['b-examples.png', 'b-pool-coherent.png', 'b-pool-random.png'],
  ])
  const { report } = result
  if (!('file' in report)) return t.fail(report.reason)
  const page = readFileSync(report.file, 'utf8')
  for (const colour of COLOURS) t.match(page, colour)
  t.match(page, 'data:image/webp')
  const { document } = parseHTML(page)
  t.match(
    document.querySelector('header .unreadable')?.textContent,
    /^1 image could not be read and was left out\. \S*green\/1\.jpg: .*\.$/,
  )
  t.notOk(document.querySelector('#search, #missing'), 'no search was recorded, and none is missing')
  const text = document.querySelector('main')?.textContent ?? ''
  for (const explained of ['MNIST', '≠', 'Table 1 or 3', 'the paper’s N', 'the dashed one'])
    t.notOk(text.includes(explained), `${explained} explains nothing that is here`)
  t.ok(statSync(report.file).size < 10e6)
  t.end()
})

t.test('photographs of one’s own: the page says whose the labels are', async (t) => {
  const folder = join(root, 'own')
  const source = `imagenet:${await writePhotographs(join(folder, 'Pictures'), 2)}`
  const model = await writeColourModel(join(folder, 'network'), 1, { labels: [3, 5, 7], classes: 1000 })
  const out = join(folder, 'out')
  const { report, data } = await imagenetPaper({ ...options, source, models: [model], limit: 3, out })
  if (!('file' in report)) return t.fail(report.reason)
  const page = readFileSync(report.file, 'utf8')
  t.match(page, 'labels are what it takes the photographs for')
  t.match(page, 'No error is counted of photographs without classes')
  t.match(data.photographs[0], { model: 'network', errors: undefined, attacked: 3 })
  const rows = await query(out, 'select label, prediction from examples', {
    tables: ['examples'],
    printed: [],
  })
  t.ok(rows.every(({ label, prediction }) => label === prediction && [3, 5, 7].includes(Number(label))))
})

t.test('on a usual screen its tables are as wide as the page', { skip }, async (t) => {
  const { report } = result
  if (!('file' in report)) return t.fail(report.reason)
  await inBrowser(report.file, { width: 1200 }, async (page) => {
    const cut = await page.evaluate(() =>
      Array.from(document.querySelectorAll('section > .scroll'))
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map((box) => box.getAttribute('aria-label')),
    )
    t.same(cut, [])
  })
})

t.test('a second run makes nothing again; a folder that moved is the same', async (t) => {
  const before = await stateOf()
  await imagenetPaper(options)
  t.same(await stateOf(), before)
})

t.test('interrupted, it goes on to the same rows', async (t) => {
  const out = join(root, 'interrupted')
  const interrupt = new AbortController()
  let told = 0
  const onProgress = () => {
    if (++told === 6) interrupt.abort()
  }
  await t.rejects(imagenetPaper({ ...options, out, signal: interrupt.signal, onProgress }))
  t.ok(existsSync(join(out, 'manifest.json')))
  const again = await imagenetPaper({ ...options, out })
  t.same(again.data, result.data)
})

t.test('names what it cannot do', async (t) => {
  const refused = (more: Partial<ImagenetPaperOptions>) =>
    imagenetPaper({ ...options, ...more, out: join(root, 'no') })
  await t.rejects(refused({ models: [] }), { code: 'bad-option', message: /models: expected one or more/ })
  await t.rejects(refused({ models: [models[0], models[0]] }), {
    message: /got a of .*\/a and of .*\/a; .*--name/,
  })
  await t.rejects(refused({ layers: ['conv1', 'conv9'] }), { message: /none of a, b has a layer conv9/ })
})

t.test('what a source has is found out once for all steps of a job', async (t) => {
  const step = attackStep({ model: { path: models[0] }, images: { source: `imagenet:${photographs}` } })
  const job = new Models(options.out)
  const before = await stepIdentity(options.out, step, job)
  writeFileSync(join(photographs, 'green', 'more.jpg'), whole)
  t.equal(await stepIdentity(options.out, step, job), before)
  t.not(await stepIdentity(options.out, step), before, 'another job sees what has come')
})

t.test('noise is as large as the perturbation, in two digits', (t) => {
  t.same([0.00531, 0.0054, 0.012, 0.0999].map(noiseFor), [0.0054, 0.0054, 0.012, 0.1])
  t.end()
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { parseHTML } from 'linkedom'
import { lastValueFrom, of } from 'rxjs'
import t from 'tap'
import { report } from 'blindspot'
import { gaussianNoise } from '../../../operators/gaussianNoise.js'
import type { TableName, Tables } from '../../../operators/records/tables.js'
import { directionRows } from '../../../pipelines/figures/directionRows.js'
import { directionFigures } from '../../../pipelines/figures/directions.js'
import { exampleRows } from '../../../pipelines/figures/exampleRows.js'
import { exampleFigures } from '../../../pipelines/figures/examples.js'
import { noiseRows } from '../../../pipelines/figures/noiseRows.js'
import { attacksOf } from '../../../pipelines/tables/measure.js'
import { rankedLayers } from '../../../pipelines/tables/rankedLayers.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { openDatabase, type Database } from '../../../sources/duckdb.js'
import { examplesOf, scoresOf } from '../dataSet.js'
import { all } from '../page.js'
import { ranked } from '../rankedSet.js'

async function put<Name extends TableName>(
  lake: Lake,
  table: Name,
  ...records: Tables[Name][]
): Promise<void> {
  const writer = lake.writer(table, { step: `step-${(await lake.files()).length}` })
  for (const record of records) await writer.write(record as never)
  await writer.close()
}

async function asked<T>(lake: Lake, use: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(
    (await lake.files()).map(({ table, path }) => ({ table, paths: [path] })),
  )
  try {
    return await use(database)
  } finally {
    database.close()
  }
}

const NAME = 'FC200-200-10'

/** Images 100 to 107 of a network of the figures, of which 101 failed and 106 and 107 were skipped; noise of the first four. */
async function attacked(folder: string): Promise<Lake> {
  const lake = await openLake(folder)
  await put(lake, 'examples', examplesOf(NAME, [0.1, NaN, 0.2, 0.3, 0.1, 0.1], { skipped: 2 }))
  await put(lake, 'examples', examplesOf('other', [0.1, 0.1]))
  const noise = { kind: 'gaussian' as const, stddev: 1 }
  await put(lake, 'scores', scoresOf('', NAME, 4, 1, noise), scoresOf('', 'other', 4, 3, noise))
  return lake
}

t.test('of an attack the first images and the numbers of all', async (t) => {
  const lake = await attacked(join(t.testdir(), 'set'))
  await asked(lake, async (database) => {
    const chosen = async (first: number | undefined, most: number, others = 0) => {
      const attacks = await attacksOf(database, { first })
      return exampleRows(database, attacks, { most, others })
    }
    const told = ({ attack, rows }: Awaited<ReturnType<typeof chosen>>[number]) => [
      attack.sourceModel,
      attack.images,
      attack.successes,
      Number(attack.distortion.value.toFixed(6)),
      rows.map(({ index, status }) => `${index} ${status}`),
    ]
    t.same((await chosen(undefined, 3, 1)).map(told), [
      [NAME, 6, 5, 0.16, ['100 success', '102 success', '103 success', '106 skipped', '101 failed']],
      ['other', 2, 2, 0.1, ['100 success', '101 success']],
    ])
    // of three attacked images two were fooled: no more are shown, whatever else there is
    t.same((await chosen(3, 50)).map(told)[0], [NAME, 3, 2, 0.15, ['100 success', '102 success']])
    const [{ rows }] = await chosen(undefined, 50, 1)
    const failed = rows.find(({ status }) => status === 'failed')
    t.match(failed, { before: 1, after: null, distortion: null, pixels: { shape: [4, 4, 1] } })
    t.equal(failed?.pixels.changed, undefined, 'what failed has no example')
    t.ok(rows[0].pixels.changed?.every((value) => Math.abs(value - 0.6) < 1e-6))
  })
})

t.test(
  'noise is made again from the seed of its scores, and shown of what a network was asked of first',
  async (t) => {
    const lake = await attacked(join(t.testdir(), 'set'))
    await asked(lake, async (database) => {
      const examples = await exampleRows(database, await attacksOf(database), { most: 50 })
      const rows = await noiseRows(database, examples, { most: 50 })
      t.same(
        rows.map(({ model, accuracy, rows: own }) => [
          model,
          accuracy.n,
          accuracy.value,
          own.map(({ index, score }) => [index, score?.prediction]),
        ]),
        [
        // image 101, that the attack failed on, is one of the other network's
        [NAME, 4, 0.75, [[100, 1], [102, 2], [103, 3], [101, 1], [104, undefined], [105, undefined]]],
        ['other', 4, 0.25, [[100, 1], [101, 2], [102, 3], [103, 3], [104, undefined], [105, undefined]]],
      ], // prettier-ignore
      )
      const [one] = await noiseRows(database, examples, { most: 2, first: 2 })
      t.match(one, { accuracy: { n: 2, value: 0.5 }, rows: [{ index: 100 }, { index: 102 }] })
      const [{ pixels }] = one.rows
      const clean = { dataset: 'mnist', split: 'train', shape: pixels.shape, pixels: pixels.original }
      const sample = { index: Int32Array.of(100), label: Int32Array.of(0) }
      const noisy = await lastValueFrom(of({ ...clean, ...sample }).pipe(gaussianNoise(1, { seed: 1 })))
      t.same(pixels.changed, noisy.pixels)
    })
  },
)

t.test('the page and the PNG files show the same examples', async (t) => {
  const lake = await attacked(join(t.testdir(), 'set'))
  const files = await asked(lake, (database) => exampleFigures(database, lake.folder))
  t.same(
    files,
    ['pairs', 'noise', 'perturbations'].map((kind) => join(lake.folder, 'figures', `${NAME}-${kind}.png`)),
  )
  const first = await asked(lake, (database) => exampleFigures(database, lake.folder, { models: ['none'] }))
  t.same(first, [], 'what was not attacked has no figure')
  const { file } = await report(lake.folder)
  const { document } = parseHTML(readFileSync(file, 'utf8'))
  const [own] = all(document, '#images .images')
  t.match(
    own.querySelector('summary')?.textContent,
    /average distortion 0\.1600, accuracy on them 16\.7 % \[3\.0, 56\.4\] \(N 6\)/,
  )
  const successes = all(own, '.tile[data-status="success"]')
  t.equal(successes.length, 5)
  // a page of five pairs, and of five perturbations
  const wide = ([0, 2] as const).map((i) => decode(readFileSync(files[i])).width)
  t.ok(wide[0] > wide[1], `${wide.join(' and ')} pixels`)
})

t.test('rows of a layer: chosen once, by what was ranked', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const { ranks } = await ranked(lake, 'hidden1')
  await ranked(lake, 'hidden1', { seed: 2, size: 60 })
  await ranked(lake, 'hidden2', { name: 'deep', shape: [3, 2, 5], size: 60 })
  await asked(lake, async (database) => {
    const layers = await rankedLayers(database, {}, await lake.files())
    const rows = await directionRows(
      database,
      layers.map((layer) => layer.rows),
    )
    const small = rows.find(({ layer: [{ run }] }) => run === ranks.step)
    t.same(
      Object.entries(small?.kinds ?? {}).map(([kind, lines]) => [kind, lines.length]),
      [
        ['coherent', 10],
        ['random', 10],
        ['control', 1],
      ],
    )
    t.same(
      small?.purity.map(({ basis, mean }) => [basis, mean?.n]),
      [
        ['unit', 12],
        ['rotation', 12],
      ],
    )
    for (const line of small?.kinds.coherent ?? [])
      for (const { images, coherence } of line) {
        const labels = images.map(({ label }) => label)
        const most = labels.filter((label) => label === coherence?.label).length
        t.equal(most / images.length, coherence?.purity, 'the purity of a row is that of its images')
        t.ok(images.every(({ rank, picture }, i) => rank === i + 1 && picture?.pixels.length === 30))
      }
    const figures = await directionFigures(database, lake.folder, { runs: [ranks.step], byRun: true })
    t.same(
      figures,
      ['coherent', 'random'].map((kind) =>
        join(lake.folder, 'figures', `small-hidden1-${ranks.step.slice(0, 8)}-${kind}.png`),
      ),
    )
    t.same(
      (await directionFigures(database, lake.folder)).map((path) => path.split('/').at(-1)),
      ['small-hidden1', 'small-hidden1-2'].flatMap((name) => [`${name}-coherent.png`, `${name}-random.png`]),
      'five channels cannot be drawn',
    )
  })
})

t.test('images that are none are named', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const batch = examplesOf(NAME, [0.1, 0.2])
  batch.adversarial[17] = NaN
  await put(lake, 'examples', batch)
  await t.rejects(
    asked(lake, (database) => exampleFigures(database, lake.folder)),
    { code: 'bad-data', message: /\.parquet: column adversarial, row 1: expected finite values, got NaN/ },
  )
})

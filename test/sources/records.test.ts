import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { report } from '../../pipelines/report/report.js'
import { TABLES, type TableName, type Tables } from '../../operators/records/tables.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { readExamples, readRecords, readScores } from '../../sources/records.js'
import { attackInto, scoreInto, trainInto } from '../pipelines/commands.js'
import { examplesOf, modelOf, scoresOf } from '../pipelines/dataSet.js'
import { writeImages } from '../pipelines/smallImages.js'
import { coherenceRow, collect, ranksOf } from '../sinks/records.js'

const root = t.testdir()
const lake = await openLake(join(root, 'set'))
async function put<Name extends TableName>(table: Name, record: Tables[Name]) {
  const writer = lake.writer(table, { step: table, partition: { name: 'a' } })
  await writer.write(record as never)
  await writer.close()
}
await put('examples', examplesOf('a', [0.1, 0.2, NaN, 0.3], { skipped: 1 }))
await put('scores', scoresOf('a', 'b', 5, 2))
await put('models', [modelOf('a', 0.1, 0.2)])
await put('ranks', ranksOf(2))
await put('coherence', [coherenceRow(0), coherenceRow(1)])
await put('images', {
  ...{ dataset: 'mnist', split: 'test', shape: [2, 2, 1] as const },
  ...{ index: Int32Array.of(1, 2), label: Int32Array.of(0, 9), pixels: new Float32Array(8).fill(0.5) },
})
const files = await lake.files()
const connection = await (await DuckDBInstance.create()).connect()
t.teardown(() => connection.closeSync())

/** A copy of a table's file in which a column is something else in one row. */
async function changed(table: string, column: string, value: string, row: number): Promise<string> {
  const from = files.find((file) => file.table === table)?.path ?? ''
  const folder = join(root, 'changed')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${readdirSync(folder).length}.parquet`)
  const then = `CASE WHEN file_row_number = ${row} THEN ${value} ELSE "${column}" END`
  await connection.run(
    `COPY (SELECT * EXCLUDE (file_row_number) REPLACE (${then} AS "${column}")
      FROM read_parquet('${from}', hive_partitioning = false, file_row_number = true) ORDER BY file_row_number)
    TO '${file}'`,
  )
  return file
}

/** Row 1 is a success, row 2 failed, row 4 was skipped. */
const ODD: readonly [table: TableName, column: string, row: number, values: readonly string[]][] = [
  ['examples', 'adversarial', 1, ['NULL']],
  ['examples', 'adversarial', 2, ['original']],
  ['examples', 'adversarial_prediction', 1, ['NULL', 'label', '-2', '-1']],
  ['examples', 'adversarial_prediction', 4, ['3', '-1']],
  ['examples', 'distortion', 1, ['NULL', '-1', "'nan'::DOUBLE"]],
  ['examples', 'distortion', 2, ['0.1']],
  ['examples', 'l2', 0, ['NULL']],
  ['examples', 'linf', 0, ['NULL']],
  ['examples', 'status', 1, ['NULL', "'unknown'", "''", "'failed'", "'SUCCESS'"]],
  ['examples', 'reason', 1, ['NULL', "'budget'", "'why'"]],
  ['examples', 'reason', 2, ["'none'"]],
  ['examples', 'index', 3, ['NULL', '-1']],
  ['examples', 'label', 3, ['NULL', '-1']],
  ['examples', 'target', 3, ['-2', '-1']],
  ['examples', 'solves', 0, ['NULL', '-1']],
  ['examples', 'goal', 0, ["'toString'", 'NULL']],
  ['examples', 'method', 0, ["'constructor'"]],
  ['examples', 'run', 0, ['NULL']],
  ['examples', 'source_model', 0, ['NULL']],
  ['scores', 'error', 0, ['NULL', 'NOT error']],
  ['scores', 'clean_error', 0, ['NULL']],
  ['scores', 'prediction', 4, ['NULL', '-1']],
  ['scores', 'kind', 1, ['NULL', "'other'"]],
  ['scores', 'target', 1, ['-1']],
  ['scores', 'goal', 1, ["'__proto__'"]],
  ['scores', 'stddev', 1, ['0.1']],
  ['models', 'train_error', 0, ['-0.1', '1.1']],
  ['models', 'images', 0, ['-1', 'NULL']],
  ['ranks', 'rank', 1, ['0', '10001', 'NULL']],
  ['ranks', 'direction', 1, ['-1']],
  ['ranks', 'tied', 1, ['NULL']],
  ['coherence', 'purity', 1, ['2', '-1']],
  ['coherence', 'k', 1, ['0', '100000']],
]
/** What is within images; the report looks at those alone that it shows. */
const ODD_IMAGES: readonly [table: TableName, column: string, row: number, values: readonly string[]][] = [
  [
    'examples',
    'adversarial',
    1,
    [
      '[NULL]::FLOAT[] || adversarial[2:]',
      'adversarial[:15] || [NULL]::FLOAT[]',
      "['nan']::FLOAT[] || adversarial[2:]",
      "['inf']::FLOAT[] || adversarial[2:]",
      'adversarial[2:]',
      '[]',
    ],
  ],
  ['examples', 'original', 3, ['NULL', '[NULL]::FLOAT[] || original[2:]', 'original || [0.5]::FLOAT[]']],
  ['images', 'pixels', 1, ['NULL', '[NULL]::FLOAT[] || pixels[2:]', "['nan']::FLOAT[] || pixels[2:]", '[]']],
]

t.test('a value that its column cannot have is an error that names file, column and row', async (t) => {
  for (const [table, column, row, values] of [...ODD, ...ODD_IMAGES])
    for (const value of values) {
      const file = await changed(table, column, value, row)
      const what = `${table}.${column} = ${value}`
      const error = await collect(readRecords(table, file)).then(
        () => t.fail(`${what} was read`),
        (error: unknown) => error as Error,
      )
      t.match(error, { name: 'BlindspotError', code: 'bad-data' }, what)
      t.ok((error as Error).message.startsWith(`${file}: column `), (error as Error).message)
      t.match((error as Error).message, new RegExp(`row ${row}: expected .*, got `), what)
    }
  const box = await changed('examples', 'adversarial', '[1.5]::FLOAT[] || adversarial[2:]', 1)
  t.equal((await collect(readExamples(box))).length, 1, 'without a box any number is one')
  await t.rejects(collect(readExamples(box, { box: [0, 1] })), {
    code: 'bad-data',
    message: /column adversarial, row 1: expected values from 0 to 1, got 1\.5 at 0/,
  })
  const label = await changed('examples', 'label', '12', 1)
  await t.rejects(collect(readExamples(label, { classes: 10 })), {
    code: 'bad-data',
    message: /column label, row 1: expected a class from 0 to 9, got 12/,
  })
  // rows are counted through the file, whatever a batch holds
  const late = await changed('examples', 'index', '-1', 3)
  await t.rejects(collect(readExamples(late, { batchSize: 2 })), { message: /column index, row 3:/ })
})

t.test('columns that files of earlier versions lack are empty, for who reads and for a step', async (t) => {
  const folder = join(root, 'earlier')
  mkdirSync(folder)
  const network = join(root, 'network')
  await trainInto(network, {
    architecture: 'FC10(1e-2)',
    images: { source: `mnist@${writeImages(join(root, 'digits'), 1, 60)}:train`, first: 60 },
    seed: 1,
    options: { iterations: 2 },
  })
  const out = join(root, 'attacked')
  await attackInto(out, network, `mnist@${join(root, 'digits')}:test`, { limit: 30 })
  await scoreInto(out, out, { models: [network] })
  for (const { table, path } of await (await openLake(out)).files()) {
    const lacking = TABLES[table as TableName].columns.filter(({ later }) => later).map(({ name }) => name)
    if (lacking.length > 0)
      await connection.run(
        `COPY (SELECT * EXCLUDE (${lacking.map((name) => `"${name}"`).join(', ')})
          FROM read_parquet('${path}', hive_partitioning = false)) TO '${folder}/${table}.parquet'`,
      )
  }
  const [now] = await collect(readExamples(join(out, 'examples')))
  const [examples] = await collect(readExamples(join(folder, 'examples.parquet')))
  // DuckDB keeps no notes
  const { shape, box, relativeL2 } = now
  t.same({ ...examples, shape, box, relativeL2 }, now, 'all else is as it was')
  t.ok(relativeL2.some((value) => value > 0))
  t.ok(examples.relativeL2.every(Number.isNaN))
  const [scores] = await collect(readScores(join(folder, 'scores.parquet')))
  t.match(scores, { quality: -1, method: '', clip: false, model: now.sourceModel })

  const scored = await scoreInto(join(root, 'scored'), join(folder, 'examples.parquet'), {
    models: [network],
  })
  t.same(
    scored.map(({ kind, rows }) => [kind, rows]),
    [['adversarial', relativeL2.filter((value) => value > 0).length]],
  )
})

t.test('the report refuses the same rows', async (t) => {
  const manifest = JSON.parse(readFileSync(join(lake.folder, 'manifest.json'), 'utf8')) as {
    files: { table: string; file: string; bytes: number; sha256: string }[]
  }
  const kept = readFileSync(join(lake.folder, 'manifest.json'))
  for (const [table, column, row, values] of [
    ...ODD,
    ...ODD_IMAGES.filter(([name]) => name === 'examples'),
  ]) {
    const value = values[0]
    const bytes = readFileSync(await changed(table, column, value, row))
    const file = files.find((one) => one.table === table)
    if (!file) return t.fail(table)
    const own = readFileSync(file.path)
    writeFileSync(file.path, bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const listed = manifest.files.map((one) =>
      one.file === file.file ? { ...one, bytes: bytes.length, sha256 } : one,
    )
    writeFileSync(join(lake.folder, 'manifest.json'), JSON.stringify({ ...manifest, files: listed }))
    const what = `${table}.${column} = ${value}`
    await t.rejects(
      report(lake.folder),
      { code: 'bad-data', message: new RegExp(`part-${table}-00000\\.parquet.*row ${row}`) },
      what,
    )
    writeFileSync(file.path, own)
    writeFileSync(join(lake.folder, 'manifest.json'), kept)
  }
  const more = manifest.files.map((file) => ({ ...file, rows: 7 }))
  writeFileSync(join(lake.folder, 'manifest.json'), JSON.stringify({ ...manifest, files: more }))
  await t.rejects(report(lake.folder), { message: /has 5 rows, manifest\.json says 7/ })
  writeFileSync(join(lake.folder, 'manifest.json'), kept)
  t.ok((await report(lake.folder)).bytes > 1000)
})

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { publishTables } from 'blindspot'
import { oddDataSet } from '../../sinks/lake/formats/dataSet.js'
import { blindspot } from '../commandLine.js'
import { writeImages } from '../smallImages.js'

t.test('table makes a format of a data set that is there', async (t) => {
  const folder = t.testdir()
  await oddDataSet(folder)
  const delta = await blindspot('table', folder, '--format', 'delta')
  t.equal(delta.code, 0, delta.err)
  t.match(
    delta.out,
    /^examples: 8 rows in 2 files, as of commit 7; 2 versions written\nscores: 14 rows in 5 files/,
  )
  t.match(delta.out, /delta_scan\('.*examples'\)/)
  const iceberg = await blindspot('table', folder, '--format', 'iceberg', '--json')
  const tables = iceberg.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  t.match(tables, [
    {
      table: 'examples',
      format: 'iceberg',
      written: 2,
      files: 2,
      rows: 8,
      commit: 7,
      place: join(folder, 'examples'),
    },
    { table: 'scores', format: 'iceberg', written: 5 },
  ])
  t.match(
    (await publishTables(folder)).map(({ written }) => written),
    [0, 0, 0, 0],
  )
  for (const [args, code, err] of [
    [['table', folder], 2, /--format/],
    [['table', folder, '--format', 'hudi'], 2, /delta, iceberg/],
    [['table', join(folder, 'scores'), '--format', 'delta'], 2, /is no data set/],
  ] as const) {
    const wrong = await blindspot(...args)
    t.equal(wrong.code, code)
    t.match(wrong.err, err)
  }
})

t.test('a command that writes a data set makes it a table, and later ones keep it one', async (t) => {
  const folder = t.testdir()
  const data = writeImages(join(folder, 'images'), 1, 40)
  const [model, out] = ['model', 'out'].map((name) => join(folder, name))
  const train = ['train', 'FC3(1e-2)', '--data', `mnist@${data}:train`, '--iterations', '5', '--out', model]
  const trained = await blindspot(...train, '--table-format', 'iceberg')
  t.equal(trained.code, 0, trained.err)
  for (const table of ['models', 'training'])
    t.ok(existsSync(join(model, table, 'metadata', 'v1.metadata.json')), table)
  const attack = ['attack', model, '--data', `mnist@${data}:test`, '--workers', '0', '--out', out, '--limit']
  const first = await blindspot(...attack, '4', '--table-format', 'delta')
  t.equal(first.code, 0, first.err)
  const log = join(out, 'examples', '_delta_log')
  const versions = readdirSync(log).length
  t.ok(versions >= 1)
  t.equal((await blindspot(...attack, '8')).code, 0)
  t.equal(readdirSync(log).length, versions + 1)
  const wrong = await blindspot('evaluate', model, '--data', `mnist@${data}:test`, '--table-format', 'delta')
  t.equal(wrong.code, 2)
  t.match(wrong.err, /--table-format.*--out/)
})

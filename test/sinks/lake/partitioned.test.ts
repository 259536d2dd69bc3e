import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import type { ScoreBatch } from '../../../operators/records/score.js'
import { TABLES } from '../../../operators/records/tables.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { parquetMetadata } from '../../../sources/parquet.js'
import { readScores } from '../../../sources/records.js'
import { environmentOf, NEEDS_VERSITYGW, startVersitygw } from '../../objects.js'
import { collect, scoresOf } from '../records.js'

const NAMES = ['FC10(1)', 'with space', 'ünï😀', 'a/b=c%', "it's", '100%', '..', 'x'.repeat(80)]
const BY = { source: 'source_model', correct: 'error' }

/** Rows whose model is another one from row to row. */
function mixed(rows: number, start = 0, names = NAMES) {
  const scores = scoresOf(rows, start)
  const batches = names.map((sourceModel) => TABLES.scores.toArrow({ ...scores, sourceModel }))
  return batches
}

async function sql(lake: Lake, query: string) {
  const connection = await (await DuckDBInstance.create()).connect()
  const from = `read_parquet('${lake.folder}/scores/**/*.parquet', hive_partitioning = true)`
  const answer = await connection.runAndReadAll(query.replace('SCORES', from))
  connection.closeSync()
  return answer.getRowObjectsJson()
}

await t.test('rows go to the folders of their values, with so many files open at once at most', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const writer = lake.partitioned('scores', {
    step: 's',
    by: BY,
    maxOpen: 3,
    metadata: ({ partition, part, rows }) => ({ partition, part, rows }),
  })
  let most = 0
  for (let start = 0; start < 200; start += 100)
    for (const batch of mixed(100, start)) {
      await writer.write(batch)
      most = Math.max(
        most,
        writer.open,
        readdirSync(join(lake.folder, '.tmp')).filter((name) => name.endsWith('.tmp')).length,
      )
    }
  t.equal(most, 3)
  const files = await writer.close()
  t.equal(writer.open, 0)
  t.same(files.map(({ file }) => file).sort(), (await lake.files()).map(({ file }) => file).sort())
  t.equal(files.length, 32, 'two of each of 16 folders, since others came between')
  for (const { metadata, partition, part, rows } of files) t.same(metadata, { partition, part, rows })

  t.same(
    await sql(
      lake,
      `SELECT source, count(*)::INT n, count(DISTINCT index)::INT indices,
      bool_and(source = source_model AND correct = error::VARCHAR) AS same FROM SCORES GROUP BY ALL ORDER BY source`,
    ),
    [...NAMES]
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((source) => ({ source, n: 200, indices: 200, same: true })),
  )
  for (const { path } of await lake.files()) {
    const all = await collect(readScores(path))
    const index = all.flatMap((batch) => [...batch.index])
    t.same(
      index,
      [...index].sort((a, b) => a - b),
      'rows keep their order',
    )
  }
  await lake.verify(await lake.files())
})

await t.test(
  'a row of files goes on after those that are there, and what is not committed is gone',
  async (t) => {
    const lake = await openLake(join(t.testdir(), 'set'))
    const write = async (start: number) => {
      const writer = lake.partitioned('scores', { step: 's', by: { source: 'source_model' } })
      for (const batch of mixed(10, start, ['A', 'B'])) await writer.write(batch)
      return writer
    }
    await (await write(0)).close()
    const lost = await write(100)
    t.equal(lost.open, 2)
    await lost.abort()
    await lost.abort()
    t.same(readdirSync(join(lake.folder, '.tmp')), [])
    await (await write(10)).close()
    t.same(
      (await lake.files()).map(({ partition, part, rows }) => [partition['source'], part, rows]),
      [
        ['A', 0, 10],
        ['B', 0, 10],
        ['A', 1, 10],
        ['B', 1, 10],
      ],
    )
    t.same(await sql(lake, 'SELECT max(index)::INT most, count(*)::INT n FROM SCORES'), [{ most: 19, n: 40 }])
  },
)

await t.test('files end near the size that is asked for', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const target = 200_000
  const writer = lake.partitioned('scores', {
    step: 's',
    by: { source: 'source_model' },
    bytesPerFile: target,
    rowGroupSize: 5000,
  })
  let seed = 1
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31)
  // numbers that nothing compresses
  for (let start = 0; start < 300_000; start += 1000) {
    const scores: ScoreBatch = { ...scoresOf(1000, start), index: Int32Array.from({ length: 1000 }, random) }
    await writer.write(scores)
  }
  const files = await writer.close()
  t.ok(files.length > 3)
  for (const { path, bytes } of (await lake.files()).slice(0, -1)) {
    t.equal(statSync(path).size, bytes)
    t.ok(bytes > 0.8 * target && bytes < 1.35 * target, `${bytes} bytes of ${target}`)
  }
  t.equal(
    files.reduce((sum, { rows }) => sum + rows, 0),
    300_000,
  )

  const parts = lake.parts('scores', {
    step: 'p',
    rowsPerFile: Infinity,
    bytesPerFile: target,
    rowGroupSize: 5000,
  })
  for (let start = 0; start < 200_000; start += 1000)
    await parts.write({ ...scoresOf(1000, start), index: Int32Array.from({ length: 1000 }, random) })
  t.ok((await parts.close()).length > 2)
})

await t.test('no rows are no files, what has no value is in the folder of nothing', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const writer = lake.partitioned('scores', { step: 's', by: { model: 'source_model', deviation: 'stddev' } })
  await t.rejects(writer.write(scoresOf(3)), {
    code: 'bad-option',
    message: /partition key model.*column's name/,
  })
  await writer.abort()
  t.same(await lake.files(), [])

  const none = lake.partitioned('scores', {
    step: 's',
    by: { source: 'source_model', deviation: 'stddev' },
    sorted: ['index'],
  })
  await none.write(TABLES.scores.empty)
  t.same(await none.close(), [])
  t.notOk(existsSync(join(lake.folder, 'scores')))
  await none.write(scoresOf(3, 0, ''))
  await none.write(scoresOf(3, 0, 'A', 0.25))
  t.same(
    (await none.close()).map(({ file }) => file),
    [
      'scores/source=__HIVE_DEFAULT_PARTITION__/deviation=__HIVE_DEFAULT_PARTITION__/part-s-00000.parquet',
      'scores/source=A/deviation=0.25/part-s-00000.parquet',
    ],
  )
  t.same(await sql(lake, 'SELECT source, deviation, count(*)::INT n FROM SCORES GROUP BY ALL ORDER BY 2'), [
    { source: 'A', deviation: 0.25, n: 3 },
    { source: null, deviation: null, n: 3 },
  ])
  const [{ path }] = await lake.files()
  t.equal((await parquetMetadata(path)).keyValues.get('blindspot.sorted'), '["index"]')

  const partitioned = (options: object) =>
    lake.partitioned('scores', { step: 's', by: { source: 'source_model' }, ...options })
  for (const options of [
    { by: {} },
    { maxOpen: 0 },
    { bytesPerFile: 0 },
    { by: { 'A B': 'model' } },
    { step: '' },
  ])
    t.throws(() => partitioned(options), { code: 'bad-option' })
  await t.rejects(partitioned({ by: { source: 'nobody' } }).write(scoresOf(1)), {
    code: 'bad-option',
    message: /source.*nobody/,
  })
  const images = lake.partitioned('images', { step: 's', by: { source: 'pixels' } })
  await t.rejects(images.write(TABLES.images.empty), { code: 'bad-option', message: /pixels, which is List/ })
})

await t.test('in an object store', { skip: NEEDS_VERSITYGW }, async (t) => {
  process.env['BLINDSPOT_CACHE'] = t.testdir()
  const server = await startVersitygw('parts')
  t.teardown(() => server.close())
  Object.assign(process.env, environmentOf(server.url))
  const lake = await openLake('s3://parts/one set')
  const writer = lake.partitioned('scores', { step: 's', by: { source: 'source_model' }, maxOpen: 2 })
  for (let start = 0; start < 20; start += 10) for (const batch of mixed(10, start)) await writer.write(batch)
  await writer.close()
  const files = await lake.files()
  t.equal(files.length, 16)
  for (const name of NAMES) {
    const own = files.filter(({ partition }) => partition['source'] === name)
    const scores = await collect(readScores(own.map(({ path }) => path)))
    t.same(
      scores.map(({ sourceModel, index }) => [sourceModel, index.length]),
      [
        [name, 10],
        [name, 10],
      ],
    )
  }
})

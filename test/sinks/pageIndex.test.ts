import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetScan } from 'hyparquet'
import t from 'tap'
import { TABLES } from '../../operators/records/tables.js'
import { ParquetWriter, type ParquetOptions } from '../../sinks/parquet.js'
import { parquetMetadata } from '../../sources/parquet.js'
import { python } from '../python.js'
import { examplesOf, scoresOf } from './records.js'

const ROWS = 40_000

async function writeScores(path: string, options: ParquetOptions, order = (row: number) => row) {
  const writer = new ParquetWriter(path, options)
  for (let at = 0; at < ROWS; at += 1000) {
    const scores = scoresOf(1000, at)
    await writer.write(TABLES.scores.toArrow({ ...scores, index: scores.index.map(order) }))
  }
  return writer.close()
}

/** Ranges of rows that a reader has to look at for an index, by statistics and the index of pages, and the bytes it takes. */
async function scanned(path: string, index: number) {
  const bytes = await readFile(path)
  const { buffer } = new Uint8Array(bytes)
  let read = 0
  const file = {
    byteLength: buffer.byteLength,
    slice: (from: number, to?: number) => {
      read += (to ?? buffer.byteLength) - from
      return buffer.slice(from, to)
    },
  }
  const scan = await parquetScan({
    file,
    columns: ['index', 'prediction'],
    pruningFilter: { index: { $eq: index } },
    usePageIndex: true,
  })
  const before = read
  let found = 0
  for (const range of scan.ranges) {
    const values: ArrayLike<unknown> = await scan.readColumn({ column: 'index', ...range })
    found += Array.from(values).filter((value) => value === index).length
  }
  const rows = scan.ranges.reduce((sum, { rowStart, rowEnd }) => sum + rowEnd - rowStart, 0)
  return { rows, bytes: read - before, found }
}

await t.test('a filter leaves most pages of a row group unread, and misses no row', async (t) => {
  const path = join(t.testdir(), 'scores.parquet')
  await writeScores(path, { compression: 'snappy', sorted: ['index'] })
  const metadata = await parquetMetadata(path)
  t.equal(metadata.rowGroups, 1, 'all of them in one row group')
  t.equal(metadata.keyValues.get('blindspot.sorted'), '["index"]')
  for (const index of [0, 4095, 4096, 23_456, ROWS - 1]) {
    const { rows, found } = await scanned(path, index)
    t.equal(found, 1)
    t.ok(rows <= ROWS / 4, `${rows} of ${ROWS} rows looked at`)
  }
  t.same(await scanned(path, ROWS), { rows: 0, bytes: 0, found: 0 })

  const shuffled = join(t.testdir(), 'shuffled.parquet')
  await writeScores(shuffled, { compression: 'snappy' }, (row) => (row * 7919) % ROWS)
  t.same((await parquetMetadata(shuffled)).keyValues.get('blindspot.sorted'), undefined)
  const { rows, found } = await scanned(shuffled, 23_456)
  t.same([rows, found], [ROWS, 1], 'no order, no page less: it is the order that makes the index of use')
})

await t.test('DuckDB passes row groups over by the statistics', async (t) => {
  const path = join(t.testdir(), 'scores.parquet')
  await writeScores(path, { rowGroupSize: 4000 })
  const connection = await (await DuckDBInstance.create()).connect()
  const answer = await connection.runAndReadAll(
    `SELECT count(*)::INT n, min(prediction)::INT p FROM '${path}' WHERE index BETWEEN 23456 AND 23457`,
  )
  t.same(answer.getRowObjectsJson(), [{ n: 2, p: (23_456 * 7) % 10 }])
  const groups = await connection.runAndReadAll(
    `SELECT count(*)::INT n FROM parquet_metadata('${path}') WHERE path_in_schema = 'index'
      AND stats_min_value::INT <= 23456 AND stats_max_value::INT >= 23456`,
  )
  t.same(groups.getRowObjectsJson(), [{ n: 1 }])
  connection.closeSync()
})

const reader = python(['pyarrow'])
await t.test(
  'pyarrow finds the index of every column',
  { skip: 'skip' in reader && reader.skip },
  async (t) => {
    if ('skip' in reader) return
    const folder = t.testdir()
    await writeScores(join(folder, 'scores.parquet'), {})
    const writer = new ParquetWriter(join(folder, 'examples.parquet'))
    await writer.write(TABLES.examples.toArrow(examplesOf(50)))
    await writer.close()
    const script = `
import json, sys, pyarrow.parquet as pq, pyarrow.compute as pc, pyarrow.dataset as ds
out = []
for name in ("scores", "examples"):
    path = f"{sys.argv[1]}/{name}.parquet"
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    out.append([c.has_offset_index and c.has_column_index and c.is_stats_set for c in columns])
table = ds.dataset(f"{sys.argv[1]}/scores.parquet").to_table(filter=pc.field("index") == 23456)
print(json.dumps([all(out[0]), all(out[1]), table.column("prediction").to_pylist()]))
`
    const { stdout, stderr } = spawnSync(reader.path, ['-c', script, folder], { encoding: 'utf8' })
    t.same(JSON.parse(stdout || stderr), [true, true, [(23_456 * 7) % 10]])
  },
)

await t.test('rows that are out of the order that was said are an error, and nothing is left', async (t) => {
  const folder = t.testdir()
  const sorted = ['model', 'stddev', 'index']
  const write = async (batches: readonly ReturnType<typeof scoresOf>[], by = sorted) => {
    const writer = new ParquetWriter(join(folder, 'scores.parquet'), { sorted: by })
    for (const batch of batches) await writer.write(TABLES.scores.toArrow(batch))
    return writer.close()
  }
  const named = (model: string, start: number, stddev?: number) => ({
    ...scoresOf(3, start, 'm', stddev),
    model,
  })
  const ordered = [
    named('A', 5, 0.1),
    named('A', 2, 0.5),
    named('A', 0),
    named('Z', 0),
    named('é', 0),
    named('é', 3),
  ]
  t.equal((await write(ordered)).rows, 18, 'null comes last, texts go by their bytes')
  await t.rejects(write([named('A', 0), named('A', 1)]), {
    code: 'bad-data',
    message: /scores\.parquet: row 3, column index: expected 2 or more.*got 1/,
  })
  t.same(readdirSync(folder), ['scores.parquet'], 'the earlier file is there, and nothing else')
  await t.rejects(write([named('é', 0), named('Z', 0)]), {
    code: 'bad-data',
    message: /row 3, column model: expected é or more.*got Z/,
  })
  await t.rejects(write([named('A', 0), named('A', 5, 0.1)]), {
    message: /column stddev: expected null or more/,
  })
  await t.rejects(write([named('A', 0)], ['nothing']), { code: 'bad-option', message: /got nothing/ })
  t.equal((await write([named('A', 0), named('A', 2)])).rows, 6, 'the same again is in order')
})

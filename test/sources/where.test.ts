import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC, type RecordBatch } from 'apache-arrow'
import { from } from 'rxjs'
import t from 'tap'
import {
  ParquetWriter,
  readExamples,
  readParquet,
  readRecords,
  TABLES,
  toArrowStream,
  type Where,
} from 'blindspot'
import { boundsOf } from '../../sources/parquetStatistics.js'
import { rulesOut } from '../../sources/where.js'
import { bytesOf, collect, examplesOf } from '../sinks/records.js'
import { whileCounting } from './bytesRead.js'

const folder = t.testdir()
const instance = await DuckDBInstance.create()
const duckdb = await instance.connect()
t.teardown(() => {
  duckdb.closeSync()
  instance.closeSync()
})

/** 20 row groups of 100 rows, in the order of `i`. */
const numbers = join(folder, 'numbers.parquet')
await duckdb.run(`COPY (
  SELECT i, i::BIGINT * 4294967296 AS big, (i / 7.0)::DOUBLE AS real, (i % 5)::UTINYINT AS small,
    CASE WHEN i % 11 = 0 THEN NULL ELSE i END AS gaps, 'n' || lpad(i::VARCHAR, 4, '0') AS text, i % 3 = 0 AS flag,
    CASE WHEN i % 2 = 0 THEN 'nan'::DOUBLE ELSE i END AS holes, (i / 100.0)::DECIMAL(9, 2) AS money,
    array_to_string([md5((i * 61 + x)::VARCHAR) for x in range(60)], '') AS payload
  FROM range(2048) r(i)) TO '${numbers}' (ROW_GROUP_SIZE 2048, COMPRESSION uncompressed)`)
const many = join(folder, 'many.parquet')
{
  const [table] = [await collect(readParquet(numbers))]
  const writer = new ParquetWriter(many, { rowGroupSize: 100 })
  for (const batch of table) await writer.write(batch)
  await writer.close()
}

const column = (batches: readonly RecordBatch[], name: string): unknown[] =>
  batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) => batch.getChild(name)?.get(row) as unknown),
  )
const asked = async (sql: string): Promise<unknown[]> =>
  (await duckdb.runAndReadAll(`SELECT i FROM '${many}' WHERE ${sql} ORDER BY i`)).getRows().map(([i]) => i)

/** Bytes that are read of files while some work is done. */
const bytesRead = (work: () => Promise<unknown>): Promise<number> =>
  whileCounting(async (bytes) => {
    await work()
    return bytes()
  })

const CASES: readonly (readonly [Where, string])[] = [
  [{ i: { equals: 777 } }, 'i = 777'],
  [{ i: { equals: 777n } }, 'i = 777'],
  [{ i: { least: 100, most: 199 } }, 'i BETWEEN 100 AND 199'],
  [{ i: { in: [3, 1500, 9999] } }, 'i IN (3, 1500)'],
  [{ big: { least: 2040n * 4294967296n } }, 'i >= 2040'],
  [{ big: { most: 5 * 4294967296 } }, 'i <= 5'],
  [{ real: { most: 10.5 } }, 'real <= 10.5'],
  [{ small: { equals: 4 }, i: { most: 300 } }, 'small = 4 AND i <= 300'],
  [{ gaps: { most: 25 } }, 'gaps <= 25'],
  [{ text: { equals: 'n0042' } }, "text = 'n0042'"],
  [{ text: { least: 'n2040' } }, "text >= 'n2040'"],
  [{ text: { in: ['n0001', 'n1999', 'nowhere'] } }, "text IN ('n0001', 'n1999')"],
  [{ flag: { equals: true }, i: { least: 2000 } }, 'flag AND i >= 2000'],
  [{ holes: { most: 31 } }, 'holes <= 31 AND NOT isnan(holes)'],
  [{ money: { equals: 1.25 } }, 'money = 1.25'],
  [{ i: { equals: -1 } }, 'false'],
]

t.test('the rows that DuckDB finds, in their order', async (t) => {
  for (const path of [many, numbers])
    for (const [where, sql] of CASES) {
      const batches = await collect(readParquet(path, { where, columns: ['i', 'text'], batchSize: 64 }))
      const found = column(batches, 'i')
      t.same(found, await asked(sql), `${sql} ${path}`)
      t.same(
        column(batches, 'text'),
        found.map((i) => `n${String(i).padStart(4, '0')}`),
      )
    }
  const [where] = CASES[2]
  t.same(column(await collect(readParquet(many, { where, columns: ['text'] })), 'text')[7], 'n0107')
  const none = await collect(readParquet(many, { where, columns: [] }))
  t.equal(
    none.reduce((rows, { numRows }) => rows + numRows, 0),
    100,
    'rows of no columns',
  )
})

t.test('what is ruled out is not read', async (t) => {
  const read = (where?: Where) => bytesRead(() => collect(readParquet(many, { ...(where && { where }) })))
  const all = await read()
  const footer = await bytesRead(() => collect(readParquet(many, { columns: [] })))
  const group = (all - footer) / 21
  t.ok(group > 50_000, `${group} bytes of a row group`)
  const one = await read({ i: { least: 500, most: 599 } })
  t.ok(one - footer < 1.5 * group, `one row group of 21: ${one} of ${all}`)
  const two = await read({ text: { in: ['n0005', 'n2000'] } })
  t.ok(two - footer < 2.5 * group, `two: ${two}`)
  t.equal(await read({ i: { equals: 5000 } }), footer, 'none')
  // statistics do not tell, the column does: what it stands beside stays where it is
  const gap = await read({ text: { equals: 'n0500x' } })
  t.ok(gap - footer < 0.1 * group, `a column of one row group: ${gap - footer}`)
  const small = await read({ small: { equals: 9 } })
  t.ok(small - footer < 0.1 * all, 'a column of all row groups')
})

t.test('files whose folders rule them out are not opened', async (t) => {
  const root = join(folder, 'hive')
  for (const [place, ok] of [
    ['source=FC10%281%29/k=1', true],
    ['source=FC10%281%29/k=2', false],
    ['source=other/k=1', false],
    ['source=__HIVE_DEFAULT_PARTITION__/k=1', false],
  ] as const) {
    const path = join(root, place, 'part.parquet')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, ok ? readFileSync(many) : 'no Parquet')
  }
  const read = async (where: Where) =>
    column(await collect(readParquet(root, { where, columns: ['i'] })), 'i')
  const source = { equals: 'FC10(1)' }
  t.equal((await read({ source, k: { equals: 1 } })).length, 2048)
  t.equal((await read({ source, k: { in: ['1', '7'] } })).length, 2048)
  t.same(await read({ source, k: { most: 1 }, i: { equals: 3 } }), [3])
  t.same(await read({ source: { equals: 'nobody' } }), [])
  await t.rejects(read({ source }), { code: 'bad-data', message: /k=2.*is not a whole Parquet file/ })
})

t.test('records come with it, whole', async (t) => {
  const path = join(folder, 'examples.parquet')
  const writer = new ParquetWriter(path, { rowGroupSize: 20 })
  await writer.write(TABLES.examples.toArrow(examplesOf(90)))
  await writer.close()
  const where = { index: { least: 30, most: 49 }, status: { equals: 'success' } }
  const some = await collect(readExamples(path, { where }))
  const rows = (await collect(readExamples(path))).flatMap((batch) =>
    [...batch.index.keys()]
      .filter((row) => batch.status[row] === 0 && batch.index[row] >= 30 && batch.index[row] <= 49)
      .map((row) => [
        batch.index[row],
        batch.distortion[row],
        ...batch.adversarial.subarray(12 * row, 12 * row + 12),
      ]),
  )
  const size = some[0].adversarial.length / some[0].index.length
  t.same(
    some
      .flatMap((batch) =>
        Array.from(batch.index, (index, row) => [
          index,
          batch.distortion[row],
          ...batch.adversarial.subarray(size * row, size * row + 12),
        ]),
      )
      .map(([index, distortion]) => [index, distortion]),
    rows.map(([index, distortion]) => [index, distortion]),
  )
  t.ok(rows.length > 5)
  const kept = await collect(readRecords('examples', path, { where: { index: { equals: 31 } } }))
  t.same(
    kept.map(({ index }) => [...index]),
    [[31]],
  )
  const [whole] = await collect(readExamples(path, { where: { index: { least: 20, most: 39 } } }))
  const [, second] = await collect(readExamples(path, { batchSize: 20 }))
  t.same(bytesOf(whole), bytesOf(second), 'bit for bit')
  const part = await collect(readParquet(path, { where }))
  const bytes = Buffer.concat(await collect(toArrowStream(from(part))))
  t.same(column(tableFromIPC(bytes).batches, 'index'), column(part, 'index'), 'slices go down a wire')
  // an error names the row of the file, not of what is left
  await t.rejects(collect(readExamples(path, { where: { index: { least: 50 } }, classes: 1 })), {
    message: /examples\.parquet: column \w+, row [5-9]\d: expected a class/,
  })
})

t.test('statistics that are not sure rule nothing out', (t) => {
  const bounds = { least: 10, most: 20, isNull: false }
  t.ok(
    rulesOut({ equals: 21 }, bounds) && rulesOut({ least: 20.5 }, bounds) && rulesOut({ most: 9n }, bounds),
  )
  t.notOk(
    rulesOut({ equals: 20 }, bounds) || rulesOut({ least: 20 }, bounds) || rulesOut({ in: [1, 15] }, bounds),
  )
  t.notOk(rulesOut({ equals: 'x' }, bounds), 'of another kind')
  t.notOk(rulesOut({ equals: 1 }, { least: 20, most: 10, isNull: false }), 'no range')
  t.notOk(rulesOut({ equals: 1 }, { isNull: false }), 'unknown')
  t.ok(rulesOut({ equals: 1 }, { isNull: true }), 'nulls alone')
  const of = (element: object, statistics: object, writer = 'some') =>
    boundsOf(
      {
        created_by: writer,
        row_groups: [{ columns: [{ meta_data: { path_in_schema: ['x'], num_values: 3n, statistics } }] }],
      } as unknown as Parameters<typeof boundsOf>[0],
      { name: 'x', elements: [element as Parameters<typeof boundsOf>[1]['elements'][0]] },
      0,
    )
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' }
  t.same(of({ type: 'INT32' }, { min_value: 1, max_value: 2 }), { least: 1, most: 2, isNull: false })
  t.same(of({ type: 'DOUBLE' }, { min_value: NaN, max_value: 2 }), { isNull: false })
  t.same(of({ type: 'INT32' }, { min: 1, max: 2 }), { isNull: false }, 'of a way that was given up')
  t.same(of(text, { min_value: 'a\ufffd', max_value: 'b' }), { isNull: false }, 'cut within a character')
  t.same(of(text, { min_value: 'a', max_value: 'b' }), { least: 'a', most: 'b', isNull: false })
  t.same(of({ type: 'INT32', converted_type: 'DATE' }, { min_value: new Date(), max_value: new Date() }), {
    isNull: false,
  })
  t.same(of({ type: 'INT64', converted_type: 'DECIMAL' }, { min_value: 1, max_value: 2 }), { isNull: false })
  t.same(of({ type: 'INT32' }, { null_count: 3n }), { isNull: true })
  t.equal(of(text, { min_value: 'a', max_value: 'b' }, 'parquet.js'), undefined)
  t.equal(of({ type: 'INT32' }, undefined as unknown as object), undefined)
  t.end()
})

t.test('statistics that were spoilt', async (t) => {
  // a writer that says least 9, most 2: a range that is none
  const bytes = readFileSync(many)
  const found = await collect(readParquet(many, { where: { i: { equals: 2047 } }, columns: ['i'] }))
  t.same(column(found, 'i'), [2047n])
  const path = join(folder, 'spoilt.parquet')
  let [errors, same] = [0, 0]
  const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  for (let at = start; at < bytes.length - 8; at += 131) {
    const spoilt = Buffer.from(bytes)
    spoilt[at] ^= 0xff
    writeFileSync(path, spoilt)
    try {
      await collect(readParquet(path, { where: { i: { equals: 2047 } }, columns: ['i'] }))
      same++
    } catch (error) {
      errors++
      t.match(error, { name: 'BlindspotError' }, `byte ${at}`)
    }
  }
  t.ok(errors > 0 && same > 0, `${errors} errors, ${same} read`)
})

t.test('conditions that are none', async (t) => {
  const read = (where: unknown) => collect(readParquet(many, { where: where as Where }))
  for (const [where, message] of [
    [{ i: {} }, /where: i: expected one or more of equals, in, least, most, got nothing/],
    [{ i: 3 }, /where: i: expected one or more/],
    [{ i: { above: 3 } }, /got above/],
    [{ i: { equals: NaN } }, /where: i: equals: expected a text, a number or a flag, got NaN/],
    [{ i: { in: [null] } }, /where: i: in: expected a list/],
    [{ i: { equals: '3' } }, /where: i: expected a number, got "3", and the column has Int/],
    [{ text: { least: 3 } }, /where: text: expected a text, got "3"/],
  ] as const)
    await t.rejects(read(where), { code: 'bad-option', message })
  await t.rejects(read({ nowhere: { equals: 3 } }), {
    code: 'bad-option',
    message: /many\.parquet has no column nowhere; its columns are i, big/,
  })
  const lists = join(folder, 'examples.parquet')
  await t.rejects(collect(readParquet(lists, { where: { original: { equals: 1 } } })), {
    code: 'bad-option',
    message: /where: original: expected a column of texts, numbers or flags, got one of List/,
  })
})

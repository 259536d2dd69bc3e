import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { existsSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { Field, Int64, RecordBatch, Schema, Struct, makeData } from 'apache-arrow'
import t from 'tap'
import { TABLES } from '../../operators/records/tables.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { parquetMetadata, readParquet } from '../../sources/parquet.js'
import { readExamples, readRecords, readScores } from '../../sources/records.js'
import {
  activationsOf,
  bytesOf,
  coherenceRow,
  collect,
  digestOf,
  examplesOf,
  ranksOf,
  scoresOf,
} from './records.js'

const rows = async (sql: string) => {
  const connection = await (await DuckDBInstance.create()).connect()
  const result = await connection.runAndReadAll(sql)
  connection.closeSync()
  return result.getRowObjectsJson()
}

async function write(path: string, batches: readonly RecordBatch[], options = {}) {
  const writer = new ParquetWriter(path, options)
  // not awaited one by one: the writer keeps them in order
  await Promise.all(batches.map((batch) => writer.write(batch)))
  return writer.close()
}

await t.test('records come back bit for bit, split where their constants change', async (t) => {
  const path = join(t.testdir(), 'examples.parquet')
  const batches = [examplesOf(70), examplesOf(45, 70), examplesOf(5, 0, 'FC100-100-10')]
  const written = await write(path, batches.map(TABLES.examples.toArrow), {
    rowGroupSize: 50,
    provenance: { seed: 7 },
  })
  t.equal(written.rows, 120)

  const back = await collect(readExamples(path))
  const parts = back.map((batch) => [batch.sourceModel, batch.index.length])
  t.same(parts, [
    ['FC10(1e-4)', 50],
    ['FC10(1e-4)', 50],
    ['FC10(1e-4)', 15],
    ['FC100-100-10', 5],
  ])
  const slice = (of: typeof batches, from: number, to: number) => {
    const [a, b] = of
    const whole = Object.fromEntries(
      Object.entries(a).map(([key, value]: [string, unknown]) => {
        if (!(
          value instanceof Float32Array ||
          value instanceof Float64Array ||
          value instanceof Int32Array ||
          value instanceof Uint8Array
        ))
          return [key, value]
        const other = b[key as keyof typeof b] as unknown as typeof value
        const joined = Buffer.concat(
          [value, other].map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength)),
        )
        const width = value.byteLength / a.index.length
        return [key, digestOf(value.constructor.name, joined.subarray(from * width, to * width))]
      }),
    )
    return whole
  }
  t.same(bytesOf(back[0]), slice(batches, 0, 50))
  t.same(
    bytesOf(back[1]),
    slice(batches, 50, 100),
    'rows of two batches in one row group, lists without padding',
  )
  t.same(bytesOf(back[3]), bytesOf(batches[2]))

  const none = digestOf('Float32Array', Buffer.alloc(0))
  const [small] = await collect(readExamples(path, { images: false }))
  t.same([small.original.length, small.adversarial.length], [0, 0])
  t.same(bytesOf(small), { ...bytesOf(back[0]), original: none, adversarial: none })

  const metadata = await parquetMetadata(path)
  t.same(metadata.provenance, { seed: 7 })
  t.same([metadata.rows, metadata.rowGroups, metadata.keyValues.get('shape')], [120, 3, '[2,3,2]'])
  t.match(metadata.createdBy, /^blindspot version \d/)
})

await t.test('scores, trainings, models, searches and images come back', async (t) => {
  const folder = t.testdir()
  const scores = [scoresOf(1000), scoresOf(10, 0, '', 0.1)]
  await write(join(folder, 'scores.parquet'), scores.map(TABLES.scores.toArrow))
  t.same(
    (await collect(readScores(join(folder, 'scores.parquet'), { batchSize: 5000 }))).map(bytesOf),
    scores.map(bytesOf),
  )

  const training = {
    kind: 'training',
    model: 'm',
    phase: 'softmax',
    epoch: 1,
    epochs: 2,
    loss: 0.5,
    trainError: NaN,
    seconds: 1,
  } as const
  const model = {
    kind: 'model' as const,
    model: 'FC10(1)',
    architecture: 'FC10',
    configuration: 'FC10 epochs=3',
    ...{ depth: 2, width: 100, activation: 'relu', weightDecay: 1e-4 },
    dataset: 'mnist',
    split: 'train',
    images: 60000,
    seed: 2 ** 40 + 1,
    backend: 'native',
    weightsHash: 'ab',
    dataHash: 'cd',
    decay: '½λΣw²',
    trainError: NaN,
    testError: 0.2,
    testImages: 10_000,
    seconds: 3,
  }
  const step = {
    run: 'r',
    sourceModel: 'm',
    dataset: 'mnist',
    split: 'train',
    index: 5,
    label: 7,
    target: 2,
    solve: 1,
    c: 1e-5,
    distortion: 0.06,
    margin: -1 / 3,
    fooled: false,
    loss: NaN,
    residual: 1e-3,
    iterations: 4,
    evaluations: 9,
    best: false,
  }
  const images = {
    dataset: 'mnist',
    split: 'test',
    shape: [1, 2, 1] as const,
    index: Int32Array.of(3, 4),
    label: Int32Array.of(1, 2),
    pixels: Float32Array.of(0, 1, -0, 0.5),
  }
  for (const [table, record] of [
    ['training', [training]],
    ['models', [model]],
    ['searches', [step, { ...step, solve: 2, fooled: true, best: true }]],
    ['images', images],
  ] as const) {
    const path = join(folder, `${table}.parquet`)
    await write(path, [(TABLES[table].toArrow as (record: unknown) => RecordBatch)(record)])
    const [back] = await collect(readRecords(table, path))
    t.same(Array.isArray(back) ? back : bytesOf(back), Array.isArray(record) ? record : bytesOf(record))
  }
})

await t.test('activations, ranks and coherence come back bit for bit', async (t) => {
  const folder = t.testdir()
  const path = (table: string) => join(folder, `${table}.parquet`)
  const activations = [activationsOf(300), activationsOf(9, 'train')]
  await write(path('activations'), activations.map(TABLES.activations.toArrow), { rowGroupSize: 1000 })
  t.same(
    (await collect(readRecords('activations', path('activations')))).map(bytesOf),
    activations.map(bytesOf),
  )

  const ranks = [ranksOf(200), ranksOf(50, 'uniform'), ranksOf(3, 'unit')]
  await write(path('ranks'), ranks.map(TABLES.ranks.toArrow))
  t.same((await collect(readRecords('ranks', path('ranks')))).map(bytesOf), ranks.map(bytesOf))
  t.same(
    await rows(`select basis, count(*)::int n, count(value)::int numbers, max(direction)::int most,
      count(*) filter (where rank = 10000)::int as ends, bool_or(centered) as centered
      from '${path('ranks')}' group by basis order by n`),
    [
      { basis: 'unit', n: 9, numbers: 9, most: 2, ends: 3, centered: false },
      { basis: 'uniform', n: 150, numbers: 0, most: 49, ends: 50, centered: false },
      { basis: 'gaussian', n: 600, numbers: 600, most: 199, ends: 200, centered: true },
    ],
  )
  t.same((await parquetMetadata(path('ranks'))).keyValues.get('labels'), '[[0,4000],[7,6000]]')
  // they are of the file, so that ranks of other images belong into another one
  const others = { ...ranksOf(1), labels: [[0, 10_000]] as const }
  await t.rejects(write(path('mixed'), [ranksOf(1), others].map(TABLES.ranks.toArrow)), { code: 'bad-data' })

  const coherence = Array.from({ length: 7 }, (_, i) => coherenceRow(i))
  await write(path('coherence'), [TABLES.coherence.toArrow(coherence)])
  t.same(await collect(readRecords('coherence', path('coherence'))), [coherence])

  for (const table of ['activations', 'ranks', 'coherence'] as const) {
    const { empty } = TABLES[table]
    await write(path(`no ${table}`), [], { empty })
    t.same((await collect(readRecords(table, path(`no ${table}`)))).flat(), [])
    const described = async (name: string) =>
      rows(`select column_name, column_type from (describe from '${path(name)}')`)
    t.same(
      await described(`no ${table}`),
      await described(table),
      `${table} without rows have the same columns`,
    )
  }
})

await t.test('DuckDB reads names, types, values, nulls, and finds rows by the statistics', async (t) => {
  const path = join(t.testdir(), 'examples.parquet')
  const batches = [examplesOf(500), examplesOf(500, 500)]
  await write(path, batches.map(TABLES.examples.toArrow), { rowGroupSize: 100 })
  const lists = await rows(`select distinct path_in_schema as path from parquet_metadata('${path}')
    where path_in_schema like '%,%' order by 1`)
  t.same(lists, [{ path: 'adversarial, list, element' }, { path: 'original, list, element' }])
  const names = (
    await rows(
      `select column_name || ' ' || column_type as described from (describe select * from '${path}')`,
    )
  ).map(({ described }) => described)
  t.same(names, [
    'run VARCHAR',
    'source_model VARCHAR',
    'dataset VARCHAR',
    'split VARCHAR',
    'index INTEGER',
    'label INTEGER',
    'path VARCHAR',
    'method VARCHAR',
    'goal VARCHAR',
    'options VARCHAR',
    'target INTEGER',
    'prediction INTEGER',
    'adversarial_prediction INTEGER',
    'status VARCHAR',
    'reason VARCHAR',
    'distortion DOUBLE',
    'l2 DOUBLE',
    'relative_l2 DOUBLE',
    'linf DOUBLE',
    'c DOUBLE',
    'margin DOUBLE',
    'polished_distortion DOUBLE',
    'residual DOUBLE',
    'bracket_width DOUBLE',
    'monotone BOOLEAN',
    'solves INTEGER',
    'iterations INTEGER',
    'evaluations INTEGER',
    'original FLOAT[]',
    'adversarial FLOAT[]',
  ])
  t.same(
    await rows(`select count(*)::int n, count(distortion)::int distortions, count(adversarial)::int examples,
      count(target)::int targets, min(len(original))::int least, max(len(adversarial))::int most,
      sum(original[8])::double indices from '${path}'`),
    [{ n: 1000, distortions: 667, examples: 667, targets: 750, least: 12, most: 12, indices: 499500 }],
  )
  t.same(
    await rows(
      `select index, status, distortion from '${path}' where index = 733 or distortion = 0.001 * 1000 or status = 'none' order by 1`,
    ),
    [
      { index: 733, status: 'success', distortion: 0.001 * 734 },
      { index: 999, status: 'success', distortion: 1 },
    ],
  )
  t.same(
    await rows(`select path_in_schema as path, stats_min_value as least, stats_max_value as most, stats_null_count as nulls from parquet_metadata('${path}')
      where path_in_schema in ('index', 'source_model', 'target') and row_group_id = 3 order by column_id`),
    [
      { path: 'source_model', least: 'FC10(1e-4)', most: 'FC10(1e-4)', nulls: '0' },
      { path: 'index', least: '300', most: '399', nulls: '0' },
      { path: 'target', least: '7', most: '7', nulls: '25' },
    ],
  )
})

await t.test('int64 beyond 2^53 keeps its value and is found by its statistics', async (t) => {
  const path = join(t.testdir(), 'long.parquet')
  const schema = new Schema([new Field('long', new Int64(), false)])
  const values = BigInt64Array.from([2n ** 60n + 1n, -(2n ** 62n), 5n])
  const child = makeData({ type: new Int64(), length: 3, nullCount: 0, data: values })
  await write(path, [
    new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length: 3, nullCount: 0, children: [child] }),
    ),
  ])
  t.same(await rows(`select count(*)::int n from '${path}' where long = ${2n ** 60n + 1n}`), [{ n: 1 }])
  const [batch] = await collect(readParquet(path))
  t.same(batch.getChild('long')?.toArray(), values)
})

await t.test("parquetjs-lite's reader opens a snappy file", async (t) => {
  const path = join(t.testdir(), 'examples.parquet')
  const batch = examplesOf(6)
  await write(path, [TABLES.examples.toArrow(batch)], { compression: 'snappy' })
  interface Cursor {
    next(): Promise<Record<string, unknown> | null>
  }
  const { ParquetReader } = createRequire(import.meta.url)('parquetjs-lite') as {
    ParquetReader: { openFile(path: string): Promise<{ getCursor(): Cursor; close(): Promise<void> }> }
  }
  const reader = await ParquetReader.openFile(path)
  const cursor = reader.getCursor()
  const row = (await cursor.next()) as {
    source_model: unknown
    index: number
    distortion: number
    original: { list: { element: number }[] }
  }
  t.same([String(row.source_model), row.index, row.distortion], ['FC10(1e-4)', 0, 0.001])
  t.same(
    Float32Array.from(row.original.list, ({ element }) => element),
    batch.original.slice(0, 12),
  )
  await reader.close()
})

await t.test('a file is complete or absent', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'deep', 'scores.parquet')
  const writer = new ParquetWriter(path)
  await writer.write(TABLES.scores.toArrow(scoresOf(5000)))
  t.match(
    readdirSync(join(folder, 'deep')),
    [/^\.scores\.parquet\.\d+-[0-9a-f]{8}\.tmp$/],
    'hidden until it is closed',
  )
  const pending = writer.write(TABLES.scores.toArrow(scoresOf(5000)))
  await Promise.all([t.rejects(pending, { code: 'io' }), writer.abort()])
  t.same(readdirSync(join(folder, 'deep')), [], 'an abort, also in mid-write, leaves nothing')
  await t.rejects(writer.close(), { code: 'io' })

  const mixed = new ParquetWriter(path)
  await mixed.write(TABLES.scores.toArrow(scoresOf(5)))
  await t.rejects(mixed.write(TABLES.examples.toArrow(examplesOf(1))), {
    code: 'bad-data',
    message: /columns/,
  })
  t.same(readdirSync(join(folder, 'deep')), [])

  await t.rejects(new ParquetWriter(path).close(), { code: 'bad-option', message: /empty/ })
  const { empty } = TABLES.examples
  t.equal((await write(path, [], { empty })).rows, 0)
  t.same(await collect(readExamples(path)), [])
  t.same(await rows(`select count(*)::int n from '${path}'`), [{ n: 0 }])
  t.throws(() => new ParquetWriter(path, { rowGroupSize: 0 }), { code: 'bad-option' })

  writeFileSync(join(folder, 'file'), '')
  await t.rejects(write(join(folder, 'file', 'x.parquet'), [TABLES.scores.toArrow(scoresOf(1))]), {
    code: 'io',
    message: /x\.parquet/,
  })
})

const small = mkdtempSync(join(tmpdir(), 'small-'))
const mounting = ['-t', 'tmpfs', '-o', 'size=256k', 'blindspot-test', small]
const mounted = spawnSync('mount', mounting, { stdio: 'ignore' }).status === 0
t.teardown(() => {
  if (mounted) spawnSync('umount', [small])
  rmdirSync(small)
})
const skip = mounted ? false : 'mounting a small file system needs root'
await t.test('a full disk is an error with a remedy, and nothing is left', { skip }, async (t) => {
  const path = join(small, 'scores.parquet')
  const writer = new ParquetWriter(path, { compression: 'none', rowGroupSize: 1000, dictionary: false })
  const write = async () => {
    for (let start = 0; start < 100_000; start += 1000)
      await writer.write(TABLES.scores.toArrow(scoresOf(1000, start)))
    await writer.close()
  }
  await t.rejects(write(), { code: 'io', message: /scores\.parquet.*ENOSPC.*free some space/ })
  t.same([existsSync(path), readdirSync(small)], [false, []])
})

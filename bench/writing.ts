/**
 * Speed, size and memory of writing, as a Markdown table: `ParquetWriter` and a data set beside parquet-wasm alone, which is fed
 * the same Arrow batches with the same settings and writes to a plain file, and beside DuckDB.
 *
 *   node dist/bench/writing.js [rows=1000000] [examples=20000] [runs=5] [parts]
 *   node --expose-gc dist/bench/writing.js memory [rows=100000000] [folders=64]
 *
 * Writers take turns within a run; ratios are of a run, and medians of those of the runs; by processor time
 * they tell more on a machine that does something else, too. `memory` writes score rows to
 * folders of a data set and prints the peak of resident memory at the quarters.
 */
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBInstance,
  INTEGER,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { RecordBatch } from 'apache-arrow'
import { markdownTable } from 'markdown-table'
import {
  Compression,
  EnabledStatistics,
  Table,
  transformParquetStream,
  WriterPropertiesBuilder,
} from 'parquet-wasm'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { PAYLOADS } from '../operators/records/codes.js'
import type { ScoreBatch } from '../operators/records/score.js'
import { TABLES } from '../operators/records/tables.js'
import { COMPRESSIONS } from '../sinks/compressions.js'
import { ipcStream } from '../sinks/ipc.js'
import { openLake } from '../sinks/lake/openLake.js'
import { ParquetWriter } from '../sinks/parquet.js'
import { rowBytes } from '../sinks/parquetEncoder.js'
import { median, peakMemory, resetPeak } from './measure.js'

const given = process.argv.slice(2)
const number = (name: string, otherwise: number) =>
  Number(given.find((word) => word.startsWith(`${name}=`))?.split('=')[1] ?? otherwise)

/** Rows of a batch of scores, and of one of examples. */
const [SCORES, EXAMPLES] = [4096, 256]
/** Values of an image. */
const VALUES = 784

let state = 1
/** From 0 to 1, the same every time. */
const random = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32

function scoresAt(start: number, n: number, sourceModel = 'FC100-100-10(1e-4)'): ScoreBatch {
  const classes = () => Int32Array.from({ length: n }, () => Math.floor(10 * random()))
  const flags = () => Uint8Array.from({ length: n }, () => Number(random() < 0.3))
  return {
    ...{ run: '0123456789abcdef', sourceModel, model: 'AE400-10(1)', kind: 'adversarial' },
    ...{ method: 'l-bfgs', goal: 'random', stddev: NaN, seed: NaN, clip: false, quality: -1 },
    ...{ dataset: 'mnist', split: 'test' },
    index: Int32Array.from({ length: n }, (_, i) => (start + i) % 2 ** 31),
    ...{ label: classes(), target: classes(), prediction: classes() },
    ...{ error: flags(), cleanError: flags() },
  }
}

/** Digits are four fifths black, and an example differs from its original everywhere. */
function examplesAt(start: number, n: number): AdversarialBatch {
  const classes = () => Int32Array.from({ length: n }, () => Math.floor(10 * random()))
  const numbers = () => Float64Array.from({ length: n }, random)
  const original = Float32Array.from({ length: n * VALUES }, (_, i) =>
    i % VALUES < 627 ? 0 : Math.floor(256 * random()) / 255,
  )
  return {
    ...{ run: '0123456789abcdef', sourceModel: 'FC100-100-10', dataset: 'mnist', split: 'train' },
    ...{ method: 'l-bfgs', goal: 'random', shape: [28, 28, 1] },
    index: Int32Array.from({ length: n }, (_, i) => start + i),
    ...{ label: classes(), target: classes(), prediction: classes(), adversarialPrediction: classes() },
    ...{ status: new Uint8Array(n), reason: new Uint8Array(n) },
    ...{ distortion: numbers(), l2: numbers(), relativeL2: numbers(), linf: numbers(), c: numbers() },
    ...{ margin: numbers(), polishedDistortion: numbers(), residual: numbers(), bracketWidth: numbers() },
    ...{ monotone: classes().map((value) => value % 2), solves: classes(), iterations: classes() },
    ...{ evaluations: classes(), original },
    adversarial: original.map((value) => Math.min(1, value + 0.1 * random())),
  }
}

interface Written {
  readonly seconds: number
  /** Seconds of all processors that this process took. */
  readonly processor: number
  readonly bytes: number
}
type Write = (batches: readonly RecordBatch[], path: string) => Promise<unknown>

/** parquet-wasm alone, as its own documents have it. */
const alone: Write = async (batches, path) => {
  const hasLists = batches[0].schema.fields.some(({ name }) => name === 'original')
  const groupRows = Math.min(131_072, Math.floor(2 ** 24 / rowBytes(batches[0])))
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setDictionaryEnabled(!hasLists)
    .setStatisticsEnabled(EnabledStatistics.Chunk)
    .setMaxRowGroupSize(groupRows)
    .build()
  const rest = [...batches]
  const source = new ReadableStream({
    pull(controller) {
      const batch = rest.shift()
      if (batch === undefined) {
        controller.close()
        return
      }
      const table = Table.fromIPCStream(ipcStream(batch))
      controller.enqueue(table.recordBatch(0))
      table.free()
    },
  })
  const file = await open(path, 'w')
  const encoded = (await transformParquetStream(source, properties)) as unknown as AsyncIterable<Uint8Array>
  for await (const chunk of encoded) await file.writeFile(chunk)
  await file.sync()
  await file.close()
}

const ours: Write = async (batches, path) => {
  const writer = new ParquetWriter(path)
  for (const batch of batches) await writer.write(batch)
  await writer.close()
}

const dataSet: Write = async (batches, path) => {
  const lake = await openLake(`${path}.set`)
  const isScores = batches[0].schema.fields.some(({ name }) => name === 'clean_error')
  const writer = lake.parts(isScores ? 'scores' : 'examples', {
    step: 's',
    rowsPerFile: Infinity,
    bytesPerFile: 2 ** 28,
  })
  for (const batch of batches) await writer.write(batch)
  await writer.close()
}

const partitioned: Write = async (batches, path) => {
  const lake = await openLake(`${path}.folders`)
  const writer = lake.partitioned(
    batches[0].schema.fields.some(({ name }) => name === 'clean_error') ? 'scores' : 'examples',
    {
      step: 's',
      by: { source: 'source_model' },
    },
  )
  for (const batch of batches) await writer.write(batch)
  await writer.close()
}

/** DuckDB's own writer of the same rows: they go in by its appender, in chunks of columns. */
const duckdb: Write = async (batches, path) => {
  const connection = await (await DuckDBInstance.create()).connect()
  const columns = TABLES.scores.columns.map(({ name, kind }) => ({ name, type: kind.sql }))
  await connection.run(
    `CREATE TABLE rows (${columns.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`,
  )
  const appender = await connection.createAppender('rows')
  const types = columns.map(({ type }) => DUCKDB_TYPES[type] ?? VARCHAR)
  for (const batch of batches)
    for (let from = 0; from < batch.numRows; from += CHUNK) {
      const some = batch.slice(from, Math.min(batch.numRows, from + CHUNK))
      const chunk = DuckDBDataChunk.create(types, some.numRows)
      for (const [i, { name }] of columns.entries())
        chunk.setColumnValues(i, Array.from(some.getChild(name) as Iterable<DuckDBValue>))
      appender.appendDataChunk(chunk)
    }
  appender.closeSync()
  await connection.run(`COPY rows TO '${path}' (FORMAT parquet, COMPRESSION zstd)`)
  connection.closeSync()
}

/** Rows of a chunk of DuckDB's at most. */
const CHUNK = 2048
const DUCKDB_TYPES: Readonly<Record<string, DuckDBType>> = { INTEGER, BIGINT, DOUBLE, BOOLEAN }

async function timed(write: Write, batches: readonly RecordBatch[], folder: string): Promise<Written> {
  const path = join(folder, 'rows.parquet')
  const [began, before] = [performance.now(), process.cpuUsage()]
  await write(batches, path)
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - began) / 1000
  const bytes = (await stat(path).catch(() => undefined))?.size ?? NaN
  for (const left of [path, `${path}.set`, `${path}.folders`])
    await rm(left, { recursive: true, force: true })
  return { seconds, processor: (user + system) / 1e6, bytes }
}

async function compare(
  rows: number,
  batches: readonly RecordBatch[],
  writers: Readonly<Record<string, Write>>,
  folder: string,
): Promise<readonly (readonly string[])[]> {
  const runs = number('runs', 5)
  const found = new Map(Object.keys(writers).map((name) => [name, [] as Written[]]))
  // the first one warms up
  for (let run = 0; run <= runs; run++)
    for (const [name, write] of Object.entries(writers)) {
      const written = await timed(write, batches, folder)
      if (run > 0) found.get(name)?.push(written)
    }
  const base = found.get('parquet-wasm alone') ?? []
  return [...found].map(([name, all]) => [
    name,
    Math.round(rows / median(all.map(({ seconds }) => seconds))).toLocaleString('en'),
    `${Math.round(100 * median(all.map(({ seconds }, i) => (base[i]?.seconds ?? NaN) / seconds)))} %`,
    `${Math.round(100 * median(all.map(({ processor }, i) => (base[i]?.processor ?? NaN) / processor)))} %`,
    median(all.map(({ bytes }) => bytes))
      .toLocaleString('en')
      .replace('NaN', ''),
  ])
}

const HEAD = ['writer', 'rows/s', 'of parquet-wasm alone', 'by processor time', 'bytes']

async function speed(folder: string): Promise<void> {
  const scores = batchesOf(number('rows', 1_000_000), SCORES, (at, n) =>
    TABLES.scores.toArrow(scoresAt(at, n)),
  )
  const examples = batchesOf(number('examples', 20_000), EXAMPLES, (at, n) =>
    TABLES.examples.toArrow(examplesAt(at, n)),
  )
  const writers = {
    'parquet-wasm alone': alone,
    ParquetWriter: ours,
    'lake.parts': dataSet,
    'lake.partitioned': partitioned,
  }
  console.log(
    `\nScores, ${count(scores)} rows of ${TABLES.scores.columns.length} columns, batches of ${SCORES}:\n`,
  )
  console.log(
    markdownTable([
      HEAD,
      ...(await compare(count(scores), scores, { ...writers, 'DuckDB, appender and COPY': duckdb }, folder)),
    ]),
  )
  console.log(
    `\nExamples, ${count(examples)} rows with two images of ${VALUES} values, batches of ${EXAMPLES}:\n`,
  )
  console.log(markdownTable([HEAD, ...(await compare(count(examples), examples, writers, folder))]))
  const sizes: string[][] = []
  for (const payload of PAYLOADS)
    for (const compression of COMPRESSIONS) {
      const write: Write = async (batches, path) => {
        const writer = new ParquetWriter(path, { payload, compression })
        for (const batch of batches) await writer.write(batch)
        await writer.close()
      }
      const { seconds, bytes } = await timed(write, examples, folder)
      sizes.push([
        payload,
        compression,
        (bytes / 1e6).toFixed(1),
        Math.round(count(examples) / seconds).toLocaleString('en'),
      ])
    }
  console.log(`\nThe same examples by payload and compression, one run each:\n`)
  console.log(markdownTable([['payload', 'compression', 'MB', 'rows/s'], ...sizes]))
  if (given.includes('parts')) parts(scores, examples)
}

/** Where the time goes of what is not the encoder's. */
function parts(scores: readonly RecordBatch[], examples: readonly RecordBatch[]): void {
  for (const [name, batches] of Object.entries({ scores, examples })) {
    const began = performance.now()
    for (const batch of batches) ipcStream(batch)
    const streamed = performance.now()
    for (const batch of batches) {
      const table = Table.fromIPCStream(ipcStream(batch))
      table.free()
    }
    const copied = performance.now() - streamed - (streamed - began)
    console.log(
      `\n${name}: to IPC ${Math.round(streamed - began)} ms, into WebAssembly ${Math.round(copied)} ms`,
    )
  }
}

const count = (batches: readonly RecordBatch[]) => batches.reduce((sum, { numRows }) => sum + numRows, 0)

const batchesOf = (rows: number, size: number, make: (at: number, n: number) => RecordBatch) =>
  Array.from({ length: Math.ceil(rows / size) }, (_, i) => make(i * size, Math.min(size, rows - i * size)))

async function memory(folder: string): Promise<void> {
  const [rows, folders] = [number('rows', 100_000_000), number('folders', 64)]
  const lake = await openLake(join(folder, 'set'))
  const writer = lake.partitioned('scores', { step: 's', by: { source: 'source_model' } })
  const size = 2 ** 16
  const table: string[][] = []
  await resetPeak()
  const began = performance.now()
  for (let at = 0, i = 0; at < rows; at += size, i++) {
    // a folder gets some batches before another one's turn
    const n = Math.min(size, rows - at)
    await writer.write(TABLES.scores.toArrow(scoresAt(at, n, `FC100-100-10(${Math.floor(i / 8) % folders})`)))
    if (Math.floor((4 * (at + n)) / rows) === Math.floor((4 * at) / rows)) continue
    const seconds = (performance.now() - began) / 1000
    const { rss, arrayBuffers } = process.memoryUsage()
    table.push(
      [
        at + n,
        Math.round(seconds),
        Math.round(rss / 2 ** 20),
        Math.round(await peakMemory()),
        Math.round(arrayBuffers / 2 ** 20),
      ].map((value) => value.toLocaleString('en')),
    )
    await resetPeak()
  }
  const files = await writer.close()
  console.log(
    `\n${rows.toLocaleString('en')} score rows to ${folders} folders, 32 files open at most, ${files.length} files:\n`,
  )
  console.log(
    markdownTable([
      ['rows', 's', 'MB resident', 'MB at most since the row above', 'MB of buffers'],
      ...table,
    ]),
  )
}

const { dependencies } = createRequire(import.meta.url)('blindspot/package.json') as {
  readonly dependencies: Readonly<Record<string, string>>
}
const folder = await mkdtemp(join(tmpdir(), 'blindspot-bench-'))
try {
  const versions = Object.entries(dependencies)
    .filter(([name]) => ['parquet-wasm', 'apache-arrow', '@duckdb/node-api'].includes(name))
    .map((version) => version.join(' '))
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, ${versions.join(', ')}; zstd, row groups of 16 MiB`,
  )
  await (given.includes('memory') ? memory(folder) : speed(folder))
} finally {
  await rm(folder, { recursive: true })
}

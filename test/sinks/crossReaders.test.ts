import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { DuckDBInstance, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api'
import {
  Bool,
  DataType,
  Field,
  Float32,
  Float64,
  Int64,
  List,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Vector,
  makeData,
  vectorFromArray,
} from 'apache-arrow'
import { parquetReadObjects, type Compressors } from 'hyparquet'
import t, { type Test } from 'tap'
import { withPayload } from '../../operators/records/payload.js'
import { fromFloat16s } from '../../operators/records/float16.js'
import { PAYLOADS } from '../../operators/records/codes.js'
import { TABLES, type TableName } from '../../operators/records/tables.js'
import { COMPRESSIONS } from '../../sinks/compressions.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { readParquet } from '../../sources/parquet.js'
import { blindspot } from '../pipelines/commandLine.js'
import { small } from '../pipelines/dataSet.js'
import { writeImages } from '../pipelines/smallImages.js'
import { python } from '../python.js'
import { activationsOf, coherenceRow, collect, examplesOf, ranksOf, scoresOf } from './records.js'

/** A value as it is compared: of a float the digits of its bits. */
type Cell = string | number | boolean | null | readonly (string | number)[]
interface Read {
  readonly types: Readonly<Record<string, string>>
  readonly columns: Readonly<Record<string, readonly Cell[]>>
}

const NAMES = ['with space', 'ünï 😀 名', "a/b=c%'", 'FC10(1e-4)']
const folder = t.testdir()

const float64 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
const float32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return bytes.toString('hex')
}

/** The bits of floats as they lie in memory: a detour by numbers would lose those of NaN. */
function bitsOf(values: Float32Array | Float64Array): string[] {
  const width = values.BYTES_PER_ELEMENT
  const bytes = Buffer.from(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
  if (width === 4) bytes.swap32()
  else bytes.swap64()
  return Array.from({ length: values.length }, (_, i) => bytes.toString('hex', i * width, (i + 1) * width))
}

/** A type as pyarrow calls it. */
function typeOf(type: DataType): string {
  if (DataType.isList(type)) return `list<${typeOf(type.valueType as DataType)}>`
  if (DataType.isInt(type)) return `${type.isSigned ? '' : 'u'}int${type.bitWidth}`
  if (DataType.isFloat(type)) return ['halffloat', 'float', 'double'][type.precision]
  return DataType.isBool(type) ? 'bool' : 'string'
}

/** What a batch says is in it: each cell from Arrow's own memory. */
function expected(batches: readonly RecordBatch[]): Read {
  const { fields } = batches[0].schema
  const columns = fields.map(({ name }, at): readonly [string, readonly Cell[]] => [
    name,
    batches.flatMap((batch) => {
      const data = batch.data.children[at]
      const vector = new Vector([data])
      return Array.from({ length: batch.numRows }, (_, row): Cell => {
        if (!vector.isValid(row)) return null
        const value: unknown = vector.get(row)
        if (value instanceof Vector) {
          const [child] = value.data
          const values = (child.values as Float32Array | Uint16Array | Uint8Array).subarray(0, child.length)
          if (values instanceof Uint8Array) return Array.from(values)
          return bitsOf(values instanceof Uint16Array ? fromFloat16s(values) : values)
        }
        if (typeof value === 'bigint') return String(value)
        if (data.values instanceof Float64Array) return bitsOf(data.values.subarray(row, row + 1))[0]
        return value as Cell
      })
    }),
  ])
  return {
    types: Object.fromEntries(fields.map(({ name, type }) => [name, typeOf(type as DataType)])),
    columns: Object.fromEntries(columns),
  }
}

/** A table of no name: what may be null is, and what is NaN is no null. */
function oddBatch(): RecordBatch {
  const doubles = new Float64Array(
    BigUint64Array.from([
      0x7ff8000000000abcn,
      0xfff0000000000000n,
      0x8000000000000000n,
      1n,
      0n,
      0x7fefffffffffffffn,
    ]).buffer,
  )
  const singles = new Float32Array(
    Uint32Array.from([0x7fc00abc, 0xff800000, 0x80000000, 1, 0x7f7fffff, 0x3eaaaaab]).buffer,
  )
  const texts = vectorFromArray(['', 'ünï 😀', null, 'line\nbreak', '\u0000', "it's"], new Utf8())
  const longs = vectorFromArray([2n ** 63n - 1n, -(2n ** 63n), null, 0n, 2n ** 53n + 1n, -1n], new Int64())
  const flags = vectorFromArray([true, false, null, true, false, null], new Bool())
  const nulls = { length: 6, nullCount: 1, nullBitmap: Uint8Array.of(0b101111) }
  const data = {
    'a double, ünï': makeData({ type: new Float64(), ...nulls, data: doubles }),
    'some lists': makeData({
      type: new List(new Field('element', new Float32(), false)),
      ...nulls,
      valueOffsets: Int32Array.of(0, 3, 3, 4, 5, 5, 6),
      child: makeData({ type: new Float32(), length: 6, nullCount: 0, data: singles }),
    }),
    text: texts.data[0],
    long: longs.data[0],
    flag: flags.data[0],
  }
  const fields = Object.entries(data).map(([name, { type }]) => new Field(name, type, true))
  return new RecordBatch(
    new Schema(fields),
    makeData({ type: new Struct(fields), length: 6, nullCount: 0, children: Object.values(data) }),
  )
}

const training = {
  kind: 'training',
  run: 'r',
  model: 'ü',
  phase: 'softmax',
  epoch: 1,
  epochs: 2,
  loss: NaN,
  trainError: 0.1,
  seconds: 1 / 3,
} as const
const model = {
  kind: 'model',
  ...{ run: 'r', model: NAMES[1], architecture: 'FC10', configuration: 'FC10 epochs=3' },
  ...{ depth: 2, width: 100, activation: 'relu', weightDecay: NaN, dataset: 'mnist', split: 'train' },
  ...{
    images: 60_000,
    seed: 2 ** 53 - 1,
    backend: 'native',
    weightsHash: 'ab',
    dataHash: 'cd',
    decay: '½λΣw²',
  },
  ...{ trainError: NaN, testError: 0.2, testImages: 10_000, seconds: 3 },
} as const
const search = {
  ...{
    run: 'r',
    sourceModel: 'm',
    dataset: 'mnist',
    split: 'train',
    index: 5,
    label: 7,
    target: 2,
    solve: 1,
  },
  ...{ c: 1e-5, distortion: 5e-324, margin: -1 / 3, fooled: false, loss: NaN, residual: 1e-3 },
  ...{ iterations: 4, evaluations: 9, best: false },
}
const error = { dataset: 'mnist', split: 'test', index: 3, path: 'a b/ü.jpg', reason: 'cut off' }

/** Awkward rows of every table, in batches. */
const ROWS: { readonly [Name in TableName]: readonly RecordBatch[] } = {
  models: [TABLES.models.toArrow([model, { ...model, seed: -5 }])],
  training: [TABLES.training.toArrow([training, { ...training, epoch: 2, loss: -0, trainError: NaN }])],
  examples: [examplesOf(31), examplesOf(20, 31)].map(TABLES.examples.toArrow),
  searches: [TABLES.searches.toArrow([search, { ...search, solve: 2, fooled: true, best: true }])],
  scores: [scoresOf(50), scoresOf(50, 50, '', 0.1), scoresOf(20, 0, NAMES[1])].map(TABLES.scores.toArrow),
  ranks: [ranksOf(20), ranksOf(9, 'uniform')].map(TABLES.ranks.toArrow),
  coherence: [TABLES.coherence.toArrow(Array.from({ length: 7 }, (_, i) => coherenceRow(i)))],
  activations: [
    TABLES.activations.toArrow(activationsOf(9)),
    TABLES.activations.toArrow(activationsOf(5, 'train')),
  ],
  images: [
    TABLES.images.toArrow({
      ...{
        dataset: 'mnist',
        split: 'test',
        shape: [1, 2, 1],
        index: Int32Array.of(3, 4),
        label: Int32Array.of(1, 2),
      },
      pixels: Float32Array.of(0, 1, -0, 0.5),
    }),
  ],
  errors: [TABLES.errors.toArrow([error, { ...error, index: 4 }])],
}

interface Case {
  readonly what: string
  readonly file: LakeFile
  readonly compression: string
  readonly read: Read
}
const cases: Case[] = []

await t.test('every table is written', async (t) => {
  for (const compression of COMPRESSIONS) {
    const lake = await openLake(join(folder, compression))
    const write = async (
      table: string,
      source: string,
      batches: readonly RecordBatch[],
      options: object = {},
    ) => {
      const step = `${table} ${cases.length}`
      const empty = { ...(batches[0].numRows === 0 && { empty: batches[0] }) }
      const writer = lake.writer(table, {
        step,
        partition: { place: source },
        compression,
        rowGroupSize: 17,
        ...empty,
        ...options,
      })
      for (const batch of batches) await writer.write(batch)
      await writer.close()
      const [file] = await lake.files({ step })
      cases.push({
        what: `${table}, ${source}, ${compression}, ${JSON.stringify(options)}`,
        file,
        compression,
        read: expected(batches),
      })
    }
    for (const [i, [table, batches]] of Object.entries(ROWS).entries()) {
      await write(table, NAMES[i % NAMES.length], batches)
      await write(table, 'leer ä', [TABLES[table as TableName].empty])
    }
    await write('odd', NAMES[1], [oddBatch()])
    for (const payload of PAYLOADS) {
      const plain = examplesOf(31, 0, 'm', 16)
      const within = (values: Float32Array) => values.map((value) => Math.min(1, Math.max(0, value)))
      const images = TABLES.examples.toArrow({
        ...plain,
        shape: [4, 4, 1],
        original: within(plain.original),
        adversarial: within(plain.adversarial),
      })
      const step = `payload ${payload} ${compression}`
      const writer = lake.writer('examples', { step, partition: { place: payload }, compression, payload })
      await writer.write(images)
      await writer.close()
      const [file] = await lake.files({ step })
      cases.push({ what: step, file, compression, read: expected([withPayload(images, payload)]) })
    }
  }
  // as our own reader, which has tests of its own, has them
  const lakes = [await small(join(folder, 'results')), ...(await realResults(t, join(folder, 'real')))]
  for (const lake of lakes)
    for (const file of await lake.files()) {
      const batches = await collect(readParquet(file.path))
      cases.push({ what: file.file, file, compression: 'zstd', read: expected(batches) })
    }
  t.ok(cases.length > 80)
})

/** What commands write of a network that is trained, attacked, shown its examples and noise, and ranked. */
async function realResults(t: Test, root: string): Promise<readonly Lake[]> {
  const images = `mnist@${writeImages(join(root, 'images'), 1, 60)}`
  const [model, out] = ['model', 'out'].map((name) => join(root, name))
  const test = ['--data', `${images}:test`, '--out', out]
  for (const args of [
    ['train', 'FC5-3', '--data', `${images}:train`, '--name', NAMES[1], '--epochs', '2', '--out', model],
    ['attack', model, ...test, '--limit', '20', '--workers', '0'],
    ['score', out, '--models', model, '--noise', '0.2', '--out', out],
    ['rank', model, '--layer', 'hidden1', '--count', '4', ...test],
  ]) {
    const { code, err } = await blindspot(...args)
    t.equal(code, 0, err)
  }
  const lakes = await Promise.all([model, out].map((folder) => openLake(folder, { readOnly: true })))
  const tables = new Set(
    (await Promise.all(lakes.map((lake) => lake.files()))).flat().map(({ table }) => table),
  )
  t.strictSame([...tables].sort(), [
    'coherence',
    'examples',
    'images',
    'models',
    'ranks',
    'scores',
    'training',
  ])
  return lakes
}

/** The value of a cell by what a reader of JavaScript has: numbers, whose NaN has no bits of its own. */
function cellOf(value: unknown, type: string): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return type === 'int64' ? String(value) : Number(value)
  if (type === 'double') return float64(Number(value))
  if (typeof value === 'object') {
    const values = Array.from((value instanceof DuckDBListValue ? value.items : value) as ArrayLike<number>)
    return type === 'list<uint8>' ? values : values.map(float32)
  }
  return value as Cell
}

/** NaN as JavaScript writes it down. */
const plainNaN = (cell: Cell): Cell => {
  if (Array.isArray(cell)) return (cell as Cell[]).map(plainNaN) as readonly (string | number)[]
  if (typeof cell !== 'string') return cell
  if (/^[7f]f[89a-f][0-9a-f]{13}$/.test(cell) && cell !== '7ff0000000000000') return float64(NaN)
  return /^[7f]f[c-f][0-9a-f]{5}$/.test(cell) ? float32(NaN) : cell
}
const withPlainNaN = ({ columns }: Read) =>
  Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells.map(plainNaN)]))

const columnsOf = (rows: readonly Readonly<Record<string, unknown>>[], { types }: Read) =>
  Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, rows.map((row) => plainNaN(cellOf(row[name], type)))]),
  )

await t.test('DuckDB reads the same in this process', async (t) => {
  const connection = await (await DuckDBInstance.create()).connect()
  for (const { what, file, read } of cases) {
    const path = file.path.replaceAll("'", "''").replace(/[[*?]/g, '[$&]')
    const answer = await connection.runAndReadAll(
      `SELECT * FROM read_parquet('${path}', hive_partitioning = false)`,
    )
    const rows: readonly Record<string, DuckDBValue>[] = answer.getRowObjects()
    t.same(answer.columnNames(), Object.keys(read.types), what)
    t.strictSame(columnsOf(rows, read), withPlainNaN(read), what)
  }
  connection.closeSync()
})

/** hyparquet has no zstd of its own; Node has from 22.15. */
const { zstdDecompressSync: unpack } = zlib as {
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array
}
const compressors: Compressors = unpack ? { ZSTD: (bytes) => new Uint8Array(unpack(bytes)) } : {}

await t.test('hyparquet reads the same', async (t) => {
  for (const { what, file, compression, read } of cases) {
    if (compression === 'zstd' && !unpack) continue
    const { buffer } = new Uint8Array(readFileSync(file.path))
    const rows = await parquetReadObjects({ file: buffer, compressors })
    t.strictSame(columnsOf(rows, read), withPlainNaN(read), what)
  }
})

const reader = python(['duckdb', 'numpy', 'polars', 'pyarrow'])
await t.test(
  'pyarrow, polars and DuckDB read the same, bit for bit',
  { skip: 'skip' in reader && reader.skip },
  (t) => {
    if ('skip' in reader) return t.end()
    const tables = [...Object.keys(ROWS).filter((name) => name !== 'images'), 'odd']
    const folders = Object.fromEntries(
      COMPRESSIONS.flatMap((compression) =>
        tables
          .filter((table) => table !== 'examples')
          .map((table) => [join(folder, compression, table), 'place']),
      ),
    )
    const asked = join(folder, 'asked.json')
    writeFileSync(asked, JSON.stringify({ files: cases.map(({ file }) => file.path), folders }))
    const { stdout, stderr, status } = spawnSync(reader.path, ['test/sinks/crossReaders.py', asked], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    })
    if (status !== 0) {
      t.fail(stderr)
      return t.end()
    }
    interface Answer {
      readonly files: readonly Read[]
      readonly folders: Readonly<Record<string, Readonly<Record<string, number>>>>
    }
    const answers = Object.entries(JSON.parse(stdout) as Record<string, Answer>)
    t.equal(answers.length, 3)
    for (const [name, { files, folders: counted }] of answers) {
      for (const [i, { what, read }] of cases.entries()) {
        // DuckDB has no float16: it reads them as float32
        const types = Object.fromEntries(
          Object.entries(read.types).map(([column, type]) => [
            column,
            name === 'duckdb' ? type.replace('halffloat', 'float') : type,
          ]),
        )
        t.same(files[i].types, types, `${name}: types of ${what}`)
        t.strictSame(files[i].columns, read.columns, `${name}: ${what}`)
      }
      for (const [path, counts] of Object.entries(counted)) {
        const own = cases.filter(
          ({ file, read }) => file.path.startsWith(`${path}/`) && Object.values(read.columns)[0].length > 0,
        )
        t.same(
          counts,
          Object.fromEntries(own.map(({ file }) => [file.partition['place'], file.rows])),
          `${name}: ${path}`,
        )
      }
    }
    t.end()
  },
)

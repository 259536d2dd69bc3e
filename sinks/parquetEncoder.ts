import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { DataType } from 'apache-arrow'
import type { RecordBatch, Schema } from 'apache-arrow'
import type { Payload } from '../operators/records/codes.js'
import { AtomicFile, removeLeftovers, writeError } from '../sources/atomicFile.js'
import { parquetWasm } from '../sources/parquetWasm.js'
import type { CompressionName } from './compressions.js'
import { ipcMessages, ipcStream } from './ipc.js'

/** Options of `ParquetWriter`. */
export interface ParquetOptions {
  /** Where the rows come from: versions, seed, options, backend, hashes. JSON in the footer, key `blindspot`. */
  readonly provenance?: Readonly<Record<string, unknown>>
  /** Compression of the pages. Default `zstd`; `snappy` for readers that have no zstd. */
  readonly compression?: CompressionName
  /**
   * Whether values are encoded by dictionaries. Default: not where a column holds lists, since it inflates images by
   * a fifth.
   */
  readonly dictionary?: boolean
  /**
   * How the values in lists of float32 are stored; other columns are as they are. Default `float32`. Values are rounded to
   * the nearest, of `uint8` to one of 256 levels of the box that the batches note, [0, 1] else: they have to be within it.
   * `readRecords` gives float32 again.
   */
  readonly payload?: Payload
  /** Most rows in a row group. Default 131,072. */
  readonly rowGroupSize?: number
  /** Most bytes of a row group before compression, about. Default 16 MiB: it is what a reader holds at once. */
  readonly rowGroupBytes?: number
  /**
   * Columns by which the rows of the file are in order, the first before the second: it is checked, and noted in the footer
   * for readers, key `blindspot.sorted`. A filter on such a column then reads few pages. Default: nothing is said.
   */
  readonly sorted?: readonly string[]
  /** A batch without rows: the columns of a file that gets no batch, which is an error else. */
  readonly empty?: RecordBatch
  /** Where the unfinished file is. Default: the folder of the file itself. */
  readonly temporaryFolder?: string
}

/** An encoder at work: what goes in, and the file it comes out to. */
export interface Encoding {
  readonly file: AtomicFile
  readonly input: WritableStreamDefaultWriter<RecordBatch>
  /** Rows that the encoder holds at most, until it writes them as a row group. */
  readonly groupRows: number
  /** Row groups that are in the file: the encoder gives each at once. */
  readonly groups: () => number
  /** When all encoded bytes are in the file. */
  readonly done: Promise<void>
}

/**
 * Bytes of a page, about, where no column holds lists: some thousand rows, so that the index of pages leaves most of a row
 * group out. A list of an image is larger, and its pages are the encoder's own, of 1 MiB.
 */
const PAGE_BYTES = 2 ** 14

/** Starts to encode batches of one schema to a temporary file. */
export async function startEncoding(
  path: string,
  options: ParquetOptions,
  schema: Schema,
  rowBytes: number,
): Promise<Encoding> {
  const file = await AtomicFile.create(path, options.temporaryFolder)
  removeLeftovers(dirname(file.temporary), basename(path))
  const toWasm = new TransformStream<RecordBatch>(
    {
      transform(batch, controller) {
        const table = parquetWasm().Table.fromIPCStream(ipcStream(batch))
        const wasmBatch = table.recordBatch(0)
        table.free()
        controller.enqueue(wasmBatch)
      },
    },
    { highWaterMark: 1 },
    { highWaterMark: 0 },
  )
  const input = toWasm.writable.getWriter()
  // an aborted stream rejects this too; who writes learns of it by `write`
  input.closed.catch(() => undefined)
  const groupRows = rowsOfGroup(options, rowBytes)
  const encoded = parquetWasm().transformParquetStream(
    toWasm.readable,
    writerProperties(options, schema, groupRows),
  )
  let groups = 0
  const done = copy(encoded, file, () => groups++).catch(async (error: unknown) => {
    const failure = writeError(path, error)
    await input.abort(failure).catch(() => undefined)
    throw failure
  })
  done.catch(() => undefined)
  return { file, input, groupRows, groups: () => groups, done }
}

async function copy(encoded: Promise<ReadableStream>, file: AtomicFile, wrote: () => void): Promise<void> {
  for await (const chunk of (await encoded) as unknown as AsyncIterable<Uint8Array>) {
    await file.write(chunk)
    wrote()
  }
}

const CODECS = { zstd: 'ZSTD', snappy: 'SNAPPY', none: 'UNCOMPRESSED' } as const
const { version } = createRequire(import.meta.url)('blindspot/package.json') as { version: string }

/** The encoder's own limit in bytes counts compressed ones. */
const rowsOfGroup = (
  { rowGroupSize = 131_072, rowGroupBytes = 16 * 2 ** 20 }: ParquetOptions,
  rowBytes: number,
): number => Math.max(1, Math.min(rowGroupSize, Math.floor(rowGroupBytes / rowBytes)))

function writerProperties(options: ParquetOptions, schema: Schema, groupRows: number) {
  const { provenance = {}, compression = 'zstd', payload = 'float32', sorted } = options
  const hasLists = schema.fields.some(
    (field) => DataType.isList(field.type) || DataType.isFixedSizeList(field.type),
  )
  const notes = {
    blindspot: JSON.stringify(provenance),
    ...(payload !== 'float32' && { 'blindspot.payload': payload }),
    ...(sorted && { 'blindspot.sorted': JSON.stringify(sorted) }),
  }
  const { Compression, EnabledStatistics, WriterPropertiesBuilder } = parquetWasm()
  const properties = new WriterPropertiesBuilder()
    .setCreatedBy(`blindspot version ${version} (parquet-wasm)`)
    .setCompression(Compression[CODECS[compression]])
    .setDictionaryEnabled(options.dictionary ?? !hasLists)
    .setStatisticsEnabled(EnabledStatistics.Page)
    .setMaxRowGroupSize(groupRows)
    .setKeyValueMetadata(new Map([...schema.metadata, ...Object.entries(notes)]))
  return (hasLists ? properties : properties.setDataPageSizeLimit(PAGE_BYTES)).build()
}

/** Bytes of a row, without the fixed part of a message. */
export function rowBytes(batch: RecordBatch): number {
  const rows = Math.min(batch.numRows, 65)
  if (rows < 2) return Math.max(1, ipcStream(batch).length)
  const size = (n: number) => ipcMessages(batch.slice(0, n)).batch.length
  return Math.max(1, (size(rows) - size(1)) / (rows - 1))
}

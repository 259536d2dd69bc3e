import { createRequire } from 'node:module'
import { openAsBlob } from 'node:fs'
import { dirname, basename } from 'node:path'
import { DataType, RecordBatch } from 'apache-arrow'
import type { Schema } from 'apache-arrow'
import {
  Compression,
  EnabledStatistics,
  ParquetFile,
  Table,
  WriterPropertiesBuilder,
  transformParquetStream,
} from 'parquet-wasm'
import { BlindspotError } from '../operators/errors.js'
import { AtomicFile, removeLeftovers, writeError } from './atomicFile.js'
import type { WrittenFile } from './atomicFile.js'
import { ipcMessages, ipcStream } from './ipc.js'

export interface ParquetOptions {
  /** Where the rows come from: versions, seed, options, backend, hashes. JSON in the footer, key `blindspot`. */
  readonly provenance?: Readonly<Record<string, unknown>>
  /** Default `zstd`; `snappy` for readers that have no zstd. */
  readonly compression?: 'zstd' | 'snappy' | 'none'
  /** Dictionary encoding. Default: off where a column holds lists, since it inflates images by a fifth. */
  readonly dictionary?: boolean
  /** Most rows in a row group. Default 131,072. */
  readonly rowGroupRows?: number
  /** Most bytes of a row group before compression, about. Default 16 MiB: it is what a reader holds at once. */
  readonly rowGroupBytes?: number
  /** The columns of a file that may end without any row; else closing such a file is an error. */
  readonly schema?: Schema
  /** Where the unfinished file is. Default: the folder of the file itself. */
  readonly temporaryFolder?: string
}

export interface WrittenParquet extends WrittenFile {
  readonly rows: number
}

/** What is handed to the encoder at once: bounds its memory, whatever comes in. */
const SLICE_BYTES = 4 * 2 ** 20

/**
 * Writes record batches of one schema to a Parquet file that is complete or absent, in constant memory.
 *
 * `write` resolves when the encoder asks for more, so that awaiting it is the backpressure; calls that are not
 * awaited are queued in order. Errors: `io` where the disk refuses, `bad-data` where a batch has other columns
 * than the first; after an error only `abort` is of use.
 *
 * @example
 * const writer = new ParquetWriter('examples.parquet', { provenance: { seed: 1 } })
 * await writer.write(adversarialToArrow(batch))
 * const { rows, sha256 } = await writer.close()
 */
export class ParquetWriter {
  #rows = 0
  /** the first batch's columns, as a message to compare others with */
  #first: { readonly schema: Uint8Array; readonly empty: RecordBatch } | undefined
  #encoding: Promise<Encoding> | undefined
  #failed: Error | undefined
  /** the last of the queued writes */
  #queue: Promise<void> = Promise.resolve()

  constructor(
    readonly path: string,
    readonly options: ParquetOptions = {},
  ) {
    positive('rowGroupRows', options.rowGroupRows)
    positive('rowGroupBytes', options.rowGroupBytes)
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#rows
  }

  write(batch: RecordBatch): Promise<void> {
    const written = this.#queue.then(() => this.#write(batch))
    this.#queue = written.catch(() => undefined)
    return written
  }

  /** Brings the whole file to the disk, still under its temporary name. */
  async finish(): Promise<void> {
    await this.#queue
    if (this.#encoding === undefined && this.#failed === undefined) {
      const { schema } = this.options
      const empty = this.#first?.empty ?? (schema && new RecordBatch(schema))
      if (empty === undefined)
        throw new BlindspotError(
          'bad-option',
          `${this.path}: no rows came; give the option schema to write an empty file`,
        )
      await this.#encode(empty)
    }
    await this.#settle(async (encoding) => {
      await encoding.input.close()
      await encoding.done
      await encoding.file.finish()
      await this.#check(encoding.file.temporary)
    })
  }

  /** Gives the finished file its name. */
  async publish(): Promise<WrittenParquet> {
    return this.#settle((encoding) => Promise.resolve({ ...encoding.file.publish(), rows: this.#rows }))
  }

  /** Finishes and publishes. */
  async close(): Promise<WrittenParquet> {
    await this.finish()
    return this.publish()
  }

  /** Removes what was written; also after an error, and more than once. */
  async abort(): Promise<void> {
    this.#failed ??= new BlindspotError('io', `${this.path}: the writing was aborted`)
    const encoding = await this.#encoding?.catch(() => undefined)
    if (encoding === undefined) return
    await encoding.input.abort(this.#failed).catch(() => undefined)
    await encoding.done.catch(() => undefined)
    await encoding.file.abort()
  }

  async #write(batch: RecordBatch): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    const { schema } = ipcMessages(batch.slice(0, 0))
    this.#first ??= { schema, empty: batch.slice(0, 0) }
    if (Buffer.compare(this.#first.schema, schema) !== 0)
      throw await this.#fail(
        new BlindspotError(
          'bad-data',
          `${this.path}: the columns of a batch differ from the first one's: ${String(batch.schema)}; write it to another file`,
        ),
      )
    if (batch.numRows > 0) await this.#encode(batch)
  }

  async #encode(batch: RecordBatch): Promise<void> {
    const bytes = rowBytes(batch)
    this.#encoding ??= startEncoding(this.path, this.options, batch.schema, bytes)
    const step = Math.max(1, Math.floor(SLICE_BYTES / bytes))
    await this.#settle(async ({ input }) => {
      if (batch.numRows <= step) await input.write(batch)
      else for (let row = 0; row < batch.numRows; row += step) await input.write(batch.slice(row, row + step))
    })
    this.#rows += batch.numRows
  }

  /** Does something with the encoding; an error removes the file. */
  async #settle<T>(action: (encoding: Encoding) => Promise<T>): Promise<T> {
    if (this.#failed !== undefined) throw this.#failed
    try {
      if (this.#encoding === undefined) throw new BlindspotError('io', `${this.path}: nothing was written`)
      return await action(await this.#encoding)
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async #fail(error: unknown): Promise<Error> {
    this.#failed ??= writeError(this.path, error)
    await this.abort()
    return this.#failed
  }

  /** The encoder drops errors in silence, so the footer is asked how many rows there are. */
  async #check(temporary: string): Promise<void> {
    const file = await ParquetFile.fromFile(await openAsBlob(temporary))
    const metadata = file.metadata()
    const footer = metadata.fileMetadata()
    const rows = footer.numRows()
    for (const held of [footer, metadata, file]) held.free()
    if (rows !== this.#rows)
      throw new BlindspotError(
        'io',
        `${this.path}: ${this.#rows} rows were given, ${rows} were encoded; please report this`,
      )
  }
}

interface Encoding {
  readonly file: AtomicFile
  readonly input: WritableStreamDefaultWriter<RecordBatch>
  /** When all encoded bytes are in the file. */
  readonly done: Promise<void>
}

async function startEncoding(
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
        const table = Table.fromIPCStream(ipcStream(batch))
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
  const encoded = transformParquetStream(toWasm.readable, writerProperties(options, schema, rowBytes))
  const done = copy(encoded, file).catch(async (error: unknown) => {
    const failure = writeError(path, error)
    await input.abort(failure).catch(() => undefined)
    throw failure
  })
  done.catch(() => undefined)
  return { file, input, done }
}

async function copy(encoded: Promise<ReadableStream>, file: AtomicFile): Promise<void> {
  for await (const chunk of (await encoded) as AsyncIterable<Uint8Array>) await file.write(chunk)
}

const CODECS = { zstd: Compression.ZSTD, snappy: Compression.SNAPPY, none: Compression.UNCOMPRESSED }
const { version } = createRequire(import.meta.url)('blindspot/package.json') as { version: string }

function writerProperties(options: ParquetOptions, schema: Schema, rowBytes: number) {
  const {
    provenance = {},
    compression = 'zstd',
    rowGroupRows = 131_072,
    rowGroupBytes = 16 * 2 ** 20,
  } = options
  const hasLists = schema.fields.some(
    (field) => DataType.isList(field.type) || DataType.isFixedSizeList(field.type),
  )
  // the encoder's own limit in bytes counts compressed ones
  const rows = Math.max(1, Math.min(rowGroupRows, Math.floor(rowGroupBytes / rowBytes)))
  return new WriterPropertiesBuilder()
    .setCreatedBy(`blindspot version ${version} (parquet-wasm)`)
    .setCompression(CODECS[compression])
    .setDictionaryEnabled(options.dictionary ?? !hasLists)
    .setStatisticsEnabled(EnabledStatistics.Chunk)
    .setMaxRowGroupSize(rows)
    .setKeyValueMetadata(new Map([...schema.metadata, ['blindspot', JSON.stringify(provenance)]]))
    .build()
}

/** Bytes of a row, without the fixed part of a message. */
function rowBytes(batch: RecordBatch): number {
  const rows = Math.min(batch.numRows, 65)
  if (rows < 2) return Math.max(1, ipcStream(batch).length)
  const size = (n: number) => ipcMessages(batch.slice(0, n)).batch.length
  return Math.max(1, (size(rows) - size(1)) / (rows - 1))
}

function positive(option: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 1))
    throw new BlindspotError('bad-option', `${option} has to be at least 1, got ${value}`)
}

import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { withPayload } from '../operators/records/payload.js'
import { RowError } from '../operators/records/rowError.js'
import { writeError } from '../sources/atomicFile.js'
import type { AtomicFile } from '../sources/atomicFile.js'
import { parquetMetadata } from '../sources/parquet.js'
import { rowBytes, startEncoding } from './parquetEncoder.js'
import type { Encoding, ParquetOptions } from './parquetEncoder.js'
import { rowOrder } from './rowOrder.js'
import { schemaText } from './schemaText.js'
import type { Writer, WrittenRows } from './writer.js'
import { PAYLOADS } from '../operators/records/codes.js'
import { requireOneOf } from '../operators/options/requireKinds.js'
import { COMPRESSIONS } from './compressions.js'
import { requireKnown, type Known } from '../operators/options/knownOptions.js'

export type { ParquetOptions } from './parquetEncoder.js'

/** Bytes handed to the encoder at once at most: they bound its memory, whatever comes in. */
const SLICE_BYTES = 4 * 2 ** 20

export const PARQUET_OPTIONS: Known<ParquetOptions> = {
  ...{ provenance: true, compression: true, dictionary: true, payload: true, rowGroupSize: true },
  ...{ rowGroupBytes: true, sorted: true, empty: true, temporaryFolder: true },
}

/**
 * Writes record batches of one schema to a Parquet file that is complete or absent, in constant memory.
 *
 * Every column has statistics by row group and by page, and an index of pages by which readers skip those that a filter
 * rules out. `write` resolves when the encoder asks for more, so that awaiting it is the backpressure; calls that are not
 * awaited are queued in order. Errors: `io` where the disk refuses, `bad-data` where a batch has other columns
 * than the first, or a row is out of the order that `sorted` says; after an error only `abort` is of use.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const writer = new ParquetWriter('examples.parquet', { provenance: { seed: 1 } })
 * await consume(mnist('test', { limit: 16 }).pipe(attack(network)), (batch) => writer.write(TABLES.examples.toArrow(batch)))
 * const { rows, sha256 } = await writer.close()
 */
export class ParquetWriter implements Writer<RecordBatch, WrittenRows> {
  #rows = 0
  /** The first batch's columns, as text to compare others with. */
  #first: { readonly schema: string; readonly empty: RecordBatch } | undefined
  /** Bytes of a row, as of the batch that was looked at last. */
  #rowBytes: number | undefined
  readonly #requireOrder: (batch: RecordBatch) => void
  #encoding: Promise<Encoding> | undefined
  #begun: Encoding | undefined
  #finished: AtomicFile | undefined
  #failed: Error | undefined
  /** The last of the queued writes. */
  #queue: Promise<void> = Promise.resolve()

  constructor(
    readonly path: string,
    readonly options: ParquetOptions = {},
  ) {
    requireKnown<ParquetOptions>('ParquetWriter', options, PARQUET_OPTIONS)
    const { compression = 'zstd', payload = 'float32' } = options
    requireOneOf('ParquetWriter: compression', compression, COMPRESSIONS)
    requireOneOf('ParquetWriter: payload', payload, PAYLOADS)
    positive('rowGroupSize', options.rowGroupSize)
    positive('rowGroupBytes', options.rowGroupBytes)
    this.#requireOrder = options.sorted ? rowOrder(path, options.sorted) : () => undefined
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#rows
  }

  /**
   * Bytes of the file so far, about: of the row groups that are written, and as many for each row of those that are not.
   * 0 until there is one.
   */
  get bytes(): number {
    if (this.#begun === undefined) return 0
    const { file, groupRows, groups } = this.#begun
    const written = Math.min(this.#rows, groups() * groupRows)
    return written === 0 ? 0 : (file.bytes / written) * this.#rows
  }

  /** Writes a batch; resolves when the encoder asks for more. */
  write(batch: RecordBatch): Promise<void> {
    const written = this.#queue.then(() => this.#write(batch))
    this.#queue = written.catch(() => undefined)
    return written
  }

  /** Brings the whole file to the disk, still under its temporary name. */
  async finish(): Promise<void> {
    await this.#queue
    if (this.#encoding === undefined && this.#failed === undefined) {
      const empty = this.#first?.empty ?? this.options.empty
      if (empty === undefined)
        throw new BlindspotError(
          'bad-option',
          `${this.path}: no batch came; give the option empty to write an empty file`,
        )
      await this.#encode(empty)
    }
    await this.#settle(async ({ input, done, file }) => {
      await input.close()
      await done
      await file.finish()
      await this.#check(file.temporary)
      this.#finished = file
    })
  }

  /** The finished file, for who gives it another name, or none yet. */
  get finished(): AtomicFile {
    if (this.#finished === undefined)
      throw new BlindspotError('bad-option', `${this.path}: was asked for before it is finished`)
    return this.#finished
  }

  /** Gives the finished file its name; synchronous, so that it can be done while a lock is held. */
  publish(): WrittenRows {
    return { ...this.finished.publish(), rows: this.#rows }
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<WrittenRows> {
    await this.finish()
    try {
      return this.publish()
    } catch (error) {
      throw await this.#fail(error)
    }
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
    const schema = schemaText(batch.schema)
    this.#first ??= { schema, empty: batch.slice(0, 0) }
    if (this.#first.schema !== schema)
      throw await this.#fail(
        new BlindspotError(
          'bad-data',
          `${this.path}: the columns of a batch differ from the first one's: ${String(batch.schema)}; write it to another file`,
        ),
      )
    if (batch.numRows === 0) return
    try {
      this.#requireOrder(batch)
    } catch (error) {
      throw await this.#fail(error)
    }
    await this.#encode(batch)
  }

  async #encode(given: RecordBatch): Promise<void> {
    const batch = await this.#stored(given)
    // to look at every small batch takes a tenth of the time
    if (this.#rowBytes === undefined || batch.numRows * this.#rowBytes > SLICE_BYTES / 2)
      this.#rowBytes = rowBytes(batch)
    const bytes = this.#rowBytes
    this.#encoding ??= startEncoding(this.path, this.options, batch.schema, bytes)
    const step = Math.max(1, Math.floor(SLICE_BYTES / bytes))
    await this.#settle(async (encoding) => {
      this.#begun = encoding
      const { input } = encoding
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

  async #stored(batch: RecordBatch): Promise<RecordBatch> {
    try {
      return withPayload(batch, this.options.payload ?? 'float32')
    } catch (error) {
      throw await this.#fail(error instanceof RowError ? error.in(this.path, this.#rows) : error)
    }
  }

  async #fail(error: unknown): Promise<Error> {
    this.#failed ??= writeError(this.path, error)
    await this.abort()
    return this.#failed
  }

  /** The encoder drops errors in silence, so the footer is asked how many rows there are. */
  async #check(temporary: string): Promise<void> {
    const { rows } = await parquetMetadata(temporary)
    if (rows !== this.#rows)
      throw new BlindspotError(
        'io',
        `${this.path}: ${this.#rows} rows were given, ${rows} were encoded; please report this`,
      )
  }
}

function positive(option: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 1))
    throw new BlindspotError('bad-option', `${option}: expected a number from 1, got ${value}`)
}

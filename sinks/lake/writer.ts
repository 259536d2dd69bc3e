import { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { FORMAT } from '../../operators/records/format.js'
import { TABLES, isTableName } from '../../operators/records/tables.js'
import { commit, keepUp } from './commit.js'
import type { FileQuery, ManifestFile } from './committed.js'
import type { Home } from './home.js'
import { locked } from './locked.js'
import { fileOf, placeOf } from './names.js'
import { Publication } from './publication.js'
import { claimOf, requireOwners, type Claim } from './stepLock.js'
import { PARQUET_OPTIONS, ParquetWriter } from '../parquet.js'
import type { ParquetOptions } from '../parquet.js'
import type { Writer } from '../writer.js'
import { onlyKnown, type Known } from '../../operators/options/knownOptions.js'

export interface WriterOptions extends Omit<ParquetOptions, 'temporaryFolder'> {
  /** Identity of the step that makes the rows, such as a hash of its options. The same step replaces its file. */
  readonly step: string
  /**
   * Folders between the table and the file, in this order; default none. A key may not be a column's name: the
   * file has every column in itself, and pyarrow refuses a column that it finds in both places.
   */
  readonly partition?: Readonly<Record<string, string>>
  /** What is noted in the manifest beside the file; `close` can add to it. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Position among the files of the step. Default 0. */
  readonly part?: number
  /** Asked before the file is committed: throws where what others have committed rules it out. */
  readonly check?:
    ((committed: { readonly files: (query?: FileQuery) => readonly ManifestFile[] }) => void) | undefined
}

export const WRITER_OPTIONS: Known<WriterOptions> = {
  ...{ step: true, partition: true, metadata: true, part: true, check: true },
  ...{ provenance: true, compression: true, dictionary: true, payload: true, rowGroupSize: true },
  ...{ rowGroupBytes: true, sorted: true, empty: true },
}

/**
 * Writes one Parquet file of a data set. `write` takes the table's records or Arrow batches and resolves when
 * more can come; `close` resolves when the file and its commit are on the disk; until then, and after `abort`, there is
 * nothing. Errors as of `ParquetWriter`; `io` where another process has taken the work of the step over.
 */
export class LakeWriter<T> implements Writer<T | RecordBatch, ManifestFile> {
  readonly #home: Home
  readonly #parquet: ParquetWriter
  readonly #claim: Claim | undefined

  /** @internal `Lake` makes it. */
  constructor(
    home: Home,
    readonly table: string,
    readonly options: WriterOptions,
  ) {
    this.#home = home
    const { partition = {}, step, part = 0 } = options
    const parquet = onlyKnown<ParquetOptions>(options, PARQUET_OPTIONS)
    const file = fileOf({ table, partition, step, part })
    if (!home.isRemote) placeOf(home.root, file)
    this.#claim = claimOf(home, step)
    const { path, folder } = home.store.unfinished(file)
    this.#parquet = new ParquetWriter(path, {
      ...(isTableName(table) && { empty: TABLES[table].empty }),
      ...parquet,
      provenance: { format: FORMAT, ...parquet.provenance },
      temporaryFolder: folder,
    })
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#parquet.rows
  }

  /** Bytes of the file so far, about, as `ParquetWriter` knows them. */
  get bytes(): number {
    return this.#parquet.bytes
  }

  async write(records: T | RecordBatch): Promise<void> {
    const batch = batchOf(this.table, records)
    for (const key of Object.keys(this.options.partition ?? {}))
      if (batch.schema.fields.some((field) => field.name === key))
        throw new BlindspotError(
          'bad-option',
          `partition key ${key} of table ${this.table} is a column's name too, which pyarrow cannot read; name it otherwise`,
        )
    await this.#parquet.write(batch)
  }

  /**
   * Commits the file.
   *
   * @param metadata added to that of the options.
   */
  async close(metadata: Readonly<Record<string, unknown>> = {}): Promise<ManifestFile> {
    await this.#parquet.finish()
    try {
      return await locked(this.#home, () => this.#commit(metadata))
    } finally {
      await this.abort()
    }
  }

  async #commit(metadata: Readonly<Record<string, unknown>>): Promise<ManifestFile> {
    const { step, part = 0, partition = {} } = this.options
    const named = { table: this.table, partition, step, part }
    const { finished, rows } = this.#parquet
    const publication = new Publication(this.#home, named, finished)
    try {
      const { committed, added } = await commit(this.#home, async (before, since) => {
        requireOwners(this.#home, before, this.#claim)
        this.options.check?.(before)
        const { file, instead } = await publication.publish(before, since)
        const one: ManifestFile = {
          ...{ table: this.table, file, partition, step, part, rows },
          ...finished.written,
          committed: new Date().toISOString(),
          metadata: { ...this.options.metadata, ...metadata },
        }
        return { add: [one], remove: instead }
      })
      await publication.removeReplaced()
      await keepUp(this.#home, committed)
      return added[0]
    } catch (error) {
      await publication.withdraw()
      throw error
    }
  }

  abort(): Promise<void> {
    return this.#parquet.abort()
  }
}

/** Records of a table as Arrow has them. */
export function batchOf(table: string, records: unknown): RecordBatch {
  if (records instanceof RecordBatch) return records
  if (!isTableName(table)) throw new BlindspotError('bad-option', `table ${table} takes Arrow record batches`)
  const toArrow = TABLES[table].toArrow as (records: unknown) => RecordBatch
  return toArrow(records)
}

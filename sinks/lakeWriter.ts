import { join } from 'node:path'
import { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { TABLES, isTableName } from '../operators/records/tables.js'
import { locked, manifestOf, readManifest, temporaryFolder, writeManifest } from './manifest.js'
import type { ManifestFile } from './manifest.js'
import { ParquetWriter } from './parquet.js'
import type { ParquetOptions } from './parquet.js'

export interface WriterOptions extends Omit<ParquetOptions, 'temporaryFolder'> {
  /** Identity of the step that makes the rows, such as a hash of its options. The same step overwrites its file. */
  readonly step: string
  /**
   * Folders between the table and the file, in this order; default none. A key may not be a column's name: the
   * file has every column in itself, and pyarrow refuses a column that it finds in both places.
   */
  readonly partition?: Readonly<Record<string, string>>
  /** Noted in the manifest beside the file; `commit` can add to it. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Position among the files of the step. Default 0. */
  readonly part?: number
}

/**
 * Writes one Parquet file of a data set. `write` takes the table's records or Arrow batches and resolves when
 * more can come; `commit` resolves when the file and the manifest that lists it are on the disk; until then, and
 * after `abort`, there is nothing. Errors as of `ParquetWriter`.
 */
export class LakeWriter<T> {
  readonly #parquet: ParquetWriter
  /** Relative to the data set. */
  readonly file: string

  constructor(
    readonly folder: string,
    readonly table: string,
    readonly options: WriterOptions,
  ) {
    const { partition = {}, step, part = 0, ...parquet } = options
    if (!/^\w[\w-]*$/.test(table))
      throw new BlindspotError('bad-option', `table "${table}": letters, digits, _ and - only`)
    if (step === '') throw new BlindspotError('bad-option', 'step: expected an identity, got an empty text')
    const folders = Object.entries(partition).map(([key, value]) => partitionFolder(key, value))
    const name = `part-${percentEncoded(step)}-${String(part).padStart(5, '0')}.parquet`
    this.file = [table, ...folders, name].join('/')
    this.#parquet = new ParquetWriter(join(folder, this.file), {
      ...(isTableName(table) && { empty: TABLES[table].empty }),
      ...parquet,
      temporaryFolder: temporaryFolder(folder),
    })
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#parquet.rows
  }

  async write(records: T | RecordBatch): Promise<void> {
    const batch = records instanceof RecordBatch ? records : this.#toArrow(records)
    for (const key of Object.keys(this.options.partition ?? {}))
      if (batch.schema.fields.some((field) => field.name === key))
        throw new BlindspotError(
          'bad-option',
          `partition key ${key} of table ${this.table} is a column's name too, which pyarrow cannot read; name it otherwise`,
        )
    await this.#parquet.write(batch)
  }

  /** @param metadata added to that of the options. */
  async commit(metadata: Readonly<Record<string, unknown>> = {}): Promise<ManifestFile> {
    await this.#parquet.finish()
    try {
      return await locked(this.folder, () => this.#commit(metadata))
    } catch (error) {
      await this.abort()
      throw error
    }
  }

  #commit(metadata: Readonly<Record<string, unknown>>): ManifestFile {
    const { step, part = 0, partition = {} } = this.options
    const { created, files } = readManifest(this.folder) ?? manifestOf(new Date().toISOString(), [])
    const { rows, bytes, sha256 } = this.#parquet.publish()
    const committed: ManifestFile = {
      table: this.table,
      file: this.file,
      partition,
      step,
      part,
      rows,
      bytes,
      sha256,
      committed: new Date().toISOString(),
      metadata: { ...this.options.metadata, ...metadata },
    }
    const others = files.filter(({ file }) => file !== this.file)
    writeManifest(this.folder, manifestOf(created, [...others, committed]))
    return committed
  }

  abort(): Promise<void> {
    return this.#parquet.abort()
  }

  #toArrow(records: T): RecordBatch {
    if (!isTableName(this.table))
      throw new BlindspotError('bad-option', `table ${this.table} takes Arrow record batches`)
    const toArrow = TABLES[this.table].toArrow as (records: unknown) => RecordBatch
    return toArrow(records)
  }
}

/** Of a folder's name, on the usual file systems. */
const LONGEST = 255

function partitionFolder(key: string, value: string): string {
  if (!/^[a-z]\w*$/.test(key) || value === '')
    throw new BlindspotError(
      'bad-option',
      `partition ${key}=${value}: expected a name of letters, digits and _, and a value`,
    )
  const folder = `${key}=${percentEncoded(value)}`
  if (folder.length > LONGEST)
    throw new BlindspotError(
      'bad-option',
      `partition ${key}=${value}: a folder's name has at most ${LONGEST} characters, where this one, encoded, has ${folder.length}; choose a shorter name`,
    )
  return folder
}

/** As Hive readers decode it; everything but letters, digits, `_`, `-` and `.` is encoded. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

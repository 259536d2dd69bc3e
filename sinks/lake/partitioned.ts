import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { gatherRows } from '../../operators/records/gatherRows.js'
import type { Writer } from '../writer.js'
import type { ManifestFile } from './committed.js'
import type { Home } from './home.js'
import { fileOf } from './names.js'
import { rowsByPartition } from './partitionValues.js'
import { LakeParts, type PartsOptions } from './parts.js'
import { batchOf } from './writer.js'
import type { Known } from '../../operators/options/knownOptions.js'

export interface PartitionedOptions extends Omit<PartsOptions, 'partition' | 'metadata' | 'before'> {
  /**
   * Folder key → column whose values are the folders, in this order, such as `{ source: 'source_model' }`. The rows keep the
   * column, so that a key may not be a column's name.
   */
  readonly by: Readonly<Record<string, string>>
  /** Files that are written at once at most: where another one is needed, that which was written to least recently is committed. Default 32. */
  readonly maxOpen?: number
  /** As of `LakeParts`. Default: only bytes count. */
  readonly rowsPerFile?: number
  /** As of `LakeParts`. Default 256 MiB. */
  readonly bytesPerFile?: number
  /** As of `ParquetWriter`; an open file holds so much. Default: 16 MiB, less where all open files would hold more than 128 MiB. */
  readonly rowGroupBytes?: number
  /** Asked when a file is committed: what is noted beside it. */
  readonly metadata?: (part: {
    readonly partition: Readonly<Record<string, string>>
    readonly part: number
    readonly rows: number
  }) => Readonly<Record<string, unknown>>
}

/** Files open at once by default. */
const MOST_OPEN = 32
/** Bytes of a file by default: large enough that readers open few of them, small enough to be read side by side. */
const FILE_BYTES = 2 ** 28
/** Bytes of a row group, and those of the row groups of all open files, by default. */
const [GROUP_BYTES, ALL_BYTES] = [2 ** 24, 2 ** 27]

export const PARTITIONED_OPTIONS: Known<PartitionedOptions> = {
  ...{ by: true, maxOpen: true, rowsPerFile: true, bytesPerFile: true, metadata: true, step: true },
  ...{ check: true, provenance: true, compression: true, dictionary: true, payload: true },
  ...{ rowGroupSize: true, rowGroupBytes: true, sorted: true, empty: true },
}

/**
 * Writes rows of a step to folders by the values of columns, `TABLE/KEY=VALUE/…`, in bounded memory, however many folders there
 * are. Within a folder rows keep their order; its files are numbered, and each is committed by itself, as of `LakeParts`.
 *
 * `write` takes records or Arrow batches of any size and resolves when more can come. Errors as of `LakeWriter`; `bad-option`
 * for a column that is not there. After an error, and `abort`, the files that are committed stay.
 */
export class LakePartitioned<T> implements Writer<T | RecordBatch, readonly ManifestFile[]> {
  readonly #home: Home
  /** By the values of the columns, that which was written to least recently first. */
  readonly #folders = new Map<string, LakeParts<T>>()
  #queue: Promise<void> = Promise.resolve()

  /** @internal `Lake` makes it. */
  constructor(
    home: Home,
    readonly table: string,
    readonly options: PartitionedOptions,
  ) {
    this.#home = home
    const { by, maxOpen = MOST_OPEN, step } = options
    if (Object.keys(by).length === 0)
      throw new BlindspotError('bad-option', 'by: expected a folder key and its column, got none')
    if (!(Number.isSafeInteger(maxOpen) && maxOpen >= 1))
      throw new BlindspotError('bad-option', `maxOpen: expected a whole number from 1, got ${maxOpen}`)
    const partition = Object.fromEntries(Object.keys(by).map((key) => [key, 'value']))
    fileOf({ table, partition, step, part: 0 })
    // the options of its files are looked at before there is one
    this.#parts(partition)
  }

  /** Files that are begun and not committed. */
  get open(): number {
    return this.#begun().length
  }

  write(records: T | RecordBatch): Promise<void> {
    return this.#queued(async () => {
      const batch = batchOf(this.table, records)
      for (const { partition, rows } of rowsByPartition(batch, this.options.by))
        await (await this.#folder(partition)).write(gatherRows(batch, rows))
    })
  }

  /** Commits what has been written so far. */
  flush(): Promise<void> {
    return this.#queued(async () => {
      for (const parts of this.#begun()) await parts.flush()
    })
  }

  /** Commits the last files; gives all that this writer has committed. */
  async close(): Promise<readonly ManifestFile[]> {
    await this.flush()
    const files = await Promise.all([...this.#folders.values()].map((parts) => parts.close()))
    return files.flat()
  }

  /** Removes what is not committed; also after an error, and more than once. */
  async abort(): Promise<void> {
    for (const parts of this.#begun()) await parts.abort()
  }

  #queued(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }

  #begun(): readonly LakeParts<T>[] {
    return [...this.#folders.values()].filter(({ isOpen }) => isOpen)
  }

  /** The files of a folder, of which one may be begun. */
  async #folder(partition: Readonly<Record<string, string>>): Promise<LakeParts<T>> {
    const { maxOpen = MOST_OPEN } = this.options
    const key = JSON.stringify(partition)
    const parts = this.#folders.get(key) ?? this.#parts(partition)
    const begun = parts.isOpen ? [] : this.#begun()
    for (const oldest of begun.slice(0, Math.max(0, begun.length + 1 - maxOpen))) await oldest.flush()
    this.#folders.delete(key)
    this.#folders.set(key, parts)
    return parts
  }

  #parts(partition: Readonly<Record<string, string>>): LakeParts<T> {
    const { maxOpen = MOST_OPEN, metadata, ...options } = this.options
    return new LakeParts<T>(this.#home, this.table, {
      rowsPerFile: Infinity,
      bytesPerFile: FILE_BYTES,
      rowGroupBytes: Math.min(GROUP_BYTES, Math.max(2 ** 20, ALL_BYTES / maxOpen)),
      ...options,
      partition,
      ...(metadata && { metadata: (part) => metadata({ partition, ...part }) }),
    })
  }
}

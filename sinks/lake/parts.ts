import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { LakeWriter } from './writer.js'
import type { WriterOptions } from './writer.js'
import { committedIn, type ManifestFile } from './committed.js'
import type { Home } from './home.js'
import { fileOf } from './names.js'
import type { Writer } from '../writer.js'
import type { Known } from '../../operators/options/knownOptions.js'

export interface PartsOptions extends Omit<WriterOptions, 'metadata' | 'part'> {
  /** A file ends with the first batch that brings it to so many rows; batches are never split. Default 4096. */
  readonly rowsPerFile?: number
  /**
   * A file ends with the first batch that brings it to so many bytes, about, and has one row group at least. Default: only
   * its rows count.
   */
  readonly bytesPerFile?: number
  /** Done before a file is committed, after its last batch. */
  readonly before?: (() => Promise<void>) | undefined
  /** Asked when a file is committed, after its last batch: what is noted beside it, such as where it ends. */
  readonly metadata?: (part: {
    readonly part: number
    readonly rows: number
  }) => Readonly<Record<string, unknown>>
}

export const PARTS_OPTIONS: Known<PartsOptions> = {
  ...{ step: true, partition: true, check: true, provenance: true, compression: true, dictionary: true },
  ...{ payload: true, rowGroupSize: true, rowGroupBytes: true, sorted: true, empty: true },
  ...{ rowsPerFile: true, bytesPerFile: true, before: true, metadata: true },
}

/**
 * Writes the rows of a step to numbered files of a data set, each committed by itself. Files that the step has
 * already are kept, and the numbers go on after them. `abort` removes the unfinished file alone.
 */
export class LakeParts<T> implements Writer<T | RecordBatch, readonly ManifestFile[]> {
  readonly #home: Home
  #writer: LakeWriter<T> | undefined
  #part: number | undefined
  #queue: Promise<void> = Promise.resolve()
  readonly #committed: ManifestFile[] = []

  /** @internal `Lake` makes it. */
  constructor(
    home: Home,
    readonly table: string,
    readonly options: PartsOptions,
  ) {
    this.#home = home
    const { rowsPerFile = 4096, bytesPerFile = Infinity, step, partition = {} } = options
    for (const [option, value] of Object.entries({ rowsPerFile, bytesPerFile }))
      if (!(value >= 1))
        throw new BlindspotError('bad-option', `${option}: expected a number from 1, got ${value}`)
    fileOf({ table, partition, step, part: 0 })
  }

  write(records: T | RecordBatch): Promise<void> {
    const written = this.#queue.then(async () => {
      const writer = await this.#begun()
      await writer.write(records)
      const { rowsPerFile = 4096, bytesPerFile = Infinity } = this.options
      if (writer.rows >= rowsPerFile || writer.bytes >= bytesPerFile) await this.#commit()
    })
    this.#queue = written.catch(() => undefined)
    return written
  }

  /** Whether a file is begun that is not committed. */
  get isOpen(): boolean {
    return this.#writer !== undefined
  }

  /** Commits what has been written so far, such as at the end; without rows there is no file. */
  async flush(): Promise<void> {
    const flushed = this.#queue.then(() => this.#commit())
    this.#queue = flushed.catch(() => undefined)
    await flushed
  }

  /** Commits what has been written so far, and a file without rows where that is nothing: for what is noted beside it. */
  async note(): Promise<void> {
    const noted = this.#queue.then(async () => {
      await this.#begun()
      await this.#commit()
    })
    this.#queue = noted.catch(() => undefined)
    await noted
  }

  /** Commits the last file; gives all that this writer has committed. */
  async close(): Promise<readonly ManifestFile[]> {
    await this.flush()
    return this.#committed
  }

  async abort(): Promise<void> {
    const writer = this.#writer
    this.#writer = undefined
    await writer?.abort()
  }

  async #begun(): Promise<LakeWriter<T>> {
    const part = (this.#part ??= await this.#next())
    return (this.#writer ??= new LakeWriter<T>(this.#home, this.table, {
      ...this.options,
      metadata: {},
      part,
    }))
  }

  /** The part after those that the step has. */
  async #next(): Promise<number> {
    const { step, partition = {} } = this.options
    const key = JSON.stringify(partition)
    const earlier = (await committedIn(this.#home))
      .files({ table: this.table, step })
      .filter((file) => JSON.stringify(file.partition) === key)
    return Math.max(-1, ...earlier.map(({ part }) => part)) + 1
  }

  async #commit(): Promise<void> {
    const writer = this.#writer
    if (writer === undefined) return
    await this.options.before?.()
    const { part = 0 } = writer.options
    this.#committed.push(await writer.close(this.options.metadata?.({ part, rows: writer.rows })))
    this.#writer = undefined
    this.#part = part + 1
  }
}

import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { AtomicFile, writeError } from '../sources/atomicFile.js'
import { END_OF_STREAM } from './ipc.js'
import { IpcChain } from './ipcChain.js'
import type { Writer, WrittenRows } from './writer.js'

/**
 * Writes record batches of one schema to an Arrow IPC stream file that is complete or absent.
 *
 * The format is the *stream* one, uncompressed: every whole batch can be read before the file is finished.
 * While the writing goes on the file has its temporary name (`temporary`); after a crash `readArrow` gives the
 * whole batches of that file, and it is left there for this. Errors: `io`, `bad-data` where a batch has other
 * columns than the first one.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const writer = new ArrowWriter('scores.arrows')
 * await consume(mnist('test', { limit: 16 }).pipe(score([network])), (scores) => writer.write(TABLES.scores.toArrow(scores)))
 * await writer.close()
 */
export class ArrowWriter implements Writer<RecordBatch, WrittenRows> {
  #rows = 0
  #file: AtomicFile | undefined
  readonly #chain: IpcChain
  #failed: Error | undefined
  #queue: Promise<void> = Promise.resolve()

  constructor(readonly path: string) {
    this.#chain = new IpcChain(path)
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#rows
  }

  /** Where the unfinished file is; undefined before the first batch. */
  get temporary(): string | undefined {
    return this.#file?.temporary
  }

  /** Writes a batch; resolves when more can come. */
  write(batch: RecordBatch): Promise<void> {
    const written = this.#queue.then(() => this.#write(batch))
    this.#queue = written.catch(() => undefined)
    return written
  }

  async close(): Promise<WrittenRows> {
    await this.#queue
    if (this.#failed !== undefined) throw this.#failed
    const file = this.#file
    if (file === undefined)
      throw new BlindspotError(
        'bad-option',
        `${this.path}: no batch came; write one without rows to have an empty file`,
      )
    try {
      await file.write(END_OF_STREAM)
      return { ...(await file.close()), rows: this.#rows }
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  /** Removes what was written; also after an error, and more than once. */
  async abort(): Promise<void> {
    this.#failed ??= new BlindspotError('io', `${this.path}: the writing was aborted`)
    await this.#queue
    await this.#file?.abort()
  }

  async #write(batch: RecordBatch): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    try {
      const messages = this.#chain.next(batch)
      this.#file ??= await AtomicFile.create(this.path)
      for (const message of messages) await this.#file.write(message)
      this.#rows += batch.numRows
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async #fail(error: unknown): Promise<Error> {
    this.#failed ??= writeError(this.path, error)
    await this.#file?.abort()
    return this.#failed
  }
}

import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { ipcMessages } from './ipc.js'

/** The messages of one Arrow IPC stream, batch by batch, uncompressed: the schema's once, before those of the first batch. */
export class IpcChain {
  #schema: Uint8Array | undefined

  /** @param place where the stream goes, for messages */
  constructor(readonly place: string) {}

  /** Whether the schema's message has been given. */
  get begun(): boolean {
    return this.#schema !== undefined
  }

  /**
   * The messages that a batch adds.
   *
   * @throws BlindspotError `bad-data` where it has other columns than the first one, or other metadata
   */
  next(batch: RecordBatch): readonly Uint8Array[] {
    const messages = ipcMessages(batch)
    if (this.#schema === undefined) {
      this.#schema = messages.schema.slice()
      return [this.#schema, messages.batch]
    }
    if (Buffer.compare(this.#schema, messages.schema) === 0) return [messages.batch]
    throw new BlindspotError(
      'bad-data',
      `${this.place}: the columns of a batch differ from the first one's: ${String(batch.schema)}; they go to another file or stream`,
    )
  }
}

import { tableFromIPC, type RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { checkBatch } from './arrowBatch.js'

/** The batches of Arrow's IPC bytes of either format, uncompressed; `bad-data` that names the file for what cannot be read. */
export function batchesOf(bytes: Uint8Array, path: string): readonly RecordBatch[] {
  try {
    const { batches } = tableFromIPC(bytes)
    batches.forEach(checkBatch)
    return batches
  } catch (cause) {
    const { message } = cause as Error
    const type = /^Unrecognized type: "(\w+)"/.exec(message)?.[1]
    throw new BlindspotError(
      'bad-data',
      type === undefined
        ? `${path}: expected an Arrow file, uncompressed (${message}); write it without compression, or as Parquet`
        : `${path}: a column has the type ${type}, which cannot be read; write it as plain values and lists, or the file as Parquet`,
      { cause },
    )
  }
}

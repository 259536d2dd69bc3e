import { RecordBatchStreamWriter } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'

/** The end of an Arrow IPC stream: a continuation mark and the length 0. */
export const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)

/** A batch as an Arrow IPC stream of its own, uncompressed: other readers do not read this library's compression. */
export const ipcStream = (batch: RecordBatch): Uint8Array =>
  RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true)

/** The two messages of `ipcStream`, so that batches of one schema can be chained. */
export function ipcMessages(batch: RecordBatch): { schema: Uint8Array; batch: Uint8Array } {
  const stream = ipcStream(batch)
  // a message is a continuation mark, the length of its head, the head; a schema has no body
  const head = new DataView(stream.buffer, stream.byteOffset).getInt32(4, true)
  const end = stream.length - END_OF_STREAM.length
  return { schema: stream.subarray(0, 8 + head), batch: stream.subarray(8 + head, end) }
}

import { DataType, Field, MessageHeader, tableFromIPC, type RecordBatch } from 'apache-arrow'
import { batchOf } from '../operators/records/batch.js'
import { checkHead } from './flatbuffer.js'

/** Four bytes before a message's length; files of old versions have none. */
const CONTINUATION = 0xffffffff

/**
 * The columns of a Parquet file that are durations. Parquet has no such type: the numbers are there as int64, and the schema
 * that the writer noted under `ARROW:schema` (a message of Arrow's stream, base64) alone says that they are times.
 */
export function durationsIn(noted: string | undefined): ReadonlyMap<string, DataType> {
  if (noted === undefined) return new Map()
  try {
    const { fields } = tableFromIPC(schemaMessage(Buffer.from(noted, 'base64'))).schema
    return new Map(
      fields.filter(({ type }) => DataType.isDuration(type)).map(({ name, type }) => [name, type]),
    )
  } catch {
    // of a type that this library does not know: what Parquet itself says holds
    return new Map()
  }
}

/** The one message that there should be, looked through: a decoder would make room for whatever it claims. */
function schemaMessage(bytes: Buffer): Buffer {
  const head = bytes.readUInt32LE(0) === CONTINUATION ? 8 : 4
  const end = head + bytes.readUInt32LE(head - 4)
  if (end > bytes.length) throw new RangeError(`its schema ends at byte ${end} of ${bytes.length}`)
  checkHead(bytes.subarray(head, end), MessageHeader.Schema)
  return bytes.subarray(0, end)
}

/** A batch with the file's metadata and its durations. */
export function withDurations(
  batch: RecordBatch,
  metadata: Map<string, string>,
  durations: ReadonlyMap<string, DataType>,
): RecordBatch {
  const types = batch.schema.fields.map(({ name, type }) => durations.get(name) ?? (type as DataType))
  const fields = batch.schema.fields.map(
    ({ name, nullable, metadata: own }, i) => new Field(name, types[i], nullable, own),
  )
  const children = batch.data.children.map((child, i) =>
    durations.has(fields[i].name) ? child.clone(types[i]) : child,
  )
  return batchOf(fields, children, batch.numRows, metadata)
}

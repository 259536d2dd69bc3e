import { DataType, Field, tableFromIPC, type RecordBatch } from 'apache-arrow'
import { batchOf } from '../operators/records/batch.js'

/**
 * The columns of a Parquet file that are durations. Parquet has no such type: the numbers are there as int64, and the schema
 * that the writer noted under `ARROW:schema` (a message of Arrow's stream, base64) alone says that they are times.
 */
export function durationsIn(noted: string | undefined): ReadonlyMap<string, DataType> {
  if (noted === undefined) return new Map()
  try {
    const { fields } = tableFromIPC(Buffer.from(noted, 'base64')).schema
    return new Map(
      fields.filter(({ type }) => DataType.isDuration(type)).map(({ name, type }) => [name, type]),
    )
  } catch {
    // of a type that this library does not know: what Parquet itself says holds
    return new Map()
  }
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

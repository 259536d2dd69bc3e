import { Schema, Struct, RecordBatch, makeData } from 'apache-arrow'
import type { Data, Field } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import type { ArrowColumn } from './columns.js'

/** The batch of some columns of n rows each. */
export function recordBatch(
  columns: readonly ArrowColumn[],
  n: number,
  metadata: Readonly<Record<string, string>> = {},
): RecordBatch {
  for (const { field, data } of columns)
    if (data.length !== n)
      throw new BlindspotError(
        'bad-data',
        `column ${field.name}: expected ${n} rows, as the batch has, got ${data.length}`,
      )
  return batchOf(
    columns.map(({ field }) => field),
    columns.map(({ data }) => data),
    n,
    new Map(Object.entries(metadata)),
  )
}

/** The batch of fields and their data, of n rows each. */
export function batchOf(
  fields: readonly Field[],
  children: readonly Data[],
  n: number,
  metadata: Map<string, string>,
): RecordBatch {
  const schema = new Schema([...fields], metadata)
  const type = new Struct(schema.fields)
  return new RecordBatch(schema, makeData({ type, length: n, nullCount: 0, children: [...children] }))
}

/** The batch of some of its columns, in their order. */
export function ofColumns(batch: RecordBatch, names: readonly string[]): RecordBatch {
  const fields = names.map((name) => batch.schema.fields.findIndex((field) => field.name === name))
  return batchOf(
    fields.map((at) => batch.schema.fields[at]),
    fields.map((at) => batch.data.children[at]),
    batch.numRows,
    batch.schema.metadata,
  )
}

/** A batch with further columns. */
export const withColumns = (batch: RecordBatch, columns: readonly ArrowColumn[]): RecordBatch =>
  columns.length === 0
    ? batch
    : batchOf(
        [...batch.schema.fields, ...columns.map(({ field }) => field)],
        [...batch.data.children, ...columns.map(({ data }) => data)],
        batch.numRows,
        batch.schema.metadata,
      )

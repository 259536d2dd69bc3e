import { DataType, type RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { columnOf, textsOf } from '../../operators/records/rows.js'

/** What Hive calls the folder of rows that have no value. */
const NONE = '__HIVE_DEFAULT_PARTITION__'

/**
 * The rows of a batch by the folders that they belong in: by the values of columns, in the order in which they come first.
 *
 * Numbers and flags go by their text, null and empty texts by Hive's name for nothing.
 *
 * @param by folder key → column
 * @throws BlindspotError `bad-option` for a column that is not there, or is no text, number or flag
 */
export function rowsByPartition(
  batch: RecordBatch,
  by: Readonly<Record<string, string>>,
): readonly { readonly partition: Readonly<Record<string, string>>; readonly rows: Int32Array }[] {
  const keys = Object.keys(by)
  const columns = keys.map((key) => valuesOf(batch, key, by[key]))
  const found = new Map<string, { readonly values: readonly string[]; readonly rows: number[] }>()
  let last: { readonly values: readonly string[]; readonly rows: number[] } | undefined
  for (let row = 0; row < batch.numRows; row++) {
    if (last === undefined || !columns.every((column, i) => column[row] === last?.values[i])) {
      const values = columns.map((column) => column[row])
      const name = JSON.stringify(values)
      last = found.get(name) ?? { values, rows: [] }
      found.set(name, last)
    }
    last.rows.push(row)
  }
  return [...found.values()].map(({ values, rows }) => ({
    partition: Object.fromEntries(keys.map((key, i) => [key, values[i]])),
    rows: Int32Array.from(rows),
  }))
}

function valuesOf(batch: RecordBatch, key: string, name: string): readonly string[] {
  if (!batch.schema.fields.some((field) => field.name === name))
    throw new BlindspotError(
      'bad-option',
      `by: expected ${key} to be a column of ${batch.schema.fields.map((field) => field.name).join(', ')}, got ${name}`,
    )
  const column = columnOf(batch, name)
  const type = column.type as DataType
  const isText = DataType.isUtf8(type)
  if (!isText && !DataType.isInt(type) && !DataType.isFloat(type) && !DataType.isBool(type))
    throw new BlindspotError(
      'bad-option',
      `by: expected ${key} to be a column of texts, numbers or flags, got ${name}, which is ${String(column.type)}`,
    )
  if (isText && column.nullCount === 0) return textsOf(batch, name).map((text) => text || NONE)
  return Array.from({ length: column.length }, (_, row) => {
    const value = column.get(row) as string | number | bigint | boolean | null
    return value === null || value === '' ? NONE : String(value)
  })
}

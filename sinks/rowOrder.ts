import { DataType, type Data, type RecordBatch, type Utf8 } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { columnOf } from '../operators/records/rows.js'

/** A value that has an order; texts as their bytes. */
type Value = number | bigint | boolean | Uint8Array | null

/**
 * Looks through the batches of a file, one after the other, and sees that no row comes before the one above it: by the first
 * column, where that is the same by the second, and so on. Texts go by their bytes in UTF-8, NaN comes after all numbers and
 * null after all values, as in DuckDB.
 *
 * @param path what the errors name
 * @returns looks at the next batch, and throws: `bad-data`, naming row (of the file, from 0) and column; `bad-option` where a
 * column is not there, or has no order
 */
export function rowOrder(path: string, columns: readonly string[]): (batch: RecordBatch) => void {
  let rows = 0
  let last: readonly Value[] | undefined
  return (batch) => {
    const read = columns.map((name) => valuesOf(path, batch, name))
    for (let row = 0; row < batch.numRows; row++) {
      const values = read.map((value) => value(row))
      const at = last === undefined ? -1 : firstOther(last, values)
      if (last !== undefined && at >= 0 && compare(last[at], values[at]) > 0)
        throw new BlindspotError(
          'bad-data',
          `${path}: row ${rows + row}, column ${columns[at]}: expected ${textOf(last[at])} or more, since the rows are sorted ` +
            `by ${columns.join(', ')}, got ${textOf(values[at])}; sort them before, or leave the option sorted out`,
        )
      last = values
    }
    rows += batch.numRows
    // the memory of a batch is its owner's again
    last = last?.map((value) => (value instanceof Uint8Array ? value.slice() : value))
  }
}

function valuesOf(path: string, batch: RecordBatch, name: string): (row: number) => Value {
  if (!batch.schema.fields.some((field) => field.name === name))
    throw new BlindspotError(
      'bad-option',
      `${path}: sorted: expected columns of the rows, ${batch.schema.fields.map((field) => field.name).join(', ')}, got ${name}`,
    )
  const column = columnOf(batch, name)
  const type = column.type as DataType
  if (DataType.isUtf8(type)) {
    const data = column.data[0] as Data<Utf8>
    const { values, valueOffsets } = data
    return (row) => (data.getValid(row) ? values.subarray(valueOffsets[row], valueOffsets[row + 1]) : null)
  }
  if (DataType.isInt(type) || DataType.isFloat(type) || DataType.isBool(type))
    return (row) => column.get(row) as number | bigint | boolean | null
  throw new BlindspotError(
    'bad-option',
    `${path}: sorted: expected columns of numbers, texts or flags, got ${name}, which is ${String(column.type)}`,
  )
}

function firstOther(a: readonly Value[], b: readonly Value[]): number {
  for (let at = 0; at < a.length; at++) if (compare(a[at], b[at]) !== 0) return at
  return -1
}

/** Below 0 where `a` comes first. */
function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

const textOf = (value: Value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value))

import { areTexts } from './sliceRows.js'

/** A batch of records: its columns are arrays of as many rows as `index` has. */
export interface Rows {
  readonly index: Int32Array
}

/** A column's value of one row. */
export type CellOf<Values> = Values extends Float32Array
  ? Float32Array
  : Values extends Int32Array | Uint8Array | Float64Array
    ? number
    : Values extends readonly string[]
      ? string
      : Values

/**
 * One row of a batch: of columns of numbers and texts the row's, of columns of lists (`pixels`, `original`, `values`) its part of the
 * array, and what is the same for all rows (`dataset`, `shape`).
 */
export type RowView<Batch> = { readonly [Field in keyof Batch]: CellOf<Batch[Field]> }

type Column = Int32Array | Uint8Array | Float32Array | Float64Array

const isColumn = (value: unknown): value is Column =>
  value instanceof Int32Array ||
  value instanceof Uint8Array ||
  value instanceof Float32Array ||
  value instanceof Float64Array

/** Each row of a batch in turn; arrays are not copied. */
export function* rowViews<Batch extends Rows>(batch: Batch): Generator<RowView<Batch>, void, undefined> {
  const rows = batch.index.length
  const fields = Object.entries(batch)
  for (let row = 0; row < rows; row++)
    yield Object.fromEntries(fields.map(([name, value]) => [name, cell(value, row, rows)])) as RowView<Batch>
}

function cell(value: unknown, row: number, rows: number): unknown {
  if (value instanceof Float32Array) {
    const size = value.length / rows
    return value.subarray(row * size, (row + 1) * size)
  }
  return isColumn(value) || areTexts(value) ? value[row] : value
}

/** Some rows of a batch, in the order in which they are named; the arrays are copies. */
export function rowsAt<Batch extends Rows>(batch: Batch, rows: readonly number[]): Batch {
  const count = batch.index.length
  const taken = (value: unknown): unknown => {
    if (areTexts(value)) return rows.map((row) => value[row])
    if (!isColumn(value)) return value
    const size = value.length / count
    const own = value.slice(0, rows.length * size)
    rows.forEach((row, at) => own.set(value.subarray(row * size, (row + 1) * size), at * size))
    return own
  }
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(batch).map(([name, value]) => [name, taken(value)]),
  )
  return fields as unknown as Batch
}

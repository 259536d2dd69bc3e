import { isFloat32Array } from 'node:util/types'
import { DataType } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import { RowError } from './rowError.js'
import { columnOf } from './rows.js'

/**
 * [n × length] a column of lists of float32, all of one length; without a copy where the rows lie one after
 * the other, as they do in a column without nulls. Rows that are null are taken from `otherwise`.
 */
export function listsOf(batch: RecordBatch, name: string, otherwise?: Float32Array): Float32Array {
  const column = columnOf(batch, name)
  const [data] = column.data
  const { valueOffsets } = data as { valueOffsets: ArrayLike<number | bigint> }
  const child = data.children.at(0)
  if (child === undefined || !DataType.isFloat(child.type) || !isFloat32Array(child.values))
    throw new BlindspotError(
      'bad-data',
      `column ${name}: expected lists of float32, float16 or uint8, got ${String(column.type)}`,
    )
  const values: Float32Array = child.values
  const n = column.length
  const fixed = DataType.isFixedSizeList(column.type) ? column.type.listSize : undefined
  const start = (row: number) => (fixed === undefined ? Number(valueOffsets[row]) : row * fixed)
  const length = n === 0 ? 0 : otherwise === undefined ? start(1) - start(0) : otherwise.length / n
  if (child.nullCount > 0) requireWhole(name, data, child, start)
  for (let row = 0; row < n; row++) {
    if (!data.getValid(row)) {
      if (otherwise === undefined) throw new RowError(row, name, `a list of ${length} values`, 'null')
    } else if (start(row + 1) - start(row) !== length)
      throw new RowError(
        row,
        name,
        `${length}, as in the rows before or beside it`,
        `${start(row + 1) - start(row)} values`,
      )
  }
  if (data.nullCount === 0) return values.subarray(start(0), start(0) + n * length)
  const rows = new Float32Array(n * length)
  for (let row = 0; row < n; row++)
    rows.set(
      data.getValid(row)
        ? values.subarray(start(row), start(row) + length)
        : (otherwise ?? rows).subarray(row * length, (row + 1) * length),
      row * length,
    )
  return rows
}

interface Rows {
  readonly length: number
  getValid(row: number): boolean
}

/**
 * Checks that no value within the lists is null: such a one has a number in the memory beside it, which is nothing's.
 */
function requireWhole(name: string, data: Rows, child: Rows, start: (row: number) => number): void {
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) continue
    for (let at = start(row); at < start(row + 1); at++)
      if (!child.getValid(at)) throw new RowError(row, name, 'numbers alone', `null at ${at - start(row)}`)
  }
}

import { DataType, Precision } from 'apache-arrow'
import type { RecordBatch, Vector } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import { batchOf, type Column } from './columns.js'
import { numericOf, realOf, textOf, wholeOf } from './numeric.js'

/** The named column of a batch that was read, or an error that says which columns there are. */
export function columnOf(batch: RecordBatch, name: string): Vector {
  const names = batch.schema.fields.map((field) => field.name)
  const found: Vector | null = batch.getChild(name)
  if (names.indexOf(name) !== names.lastIndexOf(name))
    throw new BlindspotError('bad-data', `there are several columns ${name}; rename all but one`)
  if (found !== null) return found
  const there = names.join(', ')
  throw new BlindspotError('bad-data', `there is no column ${name}; the columns are ${there}`)
}

/**
 * A batch with columns that files of an earlier version lack.
 *
 * @param later those columns of n rows, as the rows of such files have them
 */
export function completed(batch: RecordBatch, later: (n: number) => readonly Column[]): RecordBatch {
  const missing = later(batch.numRows).filter(
    ({ field }) => !batch.schema.fields.some(({ name }) => name === field.name),
  )
  if (missing.length === 0) return batch
  return batchOf(
    [...batch.schema.fields, ...missing.map(({ field }) => field)],
    [...batch.data.children, ...missing.map(({ data }) => data)],
    batch.numRows,
    batch.schema.metadata,
  )
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

/** A value in a row that is not what its column holds; who knows the file says so. */
export class RowError extends BlindspotError {
  constructor(
    readonly row: number,
    readonly column: string,
    readonly expected: string,
    readonly got: string,
    /** The file, and how many of its rows come before. */
    where = '',
    before = 0,
  ) {
    super('bad-data', `${where}column ${column}, row ${before + row}: expected ${expected}, got ${got}`)
  }

  /** The same of a file. */
  in(path: string, before: number): RowError {
    return new RowError(this.row, this.column, this.expected, this.got, `${path}: `, before)
  }
}

const wrong = (name: string, row: number, value: unknown, expected: string) =>
  new RowError(row, name, expected, String(value))

/** Reads the rows of a column of numbers, or an error that says what type it has. */
function numericIn(batch: RecordBatch, name: string) {
  const column = columnOf(batch, name)
  const read = numericOf(column)
  if (read) return { length: column.length, read }
  throw new BlindspotError('bad-data', `column ${name}: expected numbers, got ${String(column.type)}`)
}

/** Any column of whole numbers, also decimals and floats, as int32; nulls become `none`, and are an error without one. */
export function integersOf(batch: RecordBatch, name: string, none?: number): Int32Array {
  const column = columnOf(batch, name)
  if (
    DataType.isInt(column.type) &&
    column.type.bitWidth === 32 &&
    column.type.isSigned &&
    column.nullCount === 0
  )
    return column.toArray() as Int32Array
  const { length, read } = numericIn(batch, name)
  return Int32Array.from({ length }, (_, row) => {
    const value = read(row)
    const number = value === null ? none : wholeOf(value)
    if (number === undefined || number !== (number | 0))
      throw wrong(name, row, textOf(value), 'a 32-bit integer')
    return number
  })
}

/** Any column of whole numbers below 2^53 in size. */
export function longsOf(batch: RecordBatch, name: string): number[] {
  const { length, read } = numericIn(batch, name)
  return Array.from({ length }, (_, row) => {
    const value = read(row)
    const number = value === null ? undefined : wholeOf(value)
    if (number === undefined) throw wrong(name, row, textOf(value), 'a whole number below 2^53')
    return number
  })
}

/** Any column of numbers as float64, which has to hold them; null becomes NaN. */
export function numbersOf(batch: RecordBatch, name: string): Float64Array {
  const column = columnOf(batch, name)
  if (DataType.isFloat(column.type) && column.type.precision === Precision.DOUBLE && column.nullCount === 0)
    return column.toArray() as Float64Array
  const { length, read } = numericIn(batch, name)
  return Float64Array.from({ length }, (_, row) => {
    const value = read(row)
    const number = value === null ? NaN : realOf(value)
    if (number === undefined) throw wrong(name, row, textOf(value), 'a number that float64 holds exactly')
    return number
  })
}

/** A text column without nulls. */
export function textsOf(batch: RecordBatch, name: string): string[] {
  const column = columnOf(batch, name)
  return Array.from({ length: column.length }, (_, row) => {
    const value: unknown = column.get(row)
    if (typeof value !== 'string') throw wrong(name, row, value, 'text')
    return value
  })
}

/** A text column as positions in `names`. */
export function codesOf(batch: RecordBatch, name: string, names: readonly string[]): Uint8Array {
  return Uint8Array.from(textsOf(batch, name), (text, row) => {
    const code = names.indexOf(text)
    if (code < 0) throw wrong(name, row, text, `one of ${names.join(', ')}`)
    return code
  })
}

/** One of `names`, or an error. */
export function nameOf<T extends string>(column: string, row: number, text: string, names: readonly T[]): T {
  const found = names.find((name) => name === text)
  if (found === undefined) throw wrong(column, row, text, `one of ${names.join(', ')}`)
  return found
}

/** A boolean column as 0 and 1; nulls become `none`, and are an error without one. */
export function flagsOf(batch: RecordBatch, name: string, none?: number): Int32Array {
  const column = columnOf(batch, name)
  return Int32Array.from({ length: column.length }, (_, row) => {
    const value: unknown = column.get(row)
    const flag = value === null ? none : typeof value === 'boolean' ? Number(value) : undefined
    if (flag === undefined) throw wrong(name, row, value, 'true or false')
    return flag
  })
}

/**
 * [n × length] a column of lists of float32, all of one length; without a copy where the rows lie one after
 * the other, as they do in a column without nulls. Rows that are null are taken from `otherwise`.
 */
export function listsOf(batch: RecordBatch, name: string, otherwise?: Float32Array): Float32Array {
  const column = columnOf(batch, name)
  const [data] = column.data
  const { valueOffsets } = data as { valueOffsets: ArrayLike<number | bigint> }
  const child = data.children.at(0)
  if (child === undefined || !DataType.isFloat(child.type) || !(child.values instanceof Float32Array))
    throw new BlindspotError(
      'bad-data',
      `column ${name}: expected lists of float32, got ${String(column.type)}`,
    )
  const values: Float32Array = child.values
  const n = column.length
  const fixed = DataType.isFixedSizeList(column.type) ? column.type.listSize : undefined
  const start = (row: number) => (fixed === undefined ? Number(valueOffsets[row]) : row * fixed)
  const length = n === 0 ? 0 : otherwise === undefined ? start(1) - start(0) : otherwise.length / n
  if (child.nullCount > 0) requireWhole(name, data, child, start)
  for (let row = 0; row < n; row++) {
    if (!data.getValid(row)) {
      if (otherwise === undefined) throw wrong(name, row, null, `a list of ${length} values`)
    } else if (start(row + 1) - start(row) !== length)
      throw wrong(
        name,
        row,
        `${start(row + 1) - start(row)} values`,
        `${length}, as in the rows before or beside it`,
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

/** A null within a list has a number in the memory beside it, which is nothing's. */
function requireWhole(name: string, data: Rows, child: Rows, start: (row: number) => number): void {
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) continue
    for (let at = start(row); at < start(row + 1); at++)
      if (!child.getValid(at)) throw wrong(name, row, `null at ${at - start(row)}`, 'numbers alone')
  }
}

/** Ranges of rows, [from, to), in which all the given columns stay the same. */
export function* runs(columns: readonly ArrayLike<unknown>[]): Generator<readonly [number, number]> {
  const n = columns[0].length
  for (let from = 0, to = 1; from < n; to++) {
    if (to < n && columns.every((values) => Object.is(values[to], values[from]))) continue
    yield [from, to]
    from = to
  }
}

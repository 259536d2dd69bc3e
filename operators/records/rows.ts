import { DataType, Precision } from 'apache-arrow'
import type { Data, RecordBatch, Utf8, Vector } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import { numericOf, realOf, textOf, wholeOf } from './numeric.js'
import { RowError } from './rowError.js'

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

/** Any column of whole numbers below 2^53 in size; nulls become `none`, and are an error without one. */
export function longsOf(batch: RecordBatch, name: string, none?: number): number[] {
  const { length, read } = numericIn(batch, name)
  return Array.from({ length }, (_, row) => {
    const value = read(row)
    const number = value === null ? none : wholeOf(value)
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
  const isAsBefore = repeats(column)
  const texts: string[] = []
  for (let row = 0; row < column.length; row++) {
    if (row > 0 && isAsBefore(row)) {
      texts.push(texts[row - 1])
      continue
    }
    const value: unknown = column.get(row)
    if (typeof value !== 'string') throw wrong(name, row, value, 'text')
    texts.push(value)
  }
  return texts
}

/** Whether a row's text is, by its bytes, that of the row before: it mostly is, and to decode one takes a hundred times as long. */
function repeats(column: Vector): (row: number) => boolean {
  const [data] = column.data
  if (!DataType.isUtf8(column.type) || column.data.length !== 1 || data.nullCount > 0) return () => false
  const { valueOffsets, values } = data as Data<Utf8>
  return (row) => {
    const [before, start, end] = [valueOffsets[row - 1], valueOffsets[row], valueOffsets[row + 1]]
    if (start - before !== end - start) return false
    for (let at = start, back = before; at < end; at++, back++) if (values[at] !== values[back]) return false
    return true
  }
}

/** A text column of some names, as their positions. */
export function codesOf(batch: RecordBatch, name: string, names: readonly string[]): Uint8Array {
  return Uint8Array.from(textsOf(batch, name), (text, row) => {
    const code = names.indexOf(text)
    if (code < 0) throw wrong(name, row, text, `one of ${names.join(', ')}`)
    return code
  })
}

/** A text column of some names. */
export const namesOf = <Name extends string>(
  batch: RecordBatch,
  name: string,
  names: readonly Name[],
): readonly Name[] => Array.from(codesOf(batch, name, names), (code) => names[code])

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

import type { RecordBatch } from 'apache-arrow'
import { flags, integers, longs, numbers, recordBatch, texts, type Column } from './columns.js'
import { flagsOf, integersOf, longsOf, numbersOf, textsOf } from './rows.js'

/**
 * `integer`: int32; `long`: int64 of safe integers; `number`: float64, NaN is null; `number?`: the same, NaN in files of a
 * version that did not have it; `text`: utf8; `flag`: boolean.
 */
type ColumnType = 'text' | 'integer' | 'long' | 'number' | 'number?' | 'flag'
type ValueOf<Type extends ColumnType> = Type extends 'text' ? string : Type extends 'flag' ? boolean : number
type Value = ValueOf<ColumnType>

/** Fields of a record and the type of the column that each is, named in snake_case. */
type Fields = Readonly<Record<string, ColumnType>>
type RowOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> }

/** Both ways between Arrow and a small table whose records are one object per row. */
export function rowTable<F extends Fields>(
  fields: F,
): {
  readonly toArrow: (rows: readonly RowOf<F>[]) => RecordBatch
  readonly fromArrow: (batch: RecordBatch) => RowOf<F>[]
} {
  const entries = Object.entries(fields)
  return {
    toArrow: (rows) =>
      recordBatch(
        entries.map(([name, type]) =>
          write(
            type,
            snakeCase(name),
            rows.map((row) => row[name]),
          ),
        ),
        rows.length,
      ),
    fromArrow(batch) {
      const columns = entries.map(([name, type]) => [name, read(type, batch, snakeCase(name))] as const)
      return Array.from(
        { length: batch.numRows },
        (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])) as RowOf<F>,
      )
    },
  }
}

function write(type: ColumnType, name: string, values: readonly Value[]): Column {
  if (type === 'text') return texts(name, values.map(String))
  const digits = values.map(Number)
  if (type === 'flag') return flags(name, Uint8Array.from(digits))
  if (type === 'integer') return integers(name, Int32Array.from(digits))
  return type === 'long' ? longs(name, digits) : numbers(name, Float64Array.from(digits))
}

function read(type: ColumnType, batch: RecordBatch, name: string): ArrayLike<Value> {
  if (type === 'text') return textsOf(batch, name)
  if (type === 'integer') return integersOf(batch, name)
  if (type === 'flag') return Array.from(flagsOf(batch, name), Boolean)
  if (type === 'number?' && !batch.schema.fields.some((field) => field.name === name))
    return new Float64Array(batch.numRows).fill(NaN)
  return type === 'long' ? longsOf(batch, name) : numbersOf(batch, name)
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

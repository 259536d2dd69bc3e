import type { RecordBatch } from 'apache-arrow'
import { flags, integers, lists, longs, numbers, texts, type ArrowColumn } from './columns.js'
import { listsOf } from './lists.js'
import { codesOf, flagsOf, integersOf, longsOf, namesOf, numbersOf, textsOf } from './rows.js'

export type ArrowType = 'utf8' | 'int32' | 'int64' | 'float64' | 'bool' | 'list<float32>'
export type SqlType = 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'FLOAT[]'

/**
 * How the values of a column lie in records, in Arrow and in SQL.
 *
 * `Cell` is the value of one row, `Values` the values of a batch's rows.
 */
export interface Kind<Cell, Values> {
  readonly type: ArrowType
  /** The type in DuckDB's SQL. */
  readonly sql: SqlType
  /** Whether a row may be null, or NaN, as Arrow's field says. */
  readonly nullable: boolean
  /** All that a cell may be, where it is one of some names. */
  readonly names?: readonly string[]
  /** What a cell is in a row that has no value. */
  readonly none: Cell
  of(cells: readonly Cell[]): Values
  cell(values: Values, row: number): Cell
  /**
   * Arrow's column over `values`, typed arrays without a copy.
   *
   * @param isThere of lists that may be null: which rows have one
   */
  write(name: string, values: Values, rows: number, isThere?: (row: number) => boolean): ArrowColumn
  /**
   * The values of a column that was read.
   *
   * @param otherwise of lists that may be null: what a row has that has none
   * @throws RowError `bad-data`, naming row and column
   */
  read(batch: RecordBatch, name: string, otherwise?: Values): Values
}

/** Any text. */
export const TEXT: Kind<string, readonly string[]> = {
  type: 'utf8',
  sql: 'VARCHAR',
  nullable: false,
  none: '',
  of: (cells) => cells,
  cell: (values, row) => values[row],
  write: texts,
  read: textsOf,
}

/** One of some names; a row that has nothing has the first. */
export const nameKind = <Name extends string>(names: readonly Name[]): Kind<Name, readonly Name[]> => ({
  type: 'utf8',
  sql: 'VARCHAR',
  nullable: false,
  names,
  none: names[0],
  of: (cells) => cells,
  cell: (values, row) => values[row],
  write: texts,
  read: (batch, name) => namesOf(batch, name, names),
})

/** One of some names, in records its position among them. */
export const codeKind = <Name extends string>(names: readonly Name[]): Kind<Name, Uint8Array> => ({
  type: 'utf8',
  sql: 'VARCHAR',
  nullable: false,
  names,
  none: names[0],
  of: (cells) => Uint8Array.from(cells, (cell) => names.indexOf(cell)),
  cell: (values, row) => names[values[row]],
  write: (name, values) =>
    texts(
      name,
      Array.from(values, (code) => names[code]),
    ),
  read: (batch, name) => codesOf(batch, name, names),
})

/** Whole numbers of 32 bits; null is -1 in records. */
export const integerKind = (nullable: boolean): Kind<number, Int32Array> => ({
  type: 'int32',
  sql: 'INTEGER',
  nullable,
  none: -1,
  of: (cells) => new Int32Array(cells),
  cell: (values, row) => values[row],
  write: (name, values) => integers(name, values, nullable ? -1 : undefined),
  read: (batch, name) => integersOf(batch, name, nullable ? -1 : undefined),
})

/** Whole numbers below 2^53; null is NaN in records. */
export const longKind = (nullable: boolean): Kind<number, readonly number[]> => ({
  type: 'int64',
  sql: 'BIGINT',
  nullable,
  none: NaN,
  of: (cells) => cells,
  cell: (values, row) => values[row],
  write: (name, values) => longs(name, values, nullable),
  read: (batch, name) => longsOf(batch, name, nullable ? NaN : undefined),
})

/** Doubles; null is NaN in records. */
export const NUMBER: Kind<number, Float64Array> = {
  type: 'float64',
  sql: 'DOUBLE',
  nullable: true,
  none: NaN,
  of: (cells) => new Float64Array(cells),
  cell: (values, row) => values[row],
  write: numbers,
  read: numbersOf,
}

/** Whether something is so; 1 and 0 in batches. */
export const FLAG: Kind<boolean, Uint8Array> = {
  type: 'bool',
  sql: 'BOOLEAN',
  nullable: false,
  none: false,
  of: (cells) => new Uint8Array(cells.map(Number)),
  cell: (values, row) => values[row] === 1,
  write: (name, values) => flags(name, values),
  read: (batch, name) => Uint8Array.from(flagsOf(batch, name)),
}

/** Whether something is so, where that is known; 1, 0 and, of null, -1 in batches. */
export const FLAG_OR_NULL: Kind<number, Int32Array> = {
  type: 'bool',
  sql: 'BOOLEAN',
  nullable: true,
  none: -1,
  of: (cells) => new Int32Array(cells),
  cell: (values, row) => values[row],
  write: (name, values) => flags(name, values, -1),
  read: (batch, name) => flagsOf(batch, name, -1),
}

/** Lists of float32 of one length, batch-major in one array; a list is no cell. */
export const listKind = (nullable: boolean): Kind<undefined, Float32Array> => ({
  type: 'list<float32>',
  sql: 'FLOAT[]',
  nullable,
  none: undefined,
  of: () => new Float32Array(0),
  cell: () => undefined,
  write: (name, values, rows, isThere = () => true) =>
    lists(name, values, rows, nullable ? isThere : undefined),
  read: listsOf,
})

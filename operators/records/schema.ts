import type { RecordBatch } from 'apache-arrow'
import { ofColumns, recordBatch, withColumns } from './batch.js'
import type { Column } from './column.js'
import { identified, type ArrowColumn } from './columns.js'
import type { Columns, Notes } from './recordOf.js'
import { snakeCase } from './snakeCase.js'

/** A column of a table and what it is called. */
export type TableColumn = Column<unknown, unknown> & {
  /** Name in records. */
  readonly field: string
  /** Name in files and in SQL. */
  readonly name: string
  /** Parquet field id; of a table of a data set always. */
  readonly id?: number | undefined
}

/** What holds of every row beyond what its columns say one by one. */
export interface Rule {
  /** Columns that the rule is about; the first is the one that is wrong where it does not hold. */
  readonly columns: readonly string[]
  readonly expected: string
  /** Whether the columns' values obey the rule: null is NaN, a flag 0 or 1. */
  holds(...values: readonly unknown[]): boolean
  /** The rule as an expression of DuckDB's SQL: null or false where the rule does not hold. */
  readonly sql: string
}

/** A table as it is written down. */
export interface Schema<C extends Columns> {
  /** What there is a row per. */
  readonly row: string
  /** Parquet field ids of the columns, by their names in files. Default: they have none. */
  readonly ids?: ReadonlyMap<string, number>
  readonly columns: C
  /** The columns that tell a row from every other row of a data set. */
  readonly key: readonly (keyof C & string)[]
  readonly rules?: readonly Rule[]
}

/** A table of a data set: its columns, and how its records become Arrow batches and come back. */
export interface Table<Record> {
  /** What there is a row per. */
  readonly row: string
  readonly columns: readonly TableColumn[]
  /** The columns, as files have them, that tell a row from every other row of a data set. */
  readonly key: readonly string[]
  readonly rules: readonly Rule[]
  readonly notes: Notes
  /** A batch without rows. */
  readonly empty: RecordBatch
  /** Arrow batch of a record; typed arrays are not copied. */
  readonly toArrow: (record: Record) => RecordBatch
  /**
   * The records that `toArrow` was given, bit for bit: of batches one for each stretch of rows in which what is constant stays
   * the same.
   *
   * @param options.lists false: columns of lists are not looked at, their arrays are empty. Default true
   * @throws BlindspotError `bad-data`, naming the column and, of a value, the row
   */
  readonly fromArrow: (batch: RecordBatch, options?: { readonly lists?: boolean }) => Record[]
}

/** The record of a table. */
export type RecordOf<T> = T extends Table<infer Record> ? Record : never

/** The record of a row, of a table whose records are lists of them. */
export type RowIn<T> = RecordOf<T> extends readonly (infer Row)[] ? Row : never

/** What a table is, but for its conversions. */
export const described = <C extends Columns>({ row, ids, columns, key, rules = [] }: Schema<C>) => ({
  row,
  columns: Object.entries<Columns[string]>(columns).map(([field, column]): TableColumn => {
    const name = snakeCase(field)
    return { ...column, field, name, id: ids?.get(name) }
  }),
  key: key.map(snakeCase),
  rules,
})

/** Whether a column's values are lists, batch-major in one array. */
export const isList = ({ kind }: TableColumn): boolean => kind.type === 'list<float32>'

/** Whether files of earlier versions lack a column. */
export const isLater = ({ later, optional }: TableColumn): boolean => Boolean(later ?? optional)

/** A column of rows that have nothing. */
export const nothingOf = ({ name, kind, id }: TableColumn, rows: number): ArrowColumn =>
  identified(
    kind.write(name, kind.of(Array<unknown>(rows).fill(kind.none)), rows, () => false),
    id,
  )

/** A batch that was read, with the columns that files of earlier versions lack. */
export function completed(batch: RecordBatch, columns: readonly TableColumn[]): RecordBatch {
  const missing = columns.filter((column) => isLater(column) && batch.getChild(column.name) === null)
  return withColumns(
    batch,
    missing.map((column) => nothingOf(column, batch.numRows)),
  )
}

/** A batch that was read, with the columns of its table alone, in their order and as they are now. */
export function asNow(batch: RecordBatch, columns: readonly TableColumn[]): RecordBatch {
  const ordered = ofColumns(
    completed(batch, columns),
    columns.map(({ name }) => name),
  )
  const identifiedColumns = ordered.schema.fields.map((field, i) =>
    identified({ field, data: ordered.data.children[i] }, columns[i].id),
  )
  return recordBatch(identifiedColumns, batch.numRows, Object.fromEntries(batch.schema.metadata))
}

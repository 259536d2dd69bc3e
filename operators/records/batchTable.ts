import { recordBatch } from './batch.js'
import { batchesIn } from './batchesIn.js'
import { constant, identified, type ArrowColumn } from './columns.js'
import type { BatchOf, Columns, Fields, Notes } from './recordOf.js'
import { described, isList, nothingOf, type Schema, type Table, type TableColumn } from './schema.js'

/** A table whose record is a batch: arrays of all rows, one value of what is the same in them, and notes on them all. */
export function batchTable<const C extends Columns, const N extends Notes = object & Notes>({
  notes,
  ...schema
}: Schema<C> & { readonly notes?: N }): Table<BatchOf<C, N>> {
  const { columns, ...said } = described(schema)
  const noted: Notes = notes ?? {}
  const counted = columns.find((column) => !column.constant && !isList(column))
  const toArrow = (batch: Fields) => {
    const rows = (batch[counted?.field ?? ''] as ArrayLike<unknown>).length
    return recordBatch(
      columns.map((column) => arrowOf(column, columns, batch, rows)),
      rows,
      metadataOf(noted, batch),
    )
  }
  return {
    ...said,
    columns,
    notes: noted,
    empty: toArrow(withoutRows(columns, noted)),
    toArrow,
    fromArrow: (rows, options) => batchesIn(rows, columns, noted, options) as BatchOf<C, N>[],
  }
}

function arrowOf(
  column: TableColumn,
  columns: readonly TableColumn[],
  batch: Fields,
  rows: number,
): ArrowColumn {
  const { field, name, kind, id } = column
  const value = batch[field]
  if (value === undefined) return nothingOf(column, rows)
  const written =
    typeof value === 'string'
      ? constant(name, value, rows)
      : column.constant
        ? kind.write(name, kind.of(Array<unknown>(rows).fill(value)), rows)
        : kind.write(name, value, rows, rowsThat(column, columns, batch))
  return identified(written, id)
}

/** Which rows have a value by what `only` says of the column. */
function rowsThat({ only = {} }: TableColumn, columns: readonly TableColumn[], batch: Fields) {
  const [[field, names]] = [...Object.entries(only), ['', undefined] as const]
  const other = columns.find((column) => column.field === field)
  return (row: number) => names?.some((name) => name === other?.kind.cell(batch[field], row)) ?? true
}

function metadataOf(notes: Notes, batch: Fields): Readonly<Record<string, string>> {
  const texts = Object.entries(notes).map(([name, note]) => [name, note.write(batch[name])] as const)
  return Object.fromEntries(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))
}

const withoutRows = (columns: readonly TableColumn[], notes: Notes): Fields => ({
  ...Object.fromEntries(
    columns.flatMap(({ field, kind, constant, optional }) =>
      optional ? [] : [[field, constant ? kind.none : kind.of([])]],
    ),
  ),
  ...Object.fromEntries(Object.entries(notes).map(([name, { none }]) => [name, none])),
})

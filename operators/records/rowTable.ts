import { recordBatch } from './batch.js'
import { identified } from './columns.js'
import type { Columns, RowOf } from './recordOf.js'
import { completed, described, type Schema, type Table } from './schema.js'

/** A small table whose record is a list of objects, one a row, each with a `tag` that no column has. */
export function rowTable<const C extends Columns, const Tag extends object = object>({
  tag,
  ...schema
}: Schema<C> & { readonly tag?: Tag }): Table<readonly RowOf<C, Tag>[]> {
  const { columns, ...said } = described(schema)
  const toArrow = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    recordBatch(
      columns.map(({ field, name, kind, id }) =>
        identified(kind.write(name, kind.of(rows.map((row) => row[field] ?? kind.none)), rows.length), id),
      ),
      rows.length,
    )
  return {
    ...said,
    columns,
    notes: {},
    empty: toArrow([]),
    toArrow,
    fromArrow(rows) {
      const batch = completed(rows, columns)
      const values = columns.map(({ name, kind }) => kind.read(batch, name))
      const rowOf = (row: number) => {
        const cells = columns.flatMap(({ field, kind, optional }, i) => {
          const cell = kind.cell(values[i], row)
          return optional && Object.is(cell, kind.none) ? [] : [[field, cell]]
        })
        return { ...tag, ...Object.fromEntries(cells) } as RowOf<C, Tag>
      }
      return [Array.from({ length: batch.numRows }, (_, row) => rowOf(row))]
    },
  }
}

import { stringify } from 'csv-stringify/sync'
import { isMeasure } from './numbers.js'
import type { Cell, Column, Fields, Grid, Names, Quantity, Row, Table } from './table.js'

/**
 * A table as CSV with a head. A text that a spreadsheet would take for a formula (beginning with = + - @, a tab or CR) has an
 * apostrophe before it (OWASP); numbers are as they are.
 */
export function tableCsv(table: Table): string {
  const lines = tidy(table)
  const columns = [...new Set(lines.flatMap((line) => Object.keys(line)))]
  return stringify([...lines], { header: true, columns, cast: { string: noFormula }, quoted_match: /[\r\n]/ })
}

const noFormula = (text: string) => (/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text)

/** A table for programs: one line per row, or per row and what its columns are of; a number is whole, in its own unit. */
export const tidy = (table: Table): readonly Fields[] =>
  [table, ...(table.folded ?? [])].flatMap((grid) => grid.rows.flatMap((row) => linesOf(grid, row)))

function linesOf({ columns }: Grid, { keys, cells }: Row): readonly Fields[] {
  const all = columns.map((column, i) => ({ column, cell: cells[i] }))
  const lines = new Map(columns.flatMap(({ line }) => (line ? [[JSON.stringify(line), line] as const] : [])))
  const shared = all.filter(({ column }) => column.line === undefined).map(fieldsOf)
  if (lines.size === 0) return [joined(keys, ...shared)]
  return [...lines].flatMap(([key, line]) => {
    const own = all.filter(({ column }) => column.line && JSON.stringify(column.line) === key)
    return own.some(({ cell }) => cell) ? [joined(keys, line, ...shared, ...own.map(fieldsOf))] : []
  })
}

const joined = (...fields: readonly Fields[]): Fields => Object.assign({}, ...fields) as Fields

function fieldsOf({ column, cell }: { readonly column: Column; readonly cell: Cell | undefined }): Fields {
  const { key, names } = column
  if (!cell) return { [key]: null }
  if (!isMeasure(cell)) return { [key]: cell.text }
  const { paper, more = [] } = cell
  return joined(
    parts(key, cell, names),
    paper === undefined ? {} : { [`${key}_paper`]: paper },
    ...more.map((one) => ('text' in one ? { [one.key]: one.text } : parts(one.key, one, one.names))),
  )
}

/** A number's parts; none of those that it does not have. */
function parts(key: string, { value, low, high, n, count }: Quantity, names: Names = {}): Fields {
  const fields: readonly (readonly [string, number | undefined])[] = [
    [names.n ?? `${key}_n`, n],
    ...(names.count === undefined ? [] : [[names.count, count] as const]),
    [key, value],
    [names.low ?? `${key}_low`, low],
    [names.high ?? `${key}_high`, high],
  ]
  return Object.fromEntries(
    fields.flatMap(([name, part]) => (part === undefined ? [] : [[name, Number.isNaN(part) ? null : part]])),
  )
}

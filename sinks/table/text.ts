import CliTable from 'cli-table3'
import { linesOf } from './lines.js'
import type { Grid, Table } from './table.js'

/**
 * A table as box-drawing text for a terminal, its notes below; its verdict is for who prints it to say.
 *
 * @param options.folded the tables of the same kind, too. Default false.
 */
export function tableText(
  { folded = [], missing, notes, ...table }: Table,
  options: { readonly folded?: boolean } = {},
): string {
  return [
    ...[table, ...(options.folded === true ? folded : [])].map(gridText),
    ...missing.map((line) => `missing: ${line}`),
    ...notes,
    '',
  ].join('\n')
}

function gridText(grid: Grid): string {
  const { header, rows } = linesOf(grid)
  if (rows.length === 0) return grid.title
  const table = new CliTable({
    head: header.map((title, column) =>
      wrapped(title, Math.max(...rows.flatMap(({ cells }) => cells[column].map(({ length }) => length)))),
    ),
    style: { head: [], border: [], compact: false },
    colAligns: header.map((_, column) => (column === 0 ? 'left' : 'right')),
  })
  let group: string | undefined
  for (const { group: own, cells } of rows) {
    if (own !== undefined && own !== group) table.push([{ colSpan: header.length, content: own }])
    group = own
    table.push(cells.map((lines) => lines.join('\n')))
  }
  return [grid.title, table.toString()].join('\n')
}

/** Words below each other, where they are wider than what stands below them. */
function wrapped(title: string, width: number): string {
  return title.split(' ').reduce((text, word) => {
    const last = text.slice(text.lastIndexOf('\n') + 1)
    return `${text}${`${last} ${word}`.length > width ? '\n' : ' '}${word}`
  })
}

import { printable } from '../../operators/errors.js'
import { intervalText, isMeasure, moreTexts, numberText, ownN, paperText } from './numbers.js'
import type { Cell, Grid, Row } from './table.js'

/** A table's cells in words: for each row its name and the lines of its cells. */
export interface Lines {
  readonly header: readonly string[]
  readonly rows: readonly {
    readonly group: string | undefined
    readonly cells: readonly (readonly string[])[]
  }[]
}

/**
 * What the terminal and Markdown show of a table: ours (the paper's), [the interval], then N and the rest. Names are anybody's:
 * none has a character that breaks a line or that terminals obey.
 */
export function linesOf({ of, columns, rows }: Grid): Lines {
  const shown = columns.map(({ aside = false }, i) => (aside ? [] : [i])).flat()
  const compared = shown.filter((i) => rows.some(({ cells }) => paperOf(cells[i]) !== undefined))
  // an interval goes below its value where a paper's beside it makes the columns wide
  const layout = (i: number): Layout =>
    compared.includes(i) ? 'compared' : compared.length > 0 ? 'below' : 'beside'
  const counted = rows.some(({ n }) => n !== undefined)
  return {
    header: [of, ...shown.map((i) => columns[i].title), ...(counted ? ['N'] : [])].map(oneLine),
    rows: rows.map((row) => ({
      group: row.group === undefined ? undefined : oneLine(row.group),
      cells: [
        [row.name],
        ...shown.map((i) => cellLines(row.cells[i], row, layout(i))),
        ...(counted ? [[row.n?.toLocaleString('en') ?? '']] : []),
      ].map((lines) => lines.map(oneLine)),
    })),
  }
}

const oneLine = (text: string) => printable(text)

type Layout = 'compared' | 'below' | 'beside'

const paperOf = (cell: Cell | undefined) => (cell && isMeasure(cell) ? cell.paper : undefined)

function cellLines(cell: Cell | undefined, row: Row, layout: Layout): readonly string[] {
  if (!cell) return ['–']
  if (!isMeasure(cell)) return [cell.text]
  const { unit, paper, differs = false } = cell
  const ours = numberText(cell.value, cell)
  const range = intervalText(cell)
  const interval = range ? [`[${range.join(', ')}]`] : []
  const n = ownN(cell, row)
  const { more = [] } = cell
  const ranged = more.filter((one) => 'value' in one && one.whole === true)
  const others = moreTexts({ more: more.filter((one) => !ranged.includes(one)) })
  const rest = [...(n === undefined ? [] : [`N ${n.toLocaleString('en')}`]), ...others].join(', ')
  const theirs = paper === undefined ? '–' : `${differs ? '≠ ' : ''}${paperText(paper, unit)}`
  return [
    ...(layout === 'beside'
      ? [[ours, ...interval].join(' ')]
      : [layout === 'compared' ? `${ours} (${theirs})` : ours, ...interval]),
    ...(rest === '' ? [] : [rest]),
    ...moreTexts({ more: ranged }),
  ]
}

import CliTable from 'cli-table3'
import { printable } from '../../operators/errors.js'
import { fold } from './fold.js'
import { linesOf, type Lines } from './lines.js'
import type { Grid, Table } from './table.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

export interface TextOptions {
  readonly folded?: boolean | undefined
  readonly width?: number | undefined
  readonly compact?: boolean | undefined
}

/**
 * A table as box-drawing text for a terminal, its notes below; its verdict is for who prints it to say.
 *
 * @param options.folded the tables of the same kind, too. Default false.
 * @param options.width characters of a line: a wider table is several boxes, each with the first columns again that tell its rows apart,
 * and where one more column is too wide yet the cells are folded; so are sentences. Default: any.
 * @param options.compact without lines between rows. Default false.
 */
export function tableText(
  { folded = [], missing, notes, ...table }: Table,
  options: TextOptions = {},
): string {
  requireKnown<TextOptions>('tableText', options, { folded: true, width: true, compact: true })
  const { folded: withFolded = false, width = Infinity, compact = false } = options
  return [
    ...[table, ...(withFolded ? folded : [])].map((grid) => gridText(grid, width, compact)),
    ...missing.flatMap((line) => fold(printable(`missing: ${line}`), width)),
    ...notes.flatMap((note) => fold(printable(note), width)),
    '',
  ].join('\n')
}

function gridText(grid: Grid, width: number, compact: boolean): string {
  const lines = linesOf(grid)
  const title = fold(printable(grid.title), width)
  return [...title, ...(lines.rows.length === 0 ? [] : boxesOf(lines, width, compact))].join('\n')
}

/** Boxes of at most a width; in one that has one column alone beside its heads, and is wider yet, cells are folded. */
function boxesOf(lines: Lines, width: number, compact: boolean): readonly string[] {
  const widthWith = (columns: readonly number[]) => widthOf(boxOf(lines, columns, width, compact))
  const fits = (columns: readonly number[]) => widthWith(columns) <= width
  const all = [...lines.header.keys()]
  const parts: number[][] = fits(all) ? [all] : []
  const heads = parts.length > 0 ? all : headsOf(lines, (columns) => widthWith(columns) <= width / 2)
  for (const column of all.slice(heads.length)) {
    const last = parts.at(-1)
    if (last && fits([...last, column])) last.push(column)
    else parts.push([...heads, column])
  }
  return (parts.length > 0 ? parts : [all]).map((columns) => {
    const shown = fits(columns) ? lines : folded(lines, columns, width)
    return boxOf(shown, columns, width, compact)
  })
}

/** The first columns, as few as tell the rows apart and leave room for others; the first one alone where none do. */
function headsOf(
  { header, rows }: Lines,
  leavesRoom: (columns: readonly number[]) => boolean,
): readonly number[] {
  const all = [...header.keys()]
  const own = all
    .map((column) => all.slice(0, column + 1))
    .find((columns) => {
      const texts = rows.map(({ group, cells }) => JSON.stringify([group, columns.map((at) => cells[at])]))
      return new Set(texts).size === rows.length
    })
  return own && own.length < all.length && leavesRoom(own) ? own : [0]
}

/** The width of a box: of its upper edge, of whose characters none is wider than another. */
const widthOf = (box: string) => box.indexOf('\n')

/** Edges and spaces of a box with so many columns. */
const edges = (columns: number) => 3 * columns + 1

const widest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length))

/** Lines whose cells of some columns are folded to a width, the first columns' to half of it where it has to be. */
function folded({ header, rows }: Lines, columns: readonly number[], width: number): Lines {
  let left = width - edges(columns.length)
  const widths = new Map<number, number>()
  for (const [i, column] of columns.entries()) {
    const own = widest([...header[column].split(' '), ...rows.flatMap(({ cells }) => cells[column])])
    const after = columns.slice(i + 1).map((other) => widest(rows.flatMap(({ cells }) => cells[other])))
    const spared = left - after.reduce((sum, one) => sum + one, 0)
    widths.set(column, Math.max(1, Math.min(own, Math.max(spared, Math.floor(left / (columns.length - i))))))
    left -= widths.get(column) ?? 0
  }
  const narrow = (text: string, column: number) => fold(text, widths.get(column) ?? Infinity)
  return {
    header: header.map((text, column) =>
      text
        .split(' ')
        .flatMap((word) => narrow(word, column))
        .join(' '),
    ),
    rows: rows.map(({ group, cells }) => ({
      group,
      cells: cells.map((cell, column) => cell.flatMap((line) => narrow(line, column))),
    })),
  }
}

function boxOf({ header, rows }: Lines, columns: readonly number[], width: number, compact: boolean): string {
  const table = new CliTable({
    head: columns.map((column) =>
      wrapped(header[column], widest(rows.flatMap(({ cells }) => cells[column]))),
    ),
    style: { head: [], border: [], compact },
    colAligns: columns.map((column) => (column === 0 ? 'left' : 'right')),
  })
  let group: string | undefined
  for (const { group: own, cells } of rows) {
    if (own !== undefined && own !== group) {
      const content = fold(own, width - edges(1)).join('\n')
      table.push([{ colSpan: columns.length, content }])
    }
    group = own
    table.push(columns.map((column) => cells[column].join('\n')))
  }
  return table.toString()
}

/** Words below each other, where they are wider than what stands below them. */
function wrapped(title: string, width: number): string {
  return title.split(' ').reduce((text, word) => {
    const last = text.slice(text.lastIndexOf('\n') + 1)
    return `${text}${`${last} ${word}`.length > width ? '\n' : ' '}${word}`
  })
}

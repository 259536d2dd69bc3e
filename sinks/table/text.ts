import CliTable from 'cli-table3'
import { printable } from '../../operators/errors.js'
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
 * @param options.width characters of a line: a wider table is several boxes, each with its first column again. Default: any.
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
    ...missing.map((line) => printable(`missing: ${line}`)),
    ...notes.map((note) => printable(note)),
    '',
  ].join('\n')
}

function gridText(grid: Grid, width: number, compact: boolean): string {
  const lines = linesOf(grid)
  const title = printable(grid.title)
  return lines.rows.length === 0 ? title : [title, ...boxesOf(lines, width, compact)].join('\n')
}

/** Boxes of at most a width, where one further column fits beside the first at all. */
function boxesOf(lines: Lines, width: number, compact: boolean): readonly string[] {
  const whole = boxOf(lines, [...lines.header.keys()], compact)
  if (widthOf(whole) <= width) return [whole]
  const boxes: string[] = []
  let shown = [0]
  let box = boxOf(lines, shown, compact)
  for (let column = 1; column < lines.header.length; column++) {
    const wider = boxOf(lines, [...shown, column], compact)
    if (shown.length > 1 && widthOf(wider) > width) {
      boxes.push(box)
      shown = [0]
    }
    shown = [...shown, column]
    box = shown.length === 2 ? boxOf(lines, shown, compact) : wider
  }
  return [...boxes, box]
}

/** The width of a box: of its upper edge, of whose characters none is wider than another. */
const widthOf = (box: string) => box.indexOf('\n')

function boxOf({ header, rows }: Lines, columns: readonly number[], compact: boolean): string {
  const table = new CliTable({
    head: columns.map((column) =>
      wrapped(
        header[column],
        Math.max(...rows.flatMap(({ cells }) => cells[column].map(({ length }) => length))),
      ),
    ),
    style: { head: [], border: [], compact },
    colAligns: columns.map((column) => (column === 0 ? 'left' : 'right')),
  })
  let group: string | undefined
  for (const { group: own, cells } of rows) {
    if (own !== undefined && own !== group) table.push([{ colSpan: columns.length, content: own }])
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

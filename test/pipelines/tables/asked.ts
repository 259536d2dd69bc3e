import { isMeasure } from '../../../sinks/table/numbers.js'
import type { Cell, Grid, Measure } from '../../../sinks/table/table.js'
import { askData } from '../../../pipelines/tables/askData.js'
import type { About } from '../../../pipelines/tables/measured.js'
import type { Restriction } from '../../../pipelines/tables/restriction.js'
import type { PaperTables } from '../../../pipelines/tables/dataSet.js'
import { paperTables } from '../../../pipelines/tables/paperTables.js'
import type { Lake } from '../../../sinks/lake/lake.js'

/** The paper's tables of a data set. */
export const tablesOf = (lake: Lake, restriction?: Restriction, about?: About): Promise<PaperTables> =>
  askData(lake, (database) => paperTables(database, restriction, about))

/** The cells of a table by the names of its rows and columns. */
export const cellsOf = ({ columns, rows }: Grid): Record<string, Record<string, Cell | undefined>> =>
  Object.fromEntries(
    rows.map(({ name, cells }) => [
      name,
      Object.fromEntries(columns.map(({ title }, i) => [title, cells[i]])),
    ]),
  )

/** The number in a cell. */
export function measureAt(grid: Grid, row: string, column: string): Measure {
  const cell = cellsOf(grid)[row][column]
  if (cell === undefined || !isMeasure(cell)) throw new Error(`${row}, ${column}: no number`)
  return cell
}

/** A number to some decimals, beside others in an assertion. */
export const rounded = (value: number | undefined, digits = 4) => Number((value ?? NaN).toFixed(digits))

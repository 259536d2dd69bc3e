import type { RecordBatch } from 'apache-arrow'
import type { ParquetFooter } from '../../sources/parquetFooter.js'
import type { Scalar } from '../../sources/parquetColumns.js'
import type { Bounds } from '../../sources/where.js'
import type { Fault } from './fault.js'

/** Rows of a file, from one up to another, with what its footer says of them. */
interface Said extends Bounds {
  readonly from: number
  readonly to: number
  readonly by: string
}

/**
 * Holds the statistics of a file's row groups and pages against its rows: a reader passes over what they rule out.
 *
 * @returns takes the batches of the file in their order; gives the first value of each column that lies outside
 */
export async function statisticsCheck(
  file: string,
  footer: ParquetFooter,
): Promise<(before: number, batch: RecordBatch) => readonly Fault[]> {
  const said = new Map<string, Said[]>(footer.columns.map((name) => [name, []]))
  let start = 0
  for (const [group, rows] of footer.groupRows.entries()) {
    for (const [name, all] of said) {
      const bounds = footer.bounds(group, name)
      if (bounds) all.push({ ...bounds, from: start, to: start + rows, by: `row group ${group}` })
      for (const { from, to, ...page } of (await footer.pages(group, name)) ?? [])
        all.push({ ...page, from: start + from, to: start + to, by: `a page of row group ${group}` })
    }
    start += rows
  }
  return (before, batch) =>
    [...said].flatMap(([name, all]) => {
      const some = all.filter(({ from, to }) => from < before + batch.numRows && to > before)
      const fault = some.length > 0 ? outside(name, some, before, batch) : undefined
      if (fault === undefined) return []
      // one of a column is enough
      said.set(name, [])
      return [{ file, ...fault }]
    })
}

function outside(
  name: string,
  said: readonly Said[],
  before: number,
  batch: RecordBatch,
): Omit<Fault, 'file'> | undefined {
  const column = batch.getChild(name)
  for (const { from, to, least, most, isNull, by } of column ? said : []) {
    let last: Scalar | undefined
    for (let row = Math.max(from - before, 0); row < Math.min(to - before, batch.numRows); row++) {
      const value = column?.get(row) as Scalar | null | undefined
      if (value === last || value === null || value === undefined || Number.isNaN(value)) continue
      last = value
      const isIn =
        !isNull &&
        (least === undefined || compared(least, value) <= 0) &&
        (most === undefined || compared(value, most) <= 0)
      if (isIn) continue
      const range = isNull ? 'only nulls' : `${String(least)} to ${String(most)}`
      return {
        row: before + row,
        column: name,
        message: `${String(value)} is not within the statistics of ${by}, ${range}`,
      }
    }
  }
  return undefined
}

/** The order of Parquet's values: texts by their bytes. */
function compared(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string')
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
  const [x, y] = [a as number, b as number]
  return x < y ? -1 : Number(x > y)
}

import type { Database } from '../../sources/duckdb.js'
import type { SweepTables } from './dataSet.js'
import type { About } from './measured.js'
import type { Restriction } from './restriction.js'

/**
 * The tables of a sweep: its configurations, the transfer between them, and what weight decay does.
 *
 * @param restriction which rows they are of. Default: all
 * @example
 * const { sweep } = await askData(await openLake('results'), (database) => sweepTables(database))
 */
export async function sweepTables(
  database: Database,
  restriction: Restriction = {},
  about: About = {},
): Promise<SweepTables> {
  const { measure } = await import('./measure.js')
  const { sweepOf } = await import('./sweepOf.js')
  return sweepOf(await measure(database, restriction, about)).tables
}

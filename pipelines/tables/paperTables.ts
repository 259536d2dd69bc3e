import type { Database } from '../../sources/duckdb.js'
import type { PaperTables } from './dataSet.js'
import type { About } from './measured.js'
import type { Restriction } from './restriction.js'

/**
 * Tables 1 to 4 and those of units and directions, made of the rows of a data set.
 *
 * @param restriction which rows they are of. Default: all
 * @example
 * const { table1 } = await askData(await openLake('results'), (database) => paperTables(database, { first: 256 }))
 */
export async function paperTables(
  database: Database,
  restriction: Restriction = {},
  about: About = {},
): Promise<PaperTables> {
  const { measure } = await import('./measure.js')
  const { units } = await import('./units.js')
  const { ofPaper } = await import('./tables.js')
  return ofPaper(await measure(database, restriction, about), await units(database, restriction))
}

import type { Database } from '../../sources/duckdb.js'
import { configurationsOf } from './configurations.js'
import type { SweepTables } from './dataSet.js'
import { decayTable } from './decay.js'
import { measure } from './measure.js'
import type { About, Measured } from './measured.js'
import type { Restriction } from './restriction.js'
import { sweepTable } from './sweep.js'
import { numbersOf, pairsOf, type ConfigurationNumbers } from './sweepNumbers.js'
import { transferMatrix } from './transferMatrix.js'

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
  return sweepOf(await measure(database, restriction, about)).tables
}

/** What a data set says of a sweep; without rows where it has none. */
export function sweepOf(measured: Measured): {
  readonly tables: SweepTables
  readonly numbers: readonly ConfigurationNumbers[]
} {
  const configurations = configurationsOf(measured)
  const pairs = pairsOf(configurations, measured.scores)
  const numbers = numbersOf(configurations, pairs)
  return {
    numbers,
    tables: {
      sweep: sweepTable(configurations, numbers, measured),
      transferMatrix: transferMatrix(configurations, pairs, measured),
      decay: decayTable(numbers, measured),
    },
  }
}

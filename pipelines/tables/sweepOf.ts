import { configurationsOf } from './configurations.js'
import type { SweepTables } from './dataSet.js'
import { decayTable } from './decay.js'
import type { Measured } from './measured.js'
import { sweepTable } from './sweep.js'
import { numbersOf, pairsOf, type ConfigurationNumbers } from './sweepNumbers.js'
import { transferMatrix } from './transferMatrix.js'

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

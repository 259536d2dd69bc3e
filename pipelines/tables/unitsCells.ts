import type { End } from '../../operators/records/coherence.js'
import type { Column, Measure } from '../../sinks/table/table.js'
import type {
  BasisCoherence,
  BasisDifference,
  ControlDifference,
  Measure as Measured,
} from './comparedBases.js'
import { beyondOf, END_NAMES } from './unitsLines.js'

/** The column of means over directions at one end. */
export const meanColumn = (end: End, measure: Measured): Column => ({
  ...{ key: measure, title: END_NAMES[end], line: { end } },
  names: { n: 'directions', low: 'low', high: 'high' },
})

/** A mean over directions, how many are beyond the null, and how many are tied. */
export function meanCell(row: BasisCoherence, measure: Measured): Measure {
  const { n, value, low, high } = row[measure]
  const beyond = beyondOf(row, measure)
  return {
    ...{ value, low, high, n, unit: measure === 'purity' ? 'plain' : 'bits', digits: 3 },
    ...(measure === 'purity' && n > 0 && { heat: value }),
    more: [
      {
        ...{ key: 'beyond_null', after: '% beyond', unit: 'percent', digits: 0 },
        ...{ value: beyond.value, low: beyond.low, high: beyond.high },
      },
      { key: 'tied', value: row.tied, unit: 'count', digits: 0, after: 'tied', aside: row.tied === 0 },
    ],
  }
}

/** A difference of two means over directions, with its p and Cliff's δ. */
export function differenceCell(row: BasisDifference | ControlDifference): Measure {
  const { value, low, high } = row.difference
  const [p, effect] = [
    { value: row.p, unit: 'p', digits: 4, before: 'p' } as const,
    { value: row.effect, unit: 'signed', digits: 2, before: 'δ' } as const,
  ]
  return {
    ...{ value, low, high, unit: 'signed', digits: 3 },
    more:
      'control' in row
        ? [
            { key: 'control_p', ...p },
            { key: 'control_cliffs_delta', ...effect },
            { key: 'control', text: row.control, before: 'less' },
          ]
        : [
            { key: 'p', ...p },
            { key: 'cliffs_delta', ...effect },
          ],
  }
}

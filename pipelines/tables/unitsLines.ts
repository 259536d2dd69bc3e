import type { End } from '../../operators/records/coherence.js'
import { CONTROLS } from '../../operators/ranking/basis.js'
import { groups } from '../../operators/records/groups.js'
import {
  basisName,
  layerKey,
  type BasisCoherence,
  type BasisDifference,
  type ControlDifference,
  type Measure,
} from './comparedBases.js'
import { judgedEnd } from './judgedLayers.js'
import type { Estimate } from './statistics.js'

/** What the rows of some rankings say. */
export interface UnitsRows {
  readonly coherence: readonly BasisCoherence[]
  /** Differences of units from other bases. */
  readonly differences: readonly BasisDifference[]
  /** Differences of trained bases from the better of their controls. */
  readonly represented: readonly ControlDifference[]
}

/** A basis of a layer with its comparisons, at each of its ends. */
export interface UnitsLine {
  readonly basis: string
  readonly first: BasisCoherence
  readonly ends: AtEnds<BasisCoherence>
  readonly lessThanUnits: AtEnds<BasisDifference>
  readonly represented: AtEnds<ControlDifference>
}

type AtEnds<Value> = Readonly<Partial<Record<End, Value | undefined>>>

/** The lines of a layer and k, controls last. */
export interface UnitsLines {
  readonly first: BasisCoherence
  readonly lines: readonly UnitsLine[]
}

/** What the ends are called, in the order of their columns. */
export const END_NAMES: Readonly<Record<End, string>> = {
  top: 'first k',
  bottom: 'last k',
  better: 'better end',
}

/** The ends that the rows are of, in the order of their columns. */
export const endsIn = (rows: readonly BasisCoherence[]): readonly End[] =>
  (Object.keys(END_NAMES) as readonly End[]).filter((end) => rows.some((row) => row.end === end))

/** What the heads of the comparisons say of the end that they are of. */
export const judgedSuffix = (rows: readonly BasisCoherence[]): string =>
  judgedEnd(rows) === 'better' ? `, ${END_NAMES.better}` : ''

/** How many directions are beyond the permutations by a measure. */
export const beyondOf = (row: BasisCoherence, measure: Measure): Estimate =>
  measure === 'purity' ? row.pureBeyond : row.orderedBeyond

/** Images drawn at random come last. */
const place = (name: string) => {
  const control = CONTROLS.findIndex((one) => one === name)
  return name === 'uniform' ? CONTROLS.length : control
}

/** The lines of each layer and k of one measure, in the order in which they come. */
export function unitsLines(
  { coherence, differences, represented }: UnitsRows,
  measure: Measure,
): readonly UnitsLines[] {
  const keyOf = (row: BasisCoherence | BasisDifference) =>
    [...layerKey(row), row.k, row.end, row.basis, row.centered].join()
  const of = <Row extends BasisDifference>(rows: readonly Row[]) =>
    new Map(rows.filter((row) => row.measure === measure).map((row) => [keyOf(row), row]))
  const [less, learned] = [of(differences), of(represented)]
  return groups(coherence, (row) => [...layerKey(row), row.k]).map((rows) => {
    const lines = groups(rows, (row) => [row.basis, basisName(row)]).map((own): UnitsLine => {
      const at = <Row>(rowOf: (row: BasisCoherence) => Row): AtEnds<Row> =>
        Object.fromEntries(own.map((row) => [row.end, rowOf(row)]))
      return {
        basis: basisName(own[0]),
        first: own[0],
        ends: at((row) => row),
        lessThanUnits: at((row) => less.get(keyOf(row))),
        represented: at((row) => learned.get(keyOf(row))),
      }
    })
    return { first: rows[0], lines: lines.sort((a, b) => place(a.basis) - place(b.basis)) }
  })
}

import type { End } from '../../operators/records/coherence.js'
import { groups } from '../../operators/records/groups.js'
import { layerKey, type BasisDifference, type ControlDifference, type RankedLayer } from './comparedBases.js'
import { holm } from './statistics.js'

/** Bases of random directions. */
export const RANDOM_BASES: readonly string[] = ['gaussian', 'rotation']
/** How much purer units have to be to be better than random directions: one image of ten. */
export const SLIGHT = 0.1
/** Directions of a basis from which on the bootstrap's interval covers what it says. */
export const ENOUGH = 20
const SURE = 0.05

/** A comparison, and whether it is certain among all that are made with it. */
export type Judged<Difference extends BasisDifference = BasisDifference> = Difference & {
  readonly apart: boolean
}

/** What is known of a layer. */
export interface JudgedLayer {
  readonly name: string
  /**
   * Comparisons in which units are certainly purer than random directions, then those in which they are less pure.
   */
  readonly units: readonly Judged[]
  readonly random: readonly Judged[]
  /** Whether units are at most slightly purer. */
  readonly notBetter: boolean
  /** Whether there are so few directions without ties that this cannot be said. */
  readonly few: boolean
  /** Comparisons of random directions with the better of their controls; none without controls. */
  readonly represented: readonly Judged<ControlDifference>[]
  /** Whether random directions are certainly purer than their controls; `notLearned`: certainly not, everywhere. */
  readonly learned: boolean
  readonly notLearned: boolean
}

/** Where the verdict looks: at the better end of each direction, in data that have it. */
export const judgedEnd = (rows: readonly { readonly end: End }[]): End =>
  rows.some(({ end }) => end === 'better') ? 'better' : 'top'

/** Whether a difference is of the measure that is judged, at an end. */
export const isPurity = ({ end, measure }: BasisDifference, at: End) => end === at && measure === 'purity'

/** What is compared at an end: units with random directions, and random directions with their controls. */
function comparedAt(
  differences: readonly BasisDifference[],
  represented: readonly ControlDifference[],
  at: End,
) {
  const isTold = (row: BasisDifference) => isPurity(row, at) && RANDOM_BASES.includes(row.basis)
  const units = differences.filter(isTold)
  const among = new Set(units.map((row) => layerKey(row).join()))
  return { units, controls: represented.filter((row) => isTold(row) && among.has(layerKey(row).join())) }
}

/** How many comparisons are made at an end. */
export const comparisons = (...args: Parameters<typeof comparedAt>) => {
  const { units, controls } = comparedAt(...args)
  return units.length + controls.length
}

/** The layers that have units and random directions, all of their comparisons at an end made together. */
export function judgedLayers(...args: Parameters<typeof comparedAt>): readonly JudgedLayer[] {
  const { units, controls } = comparedAt(...args)
  const adjusted = holm([...units, ...controls].map(({ p }) => p))
  const judgedControls = controls.map((row, i) => ({ ...row, apart: adjusted[units.length + i] <= SURE }))
  return groups(
    units.map((row, i) => ({ ...row, apart: adjusted[i] <= SURE })),
    layerKey,
  ).map((rows) => {
    const key = layerKey(rows[0]).join()
    const represented = judgedControls.filter((row) => layerKey(row).join() === key)
    const isAbove = ({ apart, difference }: Judged) => apart && difference.value > 0
    const isBelow = ({ apart, difference }: Judged) => apart && difference.value < 0
    return {
      name: nameOf(rows[0]),
      units: rows.filter(isAbove),
      random: rows.filter(isBelow),
      notBetter: rows.every(({ difference: { n, high } }) => n >= ENOUGH && high < SLIGHT),
      few: rows.some(({ difference: { n } }) => n < ENOUGH),
      represented,
      learned: represented.some(isAbove),
      notLearned: represented.some(isBelow) && represented.every(({ difference }) => difference.high <= 0),
    }
  })
}

/** A layer as a person calls it. */
export const nameOf = ({ model, layer, side, grouping }: Omit<RankedLayer, 'run' | 'pool' | 'images'>) =>
  `${model} ${layer}${side === 'pre' ? ', before its activation function' : ''}${grouping === 'superclass' ? ', by superclass' : ''}`

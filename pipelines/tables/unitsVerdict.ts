import type { Verdict } from '../../sinks/table/table.js'
import { groups } from '../../operators/records/groups.js'
import {
  isByClass,
  layerKey,
  rankingKey,
  type BasisCoherence,
  type BasisDifference,
  type ControlDifference,
} from './comparedBases.js'
import { judgedGrouping } from './judgedGrouping.js'
import {
  comparisons,
  ENOUGH,
  isPurity,
  judgedEnd,
  judgedLayers,
  RANDOM_BASES,
  SLIGHT,
} from './judgedLayers.js'
import { percent, say } from './words.js'
import {
  toldOfDirections,
  toldOfEnds,
  toldOfFew,
  toldOfRepresentation,
  toldOfUnits,
} from './unitsSentences.js'

const CHANCE = 0.05

/**
 * Whether the paper's claim holds, that the first images along random directions are as coherent as those along single
 * units, from their purities at one end, and how much of it is due to the representation. The superclasses of the images
 * decide where they tell anything, else their classes; of the others it says what the numbers are.
 *
 * @returns undefined where units or random directions are lacking.
 */
export function unitsVerdict(
  rows: readonly BasisCoherence[],
  allDifferences: readonly BasisDifference[],
  allRepresented: readonly ControlDifference[] = [],
): Verdict | undefined {
  const judged = judgedEnd(rows)
  const { isJudged, isTelling } = judgedGrouping(rows, judged)
  const all = rows.filter(isJudged)
  const differences = allDifferences.filter(isJudged)
  const represented = allRepresented.filter(isJudged)
  const layers = judgedLayers(differences, represented, judged)
  if (layers.length === 0) return undefined
  const isRandom = ({ basis }: { readonly basis: string }) => RANDOM_BASES.includes(basis)
  const compared = differences.filter((row) => isPurity(row, judged) && isRandom(row))
  // of the layers that have both, without what is all ties
  const among = new Set(compared.map((row) => layerKey(row).join()))
  const coherence = all.filter((row) => row.purity.n > 0 && among.has(layerKey(row).join()))
  const there = coherence.filter(({ end }) => end === judged)
  const rankings = new Set(compared.map(rankingKey))
  const others = rows.filter(
    (row) => row.purity.n > 0 && !isJudged(row) && isTelling(row) && rankings.has(rankingKey(row)),
  )
  const bySuperclass = new Set(compared.filter((row) => !isByClass(row)).map(rankingKey)).size
  const isBeyond = ({ pureBeyond }: BasisCoherence) => pureBeyond.low > CHANCE
  // where k images of one label are nothing out of the ordinary, nothing is known
  const tested = there.filter((row) => isRandom(row) && (row.canBeBeyond ?? true))
  const meaningful =
    new Set(tested.map((row) => layerKey(row).join())).size === among.size && tested.every(isBeyond)
  // that the interval of the units lies above it: with few directions none of the two is known
  const onlyUnits = groups(there, layerKey).some((rows) => {
    const random = rows.filter(isRandom)
    const isAbove = (unit: BasisCoherence) => {
      const beside = random.filter(({ k }) => k === unit.k)
      return beside.length > 0 && beside.every(({ pureBeyond }) => pureBeyond.high < unit.pureBeyond.low)
    }
    return !random.some(isBeyond) && rows.some((row) => row.basis === 'unit' && isAbove(row))
  })
  const controlled = layers.filter((layer) => layer.represented.length > 0)
  const isLearned = controlled.every(({ learned }) => learned)
  const purer = layers.some(({ units }) => units.length > 0)
  const notBetter = layers.every((layer) => layer.notBetter)
  const isPart =
    (purer || notBetter) && (controlled.length === 0 || controlled.some(({ learned }) => learned))
  const state =
    onlyUnits || (controlled.length > 0 && controlled.every(({ notLearned }) => notLearned))
      ? 'no'
      : !meaningful
        ? 'open'
        : notBetter && isLearned
          ? 'holds'
          : isPart
            ? 'partly'
            : 'open'
  const sizes = [...new Set(compared.map(({ k }) => k))]
  return {
    state,
    sentence: [
      `${say(state)}:`,
      ...(bySuperclass > 0
        ? [`by superclass${bySuperclass < among.size ? ` in ${bySuperclass} of ${among.size} layers` : ''},`]
        : []),
      meaningful
        ? 'random directions are coherent far beyond chance in every layer.'
        : compared.some(isTelling)
          ? 'random directions are not certainly beyond chance everywhere.'
          : 'nothing can be told where the images have so few labels, or so few images of one, that all directions are alike.',
      ...[coherence, others].flatMap((some) =>
        groups(some, ({ grouping }) => [grouping]).map((own) => toldOfDirections(own, sizes, judged)),
      ),
      toldOfRepresentation(layers, sizes),
      toldOfUnits(layers),
      ...(state === 'holds' || state === 'no' ? [] : toldOfFew(layers)),
      ...toldOfEnds(
        judged === 'better'
          ? (['top', 'bottom'] as const).map((end) => judgedLayers(differences, represented, end))
          : [],
      ),
    ].join(' '),
    rule:
      `at ${judged === 'better' ? 'the better end of each direction' : 'the top'}${bySuperclass > 0 ? ', by WordNet superclass in place of the label wherever all directions are not alike by it' : ''}; holds where in every layer, random basis and k (${sizes.join(', ')}) more than ${percent(CHANCE, 0)} % of the random directions (lower end of the interval) are beyond 95 % of the permutations, the interval of unit − random in purity ends below ${SLIGHT}, of at least ${ENOUGH} directions each, ` +
      `and, where there are controls, random directions are certainly purer than the better of them at some k; in part where random directions are beyond chance, in some layer certainly purer than the better control, and units at most slightly purer or certainly purer somewhere; ` +
      `not where in some layer random directions are beyond chance at no k and certainly fewer of them than of the units are, or where in every layer they are certainly less pure than the better control and purer at no k (certainly: permutation test, ${comparisons(differences, represented, judged)} comparisons, Holm, 5 %)`,
  }
}

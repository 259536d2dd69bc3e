import type { Verdict } from '../sinks/report/content.js'
import {
  groups,
  layerKey,
  type BasisCoherence,
  type BasisDifference,
  type RankedLayer,
} from './compareBases.js'
import { percent, say } from './report/words.js'
import { holm, proportion } from './statistics.js'

/** Bases of random directions. */
export const RANDOM_BASES: readonly string[] = ['gaussian', 'rotation']
/** The k that the sentence tells of: about as many images as the paper shows in a row. */
const TOLD = 8
/** By which units have to be purer to be better than random directions: one image of ten. */
const SLIGHT = 0.1
const CHANCE = 0.05
/** Directions of a basis from which on the bootstrap's interval covers what it says. */
const ENOUGH = 20
const SURE = 0.05

/**
 * Whether the paper's claim holds, that the first images along random directions are as coherent as those along single
 * units: from the purities of the top k.
 *
 * @returns undefined where units or random directions are lacking.
 */
export function unitsVerdict(
  all: readonly BasisCoherence[],
  differences: readonly BasisDifference[],
): Verdict | undefined {
  const isTold = ({ basis, end }: BasisCoherence | BasisDifference) =>
    end === 'top' && RANDOM_BASES.includes(basis)
  const compared = differences.filter((row) => isTold(row) && row.measure === 'purity')
  if (compared.length === 0) return undefined
  // of the layers that have both, without what is all ties
  const among = new Set(compared.map((row) => layerKey(row).join()))
  const coherence = all.filter((row) => row.purity.n > 0 && among.has(layerKey(row).join()))
  const adjusted = holm(compared.map(({ p }) => p))
  const judged = compared.map((row, i) => ({ ...row, apart: adjusted[i] <= SURE }))
  const layers = groups(judged, layerKey).map((rows) => ({
    name: nameOf(rows[0]),
    units: rows.filter(({ apart, difference }) => apart && difference.value > 0),
    random: rows.filter(({ apart, difference }) => apart && difference.value < 0),
    notBetter: rows.every(({ difference: { n, high } }) => n >= ENOUGH && high < SLIGHT),
  }))
  const isBeyond = ({ pureBeyond }: BasisCoherence) => pureBeyond.low > CHANCE
  const meaningful = coherence.filter(isTold).every(isBeyond)
  // that the interval of the units lies above it: with few directions none of the two is known
  const onlyUnits = groups(
    coherence.filter(({ end }) => end === 'top'),
    layerKey,
  ).some((rows) => {
    const random = rows.filter(isTold)
    const isAbove = (unit: BasisCoherence) => {
      const beside = random.filter(({ k }) => k === unit.k)
      return beside.length > 0 && beside.every(({ pureBeyond }) => pureBeyond.high < unit.pureBeyond.low)
    }
    return !random.some(isBeyond) && rows.some((row) => row.basis === 'unit' && isAbove(row))
  })
  const purer = layers.filter(({ units }) => units.length > 0)
  const less = layers.filter(({ units, random }) => units.length === 0 && random.length > 0)
  const notBetter = layers.every((layer) => layer.notBetter)
  const state = onlyUnits
    ? 'no'
    : !meaningful
      ? 'open'
      : notBetter
        ? 'holds'
        : purer.length > 0
          ? 'partly'
          : 'open'
  return {
    state,
    sentence: [
      `${say(state)}:`,
      meaningful
        ? 'random directions are coherent far beyond chance in every layer.'
        : 'random directions are not certainly beyond chance everywhere.',
      told(coherence, compared),
      `Units are certainly purer in ${purer.length} of ${layers.length} layers${listed(purer, 'units')}` +
        `${less.length > 0 ? `, random directions in ${less.length}${listed(less, 'random')}` : ''}.`,
    ].join(' '),
    rule: `holds where in every layer, random basis and k (${[...new Set(compared.map(({ k }) => k))].join(', ')}) more than ${percent(CHANCE, 0)} % of the random directions (lower end of the interval) are beyond 95 % of the permutations and the interval of unit − random in purity ends below ${SLIGHT}, of at least ${ENOUGH} directions each; in part where random directions are beyond chance and units certainly purer somewhere (permutation test, ${compared.length} comparisons, Holm, 5 %); not where in some layer random directions are beyond chance at no k and certainly fewer of them than of the units are`,
  }
}

/** The numbers of the middle k that there is. */
function told(coherence: readonly BasisCoherence[], compared: readonly BasisDifference[]): string {
  const sizes = [...new Set(compared.map(({ k }) => k))]
  const k = sizes.includes(TOLD) ? TOLD : (sizes.at(-1) ?? TOLD)
  const top = coherence.filter((row) => row.end === 'top' && row.k === k)
  const of = (isOf: (basis: string) => boolean) => {
    const rows = top.filter(({ basis }) => isOf(basis))
    const n = rows.reduce((sum, { purity }) => sum + purity.n, 0)
    const purity = rows.reduce((sum, row) => sum + row.purity.value * row.purity.n, 0) / n
    const beyond = proportion(
      rows.reduce((sum, { pureBeyond }) => sum + Math.round(pureBeyond.value * pureBeyond.n), 0),
      n,
    )
    return { n, purity: percent(purity, 0), beyond: percent(beyond.value, 0) }
  }
  const units = of((basis) => basis === 'unit')
  const random = of((basis) => RANDOM_BASES.includes(basis))
  const control = of((basis) => basis === 'uniform')
  return (
    `Of the first ${k} images along a random direction ${random.purity} % have the same label, along a unit ${units.purity} %` +
    `${control.n > 0 ? `, of ${k} drawn at random ${control.purity} %` : ''}; ` +
    `${random.beyond} % of the random directions and ${units.beyond} % of the units are purer than 95 % of the permutations.`
  )
}

/** The layers, each with its largest difference. */
function listed(
  layers: readonly {
    readonly name: string
    readonly units: readonly BasisDifference[]
    readonly random: readonly BasisDifference[]
  }[],
  which: 'units' | 'random',
): string {
  if (layers.length === 0) return ''
  const lines = layers.map((layer) => {
    const [{ difference, effect, k, basis }] = [...layer[which]].sort(
      (a, b) => Math.abs(b.difference.value) - Math.abs(a.difference.value),
    )
    return (
      `${layer.name}: ${signed(difference.value)} [${signed(difference.low)}, ${signed(difference.high)}] ` +
      `against ${basis} at k = ${k}, Cliff’s δ ${signed(effect)}`
    )
  })
  return ` (${lines.join('; ')})`
}

/** A layer as a person calls it. */
export const nameOf = ({ model, layer, side }: RankedLayer) =>
  `${model} ${layer}${side === 'pre' ? ', before its activation function' : ''}`

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`

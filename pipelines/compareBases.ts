import type { Coherence, End } from '../operators/records/coherence.js'
import {
  bootstrapDifference,
  bootstrapMean,
  cliffsDelta,
  permutationTest,
  proportion,
  type Estimate,
} from './statistics.js'

/** What of a direction's coherence the statistics are made of. */
export type CoherenceRow = Pick<
  Coherence,
  | 'run'
  | 'model'
  | 'layer'
  | 'side'
  | 'pool'
  | 'basis'
  | 'centered'
  | 'direction'
  | 'end'
  | 'k'
  | 'images'
  | 'tied'
  | 'purity'
  | 'entropy'
  | 'purityP'
  | 'entropyP'
>

/** A layer as it was ranked by one run. */
export type RankedLayer = Pick<Coherence, 'run' | 'model' | 'layer' | 'side' | 'pool' | 'images'>

/** The coherence of a basis: means over its directions, with bootstrap intervals over directions. */
export interface BasisCoherence extends RankedLayer {
  readonly basis: string
  readonly centered: boolean
  readonly end: End
  readonly k: number
  readonly purity: Estimate
  /** Bits. */
  readonly entropy: Estimate
  /** Share of the directions purer than 95 % of the permutations, that is with p ≤ 0.05; Wilson interval. */
  readonly pureBeyond: Estimate
  /** The same of lower entropy. */
  readonly orderedBeyond: Estimate
  /** Directions that all of these leave out: images of the k were chosen by their index alone among equal values. */
  readonly tied: number
}

export const MEASURES = ['purity', 'entropy'] as const
export type Measure = (typeof MEASURES)[number]

/** How much units differ from the directions of another basis. */
export interface BasisDifference extends RankedLayer {
  readonly basis: string
  readonly centered: boolean
  readonly end: End
  readonly k: number
  readonly measure: Measure
  /** Mean over units less mean over the basis's directions. */
  readonly difference: Estimate
  /** Of a two-sided permutation test over directions, of this comparison alone. */
  readonly p: number
  /** Cliff's δ, above 0 where units have the larger values. */
  readonly effect: number
}

const BEYOND = 0.05

/** The coherence of each basis of each layer, for each end and k, in the order in which they come. */
export function basisCoherence(rows: readonly CoherenceRow[]): readonly BasisCoherence[] {
  return groups(rows, (row) => [...layerKey(row), row.basis, row.centered, row.end, row.k]).map((group) => {
    const [{ basis, centered, end, k }] = group
    const told = group.filter(({ tied }) => !tied)
    const beyond = (p: (row: CoherenceRow) => number) =>
      proportion(told.filter((row) => p(row) <= BEYOND).length, told.length)
    return {
      ...layerOf(group[0]),
      ...{ basis, centered, end, k },
      purity: bootstrapMean(told.map(({ purity }) => purity)),
      entropy: bootstrapMean(told.map(({ entropy }) => entropy)),
      pureBeyond: beyond(({ purityP }) => purityP),
      orderedBeyond: beyond(({ entropyP }) => entropyP),
      tied: group.length - told.length,
    }
  })
}

/** Units less each other basis of the same layer, for each end, k and measure, without tied directions; the control is none. */
export function basisDifferences(rows: readonly CoherenceRow[]): readonly BasisDifference[] {
  const told = rows.filter(({ tied }) => !tied)
  return groups(told, (row) => [...layerKey(row), row.end, row.k]).flatMap((layer) => {
    const [{ end, k }] = layer
    const bases = groups(layer, ({ basis, centered }) => [basis, basis === 'principal' && centered])
    const units = bases.find(([{ basis }]) => basis === 'unit')
    if (!units) return []
    return bases
      .filter(([{ basis }]) => basis !== 'unit' && basis !== 'uniform')
      .flatMap((others) =>
        MEASURES.map((measure) => {
          const [own, other] = [units, others].map((group) => group.map((row) => row[measure]))
          return {
            ...layerOf(layer[0]),
            ...{ basis: others[0].basis, centered: others[0].centered, end, k, measure },
            difference: bootstrapDifference(own, other),
            p: permutationTest(own, other),
            effect: cliffsDelta(own, other),
          }
        }),
      )
  })
}

/** The layer of a row, without what is the row's own. */
export const layerOf = ({ run, model, layer, side, pool, images }: RankedLayer): RankedLayer => ({
  ...{ run, model, layer, side, pool, images },
})

/** What tells two layers apart. */
export const layerKey = (layer: RankedLayer) => Object.values(layerOf(layer))

/** Rows of the same key together, in the order in which the keys come. */
export function groups<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => readonly (string | number | boolean)[],
): readonly (readonly [Row, ...Row[]])[] {
  const all = new Map<string, [Row, ...Row[]]>()
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row))
    const group = all.get(key)
    if (group) group.push(row)
    else all.set(key, [row])
  }
  return [...all.values()]
}

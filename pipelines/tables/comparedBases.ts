import type { Coherence, End } from '../../operators/records/coherence.js'
import type { Estimate } from './statistics.js'

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
  | 'grouping'
  | 'tied'
  | 'purity'
  | 'entropy'
  | 'purityP'
  | 'entropyP'
  | 'leastP'
>

/** A layer as it was ranked by one run, and what its images were counted by. */
export type RankedLayer = Pick<Coherence, 'run' | 'model' | 'layer' | 'side' | 'pool' | 'images' | 'grouping'>

/** The coherence of a basis: means over its directions, with bootstrap intervals over directions. */
export interface BasisCoherence extends RankedLayer {
  readonly basis: string
  readonly centered: boolean
  readonly end: End
  readonly k: number
  /** Share of the most frequent label, in [0, 1]. */
  readonly purity: Estimate
  /** Entropy of the labels, in bits. */
  readonly entropy: Estimate
  /** Share of the directions purer than 95 % of the permutations, that is with p ≤ 0.05; Wilson interval. */
  readonly pureBeyond: Estimate
  /** Share of the directions of lower entropy than 95 % of the permutations, that is with p ≤ 0.05; Wilson interval. */
  readonly orderedBeyond: Estimate
  /** Whether any direction can be beyond the null: of few images or labels k of one label are nothing out of the ordinary. Default true. */
  readonly canBeBeyond?: boolean | undefined
  /** Directions that the means and shares leave out: images of the k were chosen by their index alone among equal values. */
  readonly tied: number
}

/** What is compared: how alike the labels of the images are. */
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
  /** p-value of the two-sided permutation test over directions (`permutationTest`), of this comparison alone. */
  readonly p: number
  /** Cliff's δ, above 0 where units have the larger values. */
  readonly effect: number
}

/** How much the directions of a trained layer differ from the better of their controls. */
export interface ControlDifference extends BasisDifference {
  /** The name of the better control. */
  readonly control: string
  /** The names of all controls that there are. */
  readonly controls: readonly string[]
}

/** The layer of a row, without what is the row's own. */
export const layerOf = ({ run, model, layer, side, pool, images, grouping }: RankedLayer): RankedLayer => ({
  ...{ run, model, layer, side, pool, images, grouping },
})

/** What tells two layers apart. */
export const layerKey = (layer: RankedLayer) => Object.values(layerOf(layer))

/** What tells two layers apart, whatever their images were counted by. */
export const rankingKey = (layer: RankedLayer): string => layerKey({ ...layer, grouping: 'class' }).join()

/** Whether a row is of the labels themselves. */
export const isByClass = ({ grouping }: Pick<Coherence, 'grouping'>): boolean => grouping === 'class'

/** A basis as a row names it. */
export const basisName = ({ basis, centered }: Pick<BasisCoherence, 'basis' | 'centered'>) =>
  basis === 'principal' && centered ? 'principal, centred' : basis

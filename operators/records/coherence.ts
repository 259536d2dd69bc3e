import type { RecordBatch } from 'apache-arrow'
import type { Pooling, Side } from './activation.js'
import { rowTable } from './rowTable.js'

/** Which end of a direction. */
export type End = 'top' | 'bottom'

/** How much alike the k images at one end of a direction are, by their labels; one row per direction, end and k. */
export interface Coherence {
  /** Identity of the run that made the ranks. */
  readonly run: string
  readonly model: string
  readonly layer: string
  readonly side: Side
  readonly pool: Pooling
  readonly basis: string
  readonly centered: boolean
  readonly direction: number
  readonly end: End
  /** Images that are looked at. */
  readonly k: number
  /** Images that were ranked. */
  readonly images: number
  /**
   * Whether the k-th image and the next have the same value, so that their index alone decided which is among the k: in a
   * data set that is sorted by label that makes purity out of nothing.
   */
  readonly tied: boolean
  /** The label that most of the k have; of several the least. */
  readonly label: number
  /** Share of the k that have it, in [1/k, 1]. */
  readonly purity: number
  /** −Σ p log₂ p over the k's labels, bits: 0 where all are the same. */
  readonly entropy: number
  /** Share of the permutations of the labels in which the k are at least as pure: the p-value, above 0. */
  readonly purityP: number
  /** The same of an entropy at most as high. */
  readonly entropyP: number
}

const { toArrow, fromArrow } = rowTable({
  run: 'text',
  model: 'text',
  layer: 'text',
  side: 'text',
  pool: 'text',
  basis: 'text',
  centered: 'flag',
  direction: 'integer',
  end: 'text',
  k: 'integer',
  images: 'integer',
  tied: 'flag',
  label: 'integer',
  purity: 'number',
  entropy: 'number',
  purityP: 'number',
  entropyP: 'number',
})

/** Arrow batch with a row per direction, end and k and a column per field, in snake_case. */
export const coherenceToArrow: (rows: readonly Coherence[]) => RecordBatch = toArrow

/** The rows that `coherenceToArrow` was given. */
export const coherenceFromArrow = (batch: RecordBatch): Coherence[] =>
  fromArrow(batch) as unknown as Coherence[]

import type { RecordBatch } from 'apache-arrow'
import type { Pooling, Side } from './activation.js'
import { rowTable } from './rowTable.js'

/** Which end of a direction; `better`: of either measure the better of both. */
export const ENDS = ['top', 'bottom', 'better'] as const
export type End = (typeof ENDS)[number]

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
  /** Probability that in a permutation of the labels the k are at least as pure: the p-value, above 0. */
  readonly purityP: number
  /** The same of an entropy at most as high. */
  readonly entropyP: number
  /** Of k images of one label, below which neither can be: of few images or labels it may be above 5 %. */
  readonly leastP?: number | undefined
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
  leastP: 'number?',
})

/** Arrow batch with a row per direction, end and k and a column per field, in snake_case. */
export const coherenceToArrow = (rows: readonly Coherence[]): RecordBatch =>
  toArrow(rows.map((row) => ({ ...row, leastP: row.leastP ?? NaN })))

/** The rows that `coherenceToArrow` was given. */
export const coherenceFromArrow = (batch: RecordBatch): Coherence[] =>
  fromArrow(batch).map(({ leastP, ...row }) => {
    const own = row as unknown as Coherence
    return Number.isNaN(leastP) ? own : { ...own, leastP }
  })

import type { RecordBatch } from 'apache-arrow'
import { rowTable } from './rowTable.js'

/** One row per value of c that the search for one (image, target) solved for, in order. */
export interface SearchStep {
  /** Identity of the run that made the rows. */
  readonly run: string
  /** The model that was attacked. */
  readonly sourceModel: string
  readonly dataset: string
  readonly split: string
  /** Position of the image in its split. */
  readonly index: number
  readonly label: number
  readonly target: number
  /** From 1; a number is left out where a minimisation was given up at a kink. */
  readonly solve: number
  /** Weight of the penalty ‖r‖² beside the cross-entropy in nats. */
  readonly c: number
  /** RMS of the minimiser's perturbation, sqrt(Σ (x′ − x)² / values). */
  readonly distortion: number
  /** Target logit less the largest other logit at the minimiser. */
  readonly margin: number
  /** Whether the minimiser is the target, by the margin that a success needs. */
  readonly fooled: boolean
  /** Cross-entropy at the minimiser, nats. */
  readonly loss: number
  /** Relative KKT residual at the minimiser: looser far from the boundary, where only the side matters. */
  readonly residual: number
  /** L-BFGS steps of this solve. */
  readonly iterations: number
  /** Forward-backward passes since the search began. */
  readonly evaluations: number
  /** The one whose minimiser is the search's result. */
  readonly best: boolean
}

const { toArrow, fromArrow } = rowTable({
  run: 'text',
  sourceModel: 'text',
  dataset: 'text',
  split: 'text',
  index: 'integer',
  label: 'integer',
  target: 'integer',
  solve: 'integer',
  c: 'number',
  distortion: 'number',
  margin: 'number',
  fooled: 'flag',
  loss: 'number',
  residual: 'number',
  iterations: 'integer',
  evaluations: 'integer',
  best: 'flag',
})

/** Arrow batch with a row per value of c and a column per field, in snake_case; NaN becomes null. */
export const searchToArrow: (rows: readonly SearchStep[]) => RecordBatch = toArrow

/** The steps that `searchToArrow` was given. */
export const searchFromArrow: (batch: RecordBatch) => SearchStep[] = fromArrow

import type { RecordBatch } from 'apache-arrow'
import { laterRun } from './columns.js'
import { completed } from './rows.js'
import { rowTable } from './rowTable.js'

/** A trained network, one row per model. */
export interface ModelRecord {
  readonly kind: 'model'
  /** Identity of the run that trained it, in a data set. */
  readonly run?: string
  readonly model: string
  readonly architecture: string
  readonly dataset: string
  readonly split: string
  /** Images trained on. */
  readonly images: number
  readonly seed: number
  readonly backend: string
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  /** SHA-256 of the training images and labels in order. */
  readonly dataHash: string
  /** Which reading of the weight decay was used. */
  readonly decay: string
  /** Fractions in [0, 1]; NaN where not measured. */
  readonly trainError: number
  readonly testError: number
  /** Images that `testError` is over; 0 where not measured. */
  readonly testImages: number
  readonly seconds: number
}

const table = rowTable({
  run: 'text',
  model: 'text',
  architecture: 'text',
  dataset: 'text',
  split: 'text',
  images: 'integer',
  seed: 'long',
  backend: 'text',
  weightsHash: 'text',
  dataHash: 'text',
  decay: 'text',
  trainError: 'number',
  testError: 'number',
  testImages: 'integer',
  seconds: 'number',
})

/** Arrow batch with a row per model and a column per field, in snake_case; NaN becomes null. */
export const modelToArrow = (rows: readonly ModelRecord[]): RecordBatch =>
  table.toArrow(rows.map((row) => ({ ...row, run: row.run ?? '' })))

/** The records that `modelToArrow` was given. */
export function modelFromArrow(batch: RecordBatch): ModelRecord[] {
  return table
    .fromArrow(completed(batch, laterRun))
    .map(({ run, ...row }) => ({ kind: 'model', ...(run !== '' && { run }), ...row }))
}

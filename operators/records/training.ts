import type { RecordBatch } from 'apache-arrow'
import { laterRun } from './columns.js'
import { completed } from './rows.js'
import { rowTable } from './rowTable.js'

/** One row per epoch (SGD, Adam) or iteration (L-BFGS) of a training. */
export interface TrainingEvent {
  readonly kind: 'training'
  /** Identity of the run that trained, in a data set. */
  readonly run?: string
  readonly model: string
  /** Which part of the recipe: `autoencoder`, `softmax`, `network`. */
  readonly phase: string
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** Mean loss over the epoch, decay included. */
  readonly loss: number
  /** Fraction of the training images that are wrong; NaN where the phase has no classes. */
  readonly trainError: number
  /** Since the training began. */
  readonly seconds: number
}

const table = rowTable({
  run: 'text',
  model: 'text',
  phase: 'text',
  epoch: 'integer',
  epochs: 'integer',
  loss: 'number',
  trainError: 'number',
  seconds: 'number',
})

/** Arrow batch with a row per event and a column per field, in snake_case; NaN becomes null. */
export const trainingToArrow = (rows: readonly TrainingEvent[]): RecordBatch =>
  table.toArrow(rows.map((row) => ({ ...row, run: row.run ?? '' })))

/** The events that `trainingToArrow` was given. */
export function trainingFromArrow(batch: RecordBatch): TrainingEvent[] {
  return table
    .fromArrow(completed(batch, laterRun))
    .map(({ run, ...row }) => ({ kind: 'training', ...(run !== '' && { run }), ...row }))
}

import type { RecordBatch } from 'apache-arrow'
import { integers, numbers, recordBatch, texts } from './columns.js'
import { integersOf, numbersOf, textsOf } from './rows.js'

/** One row per epoch (SGD, Adam) or iteration (L-BFGS) of a training. */
export interface TrainingEvent {
  readonly kind: 'training'
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

/** Arrow batch with a row per event and a column per field, in snake_case; NaN becomes null. */
export function trainingToArrow(rows: readonly TrainingEvent[]): RecordBatch {
  return recordBatch(
    [
      texts(
        'model',
        rows.map((row) => row.model),
      ),
      texts(
        'phase',
        rows.map((row) => row.phase),
      ),
      integers(
        'epoch',
        Int32Array.from(rows, (row) => row.epoch),
      ),
      integers(
        'epochs',
        Int32Array.from(rows, (row) => row.epochs),
      ),
      numbers(
        'loss',
        Float64Array.from(rows, (row) => row.loss),
      ),
      numbers(
        'train_error',
        Float64Array.from(rows, (row) => row.trainError),
      ),
      numbers(
        'seconds',
        Float64Array.from(rows, (row) => row.seconds),
      ),
    ],
    rows.length,
  )
}

/** The events that `trainingToArrow` was given. */
export function trainingFromArrow(batch: RecordBatch): TrainingEvent[] {
  const phase = textsOf(batch, 'phase')
  const epoch = integersOf(batch, 'epoch')
  const epochs = integersOf(batch, 'epochs')
  const loss = numbersOf(batch, 'loss')
  const trainError = numbersOf(batch, 'train_error')
  const seconds = numbersOf(batch, 'seconds')
  return textsOf(batch, 'model').map((model, row) => ({
    kind: 'training',
    model,
    phase: phase[row],
    epoch: epoch[row],
    epochs: epochs[row],
    loss: loss[row],
    trainError: trainError[row],
    seconds: seconds[row],
  }))
}

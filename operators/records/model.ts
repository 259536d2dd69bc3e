import type { RecordBatch } from 'apache-arrow'
import { integers, longs, numbers, recordBatch, texts } from './columns.js'
import { columnOf, integersOf, numbersOf, textsOf } from './rows.js'

/** A trained network, one row per model. */
export interface ModelRecord {
  readonly kind: 'model'
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

/** Arrow batch with a row per model and a column per field, in snake_case; NaN becomes null. */
export function modelToArrow(rows: readonly ModelRecord[]): RecordBatch {
  return recordBatch(
    [
      texts(
        'model',
        rows.map((row) => row.model),
      ),
      texts(
        'architecture',
        rows.map((row) => row.architecture),
      ),
      texts(
        'dataset',
        rows.map((row) => row.dataset),
      ),
      texts(
        'split',
        rows.map((row) => row.split),
      ),
      integers(
        'images',
        Int32Array.from(rows, (row) => row.images),
      ),
      longs(
        'seed',
        rows.map((row) => row.seed),
      ),
      texts(
        'backend',
        rows.map((row) => row.backend),
      ),
      texts(
        'weights_hash',
        rows.map((row) => row.weightsHash),
      ),
      texts(
        'data_hash',
        rows.map((row) => row.dataHash),
      ),
      texts(
        'decay',
        rows.map((row) => row.decay),
      ),
      numbers(
        'train_error',
        Float64Array.from(rows, (row) => row.trainError),
      ),
      numbers(
        'test_error',
        Float64Array.from(rows, (row) => row.testError),
      ),
      integers(
        'test_images',
        Int32Array.from(rows, (row) => row.testImages),
      ),
      numbers(
        'seconds',
        Float64Array.from(rows, (row) => row.seconds),
      ),
    ],
    rows.length,
  )
}

/** The rows that `modelToArrow` was given. */
export function modelFromArrow(batch: RecordBatch): ModelRecord[] {
  const text = (name: string) => textsOf(batch, name)
  const architecture = text('architecture')
  const dataset = text('dataset')
  const split = text('split')
  const images = integersOf(batch, 'images')
  const seed = columnOf(batch, 'seed')
  const backend = text('backend')
  const weightsHash = text('weights_hash')
  const dataHash = text('data_hash')
  const decay = text('decay')
  const trainError = numbersOf(batch, 'train_error')
  const testError = numbersOf(batch, 'test_error')
  const seconds = numbersOf(batch, 'seconds')
  const testImages = integersOf(batch, 'test_images')
  return text('model').map((model, row) => ({
    kind: 'model',
    model,
    architecture: architecture[row],
    dataset: dataset[row],
    split: split[row],
    images: images[row],
    seed: Number(seed.get(row)),
    backend: backend[row],
    weightsHash: weightsHash[row],
    dataHash: dataHash[row],
    decay: decay[row],
    trainError: trainError[row],
    testError: testError[row],
    testImages: testImages[row],
    seconds: seconds[row],
  }))
}

import type { RecordBatch } from 'apache-arrow'
import { GOALS, type Goal } from './adversarial.js'
import { constant, flags, integers, numbers, recordBatch } from './columns.js'
import { flagsOf, integersOf, nameOf, numbersOf, runs, textsOf } from './rows.js'

/** What was shown to the victim. */
export const SCORE_KINDS = ['clean', 'adversarial', 'amplified', 'gaussian'] as const
export type ScoreKind = (typeof SCORE_KINDS)[number]

/** One row per example and victim model. */
export interface ScoreBatch {
  /** The model that the examples were made for; empty for `clean` and `gaussian`. */
  readonly sourceModel: string
  /** The victim: the model that is asked. */
  readonly model: string
  readonly kind: ScoreKind
  /** What the examples aimed at; empty for `clean` and `gaussian`. */
  readonly goal: Goal | ''
  /** Standard deviation of the noise, RMS of an amplified perturbation; NaN for the other kinds. */
  readonly stddev: number
  readonly dataset: string
  readonly split: string
  readonly index: Int32Array
  readonly label: Int32Array
  /** [n] the class the example aims at; -1 where there is none. */
  readonly target: Int32Array
  /** [n] the victim's class of the example. */
  readonly prediction: Int32Array
  /** [n] 1 where the prediction is not the label. */
  readonly error: Uint8Array
  /** [n] 1 where the victim gets the clean image wrong. */
  readonly cleanError: Uint8Array
}

/** Arrow batch with a column per field, in snake_case; NaN and -1 become null. */
export function scoreToArrow(batch: ScoreBatch): RecordBatch {
  const n = batch.index.length
  return recordBatch(
    [
      constant('source_model', batch.sourceModel, n),
      constant('model', batch.model, n),
      constant('kind', batch.kind, n),
      constant('goal', batch.goal, n),
      numbers('stddev', new Float64Array(n).fill(batch.stddev)),
      constant('dataset', batch.dataset, n),
      constant('split', batch.split, n),
      integers('index', batch.index),
      integers('label', batch.label),
      integers('target', batch.target, -1),
      integers('prediction', batch.prediction),
      flags('error', batch.error),
      flags('clean_error', batch.cleanError),
    ],
    n,
  )
}

/** The batches that `scoreToArrow` was given: one for each stretch of rows of one model pair, kind and goal. */
export function scoreFromArrow(batch: RecordBatch): ScoreBatch[] {
  const sourceModel = textsOf(batch, 'source_model')
  const model = textsOf(batch, 'model')
  const kind = textsOf(batch, 'kind')
  const goal = textsOf(batch, 'goal')
  const stddev = numbersOf(batch, 'stddev')
  const dataset = textsOf(batch, 'dataset')
  const split = textsOf(batch, 'split')
  const index = integersOf(batch, 'index')
  const label = integersOf(batch, 'label')
  const target = integersOf(batch, 'target', -1)
  const prediction = integersOf(batch, 'prediction')
  const error = Uint8Array.from(flagsOf(batch, 'error'))
  const cleanError = Uint8Array.from(flagsOf(batch, 'clean_error'))
  return Array.from(runs([sourceModel, model, kind, goal, stddev, dataset, split]), ([from, to]) => ({
    sourceModel: sourceModel[from],
    model: model[from],
    kind: nameOf('kind', from, kind[from], SCORE_KINDS),
    goal: goal[from] === '' ? '' : nameOf('goal', from, goal[from], GOALS),
    stddev: stddev[from],
    dataset: dataset[from],
    split: split[from],
    index: index.subarray(from, to),
    label: label.subarray(from, to),
    target: target.subarray(from, to),
    prediction: prediction.subarray(from, to),
    error: error.subarray(from, to),
    cleanError: cleanError.subarray(from, to),
  }))
}

import type { RecordBatch } from 'apache-arrow'
import { GOALS, METHODS, type Goal, type Method } from './adversarial.js'
import { constant, flags, integers, longs, numbers, recordBatch, type Column } from './columns.js'
import { completed, flagsOf, integersOf, nameOf, numbersOf, runs, textsOf } from './rows.js'

/** What was shown to the victim. */
export const SCORE_KINDS = ['clean', 'adversarial', 'amplified', 'gaussian'] as const
export type ScoreKind = (typeof SCORE_KINDS)[number]

/** One row per example and victim model. */
export interface ScoreBatch {
  /** Identity of the run that made the examples, as in theirs; of `clean` and `gaussian` of the run that scored. */
  readonly run: string
  /** The model that the examples were made for; empty for `clean` and `gaussian`. */
  readonly sourceModel: string
  /** The victim: the model that is asked. */
  readonly model: string
  readonly kind: ScoreKind
  /** How the examples were looked for; empty for `clean` and `gaussian`. */
  readonly method: Method | ''
  /** What the examples aimed at; empty for `clean` and `gaussian`. */
  readonly goal: Goal | ''
  /** Standard deviation of the noise, RMS of an amplified perturbation; NaN for the other kinds. */
  readonly stddev: number
  /** Of the noise; NaN for the other kinds. */
  readonly seed: number
  /** Whether the noise, or the amplified perturbation, was clipped to the box; false for the other kinds. */
  readonly clip: boolean
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
  const constants = constantsOf(batch, n)
  return recordBatch(
    [
      constants.run,
      constant('source_model', batch.sourceModel, n),
      constant('model', batch.model, n),
      constant('kind', batch.kind, n),
      constants.method,
      constant('goal', batch.goal, n),
      numbers('stddev', new Float64Array(n).fill(batch.stddev)),
      constants.seed,
      constants.clip,
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

const constantsOf = (
  { run, method, seed, clip }: Pick<ScoreBatch, 'run' | 'method' | 'seed' | 'clip'>,
  n: number,
) => ({
  run: constant('run', run, n),
  method: constant('method', method, n),
  seed: longs('seed', Array<number>(n).fill(seed), true),
  clip: flags('clip', new Uint8Array(n).fill(clip ? 1 : 0)),
})

/** Columns that files of an earlier version lack: what their rows are of is not known. */
export const laterScoreColumns = (n: number): readonly Column[] =>
  Object.values(constantsOf({ run: '', method: '', seed: NaN, clip: false }, n))

/**
 * The batches that `scoreToArrow` was given: one for each stretch of rows of one run, model pair, kind, method and goal.
 * Of files of an earlier version `run` and `method` are empty.
 */
export function scoreFromArrow(rows: RecordBatch): ScoreBatch[] {
  const batch = completed(rows, laterScoreColumns)
  const [run, sourceModel, model, kind, method, goal] = (
    ['run', 'source_model', 'model', 'kind', 'method', 'goal'] as const
  ).map((name) => textsOf(batch, name))
  const [stddev, seed] = [numbersOf(batch, 'stddev'), numbersOf(batch, 'seed')]
  const clip = flagsOf(batch, 'clip')
  const [dataset, split] = [textsOf(batch, 'dataset'), textsOf(batch, 'split')]
  const index = integersOf(batch, 'index')
  const label = integersOf(batch, 'label')
  const target = integersOf(batch, 'target', -1)
  const prediction = integersOf(batch, 'prediction')
  const error = Uint8Array.from(flagsOf(batch, 'error'))
  const cleanError = Uint8Array.from(flagsOf(batch, 'clean_error'))
  const constants = [run, sourceModel, model, kind, method, goal, stddev, seed, clip, dataset, split]
  return Array.from(runs(constants), ([from, to]) => ({
    run: run[from],
    sourceModel: sourceModel[from],
    model: model[from],
    kind: nameOf('kind', from, kind[from], SCORE_KINDS),
    method: method[from] === '' ? '' : nameOf('method', from, method[from], METHODS),
    goal: goal[from] === '' ? '' : nameOf('goal', from, goal[from], GOALS),
    stddev: stddev[from],
    seed: seed[from],
    clip: clip[from] === 1,
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

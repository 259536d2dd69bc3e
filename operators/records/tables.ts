import type { RecordBatch } from 'apache-arrow'
import { activationFromArrow, activationToArrow } from './activation.js'
import type { ActivationBatch } from './activation.js'
import { laterRun, type Column } from './columns.js'
import { adversarialFromArrow, adversarialToArrow } from './adversarial.js'
import type { AdversarialBatch } from './adversarial.js'
import { coherenceFromArrow, coherenceToArrow } from './coherence.js'
import type { Coherence } from './coherence.js'
import { imageFromArrow, imageToArrow } from './image.js'
import type { ImageBatch } from './image.js'
import { modelFromArrow, modelToArrow } from './model.js'
import type { ModelRecord } from './model.js'
import { rankFromArrow, rankToArrow } from './rank.js'
import type { RankBatch } from './rank.js'
import { laterScoreColumns, scoreFromArrow, scoreToArrow } from './score.js'
import type { ScoreBatch } from './score.js'
import { searchFromArrow, searchToArrow } from './search.js'
import type { SearchStep } from './search.js'
import { trainingFromArrow, trainingToArrow } from './training.js'
import type { TrainingEvent } from './training.js'

/** The tables of a data set and what one write to each is. */
export interface Tables {
  readonly images: ImageBatch
  readonly examples: AdversarialBatch
  readonly scores: ScoreBatch
  readonly training: readonly TrainingEvent[]
  readonly models: readonly ModelRecord[]
  readonly searches: readonly SearchStep[]
  readonly activations: ActivationBatch
  readonly ranks: RankBatch
  readonly coherence: readonly Coherence[]
}
export type TableName = keyof Tables

interface Conversion<T> {
  readonly toArrow: (record: T) => RecordBatch
  readonly fromArrow: (batch: RecordBatch) => T[]
  /** A batch without rows: the columns. */
  readonly empty: RecordBatch
  /** The columns that tell a row from every other row of a data set. */
  readonly key: readonly string[]
  /** Columns of n rows that files of an earlier version lack, as `fromArrow` takes them then. */
  readonly later: (n: number) => readonly Column[]
}

const SAMPLE = ['dataset', 'split', 'index'] as const
const EXAMPLES = ['run', 'source_model', 'method', 'goal'] as const
const LAYER = ['run', 'model', 'layer', 'side', 'pool', 'images'] as const
const nothing = () => []

const none = {
  integers: new Int32Array(0),
  numbers: new Float64Array(0),
  codes: new Uint8Array(0),
  values: new Float32Array(0),
}
const noSample = { dataset: '', split: '', index: none.integers, label: none.integers }
const noImages: ImageBatch = { ...noSample, shape: [1, 0, 1], pixels: none.values }
const noExamples: AdversarialBatch = {
  ...noSample,
  run: '',
  sourceModel: '',
  method: 'l-bfgs',
  goal: 'random',
  shape: [1, 0, 1],
  target: none.integers,
  prediction: none.integers,
  adversarialPrediction: none.integers,
  status: none.codes,
  reason: none.codes,
  distortion: none.numbers,
  l2: none.numbers,
  linf: none.numbers,
  c: none.numbers,
  margin: none.numbers,
  polishedDistortion: none.numbers,
  residual: none.numbers,
  bracketWidth: none.numbers,
  monotone: none.integers,
  solves: none.integers,
  iterations: none.integers,
  evaluations: none.integers,
  original: none.values,
  adversarial: none.values,
}
const noScores: ScoreBatch = {
  ...noSample,
  run: '',
  method: '',
  seed: NaN,
  clip: false,
  sourceModel: '',
  goal: '',
  model: '',
  kind: 'clean',
  stddev: NaN,
  target: none.integers,
  prediction: none.integers,
  error: none.codes,
  cleanError: none.codes,
}
const noActivations: ActivationBatch = {
  ...noSample,
  model: '',
  layer: '',
  side: 'post',
  pool: 'none',
  values: none.values,
}
const noRanks: RankBatch = {
  run: '',
  model: '',
  layer: '',
  side: 'post',
  pool: 'none',
  basis: 'unit',
  centered: false,
  images: 0,
  labels: [],
  direction: none.integers,
  rank: none.integers,
  dataset: [],
  split: [],
  index: none.integers,
  label: none.integers,
  value: none.numbers,
  mean: none.numbers,
  tied: none.codes,
}

/** How the records of each table become Arrow batches and come back, and what tells its rows apart. */
export const TABLES: { readonly [Name in TableName]: Conversion<Tables[Name]> } = {
  images: {
    toArrow: imageToArrow,
    fromArrow: imageFromArrow,
    empty: imageToArrow(noImages),
    key: ['run', ...SAMPLE],
    later: laterRun,
  },
  examples: {
    toArrow: adversarialToArrow,
    fromArrow: (batch) => adversarialFromArrow(batch),
    empty: adversarialToArrow(noExamples),
    key: [...EXAMPLES, ...SAMPLE, 'target'],
    later: nothing,
  },
  scores: {
    toArrow: scoreToArrow,
    fromArrow: scoreFromArrow,
    empty: scoreToArrow(noScores),
    key: [...EXAMPLES, 'model', 'kind', 'stddev', 'seed', 'clip', ...SAMPLE, 'target'],
    later: laterScoreColumns,
  },
  training: {
    toArrow: trainingToArrow,
    fromArrow: (batch) => [trainingFromArrow(batch)],
    empty: trainingToArrow([]),
    key: ['run', 'model', 'phase', 'epoch'],
    later: laterRun,
  },
  models: {
    toArrow: modelToArrow,
    fromArrow: (batch) => [modelFromArrow(batch)],
    empty: modelToArrow([]),
    key: ['run', 'model'],
    later: laterRun,
  },
  searches: {
    toArrow: searchToArrow,
    fromArrow: (batch) => [searchFromArrow(batch)],
    empty: searchToArrow([]),
    key: ['run', 'source_model', ...SAMPLE, 'target', 'solve'],
    later: nothing,
  },
  activations: {
    toArrow: activationToArrow,
    fromArrow: activationFromArrow,
    empty: activationToArrow(noActivations),
    key: ['model', 'layer', 'side', 'pool', ...SAMPLE],
    later: nothing,
  },
  ranks: {
    toArrow: rankToArrow,
    fromArrow: rankFromArrow,
    empty: rankToArrow(noRanks),
    key: [...LAYER, 'basis', 'centered', 'direction', 'rank'],
    later: nothing,
  },
  coherence: {
    toArrow: coherenceToArrow,
    fromArrow: (batch) => [coherenceFromArrow(batch)],
    empty: coherenceToArrow([]),
    key: [...LAYER, 'basis', 'centered', 'direction', 'end', 'k'],
    later: nothing,
  },
}

export const isTableName = (name: string): name is TableName => Object.hasOwn(TABLES, name)

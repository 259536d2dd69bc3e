// blindspot/operators: records, and what becomes of them

export { BlindspotError, type ErrorCode } from './errors.js'

// records
export { POOLINGS, type ActivationBatch, type Pooling, type Side } from './records/activation.js'
export type { AdversarialBatch, Goal, Reason, Status } from './records/adversarial.js'
export { GOALS, METHODS, REASONS, STATUSES, type Method } from './records/adversarial.js'
export { PAYLOADS, type Payload } from './records/codes.js'
export type { Coherence, End } from './records/coherence.js'
export { clean, successes, type ExampleBatch } from './records/example.js'
export type { ImageBatch, ImageShape } from './records/image.js'
export type { ModelRecord } from './records/model.js'
export type { LabelCounts, RankBatch } from './records/rank.js'
export { SCORE_KINDS, type ScoreBatch, type ScoreKind } from './records/score.js'
export type { Solve } from './records/search.js'
export { TABLES, type TableName, type Tables } from './records/tables.js'
export type { TrainingEvent } from './records/training.js'

// operators
export { activations, type ActivationOptions } from './activations.js'
export { formatArchitecture, parseArchitecture, type Architecture } from './architecture.js'
export { amplify, type AmplifyOptions } from './amplify.js'
export { attack, type AttackOptions } from './attack.js'
export type { CommonAttackOptions } from './engine/attackBy.js'
export { defaultWorkers } from './engine/threads.js'
export type { AttackStats } from './engine/queue.js'
export type { Classifier, LossGradient, ModelReference } from './classifier.js'
export { coherence, COHERENCE_SIZES, type CoherenceOptions } from './coherence.js'
export { decoupledDirectionNorm, type DecoupledDirectionNormOptions } from './decoupledDirectionNorm.js'
export { deepFool, type DeepFoolOptions } from './deepFool.js'
export { evaluate, type Evaluation } from './evaluate.js'
export { gaussianNoise, type GaussianNoiseOptions } from './gaussianNoise.js'
export { SEARCH_DEFAULTS, type SearchOptions } from './minimize/searchDefaults.js'
export { predictedLabels } from './predictedLabels.js'
export { rank, type RankOptions } from './rank.js'
export { BASES, type BasisName, type DirectionMatrix } from './ranking/basis.js'
export { recode, type ImageEncoding } from './recode.js'
export { score } from './score.js'
export { selectRows } from './selectRows.js'
export { takeRows } from './takeRows.js'
export type { RowView, Rows } from './records/rowView.js'
export { searchPath, type SearchPathOptions } from './searchPath.js'
export type { Case } from './engine/targets.js'
export { useBackend, type Backend, type BackendName } from './tensor/backend.js'
export type { Preprocess } from './classifier/preprocess.js'
export {
  inspectModel,
  type InspectedLayer,
  type LeftOut,
  type ModelInspection,
} from './tensor/inspectModel.js'
export {
  checkClassifier,
  type CheckClassifierOptions,
  type CheckedClassifier,
} from './classifier/checkClassifier.js'
export {
  defineClassifier,
  type ClassifierDefinition,
  type LayerOfOnesOwn,
} from './classifier/defineClassifier.js'
export { lossGradient } from './classifier/lossGradient.js'
export { loadClassifier, type LoadOptions } from './tensor/loadClassifier.js'
export { modelReference } from './tensor/modelReference.js'
export { alexnet, alexnet2012, type AlexnetOptions } from './tensor/alexnet/alexnet.js'
export type { NetworkPlan, WeightPlan } from './tensor/alexnet/plan.js'
export { writeUntrained } from './tensor/alexnet/writeUntrained.js'
export { importModel, type Imported, type ImportOptions } from './tensor/import/importModel.js'
export { train, type TrainedModel, type TrainOptions } from './train.js'

// types that the signatures of the above name
export type {
  Activation,
  Convolution,
  ConvolutionalArchitecture,
  DenseArchitecture,
  Layers,
} from './architecture.js'
export type { Crop, Framing } from './classifier/framing.js'
export type { AimOptions } from './engine/aimOptions.js'
export type { GivenSearchOptions } from './engine/searchOptions.js'
export type { Box, Clip } from './minimize/box.js'
export type { PenaltyName } from './minimize/penalty.js'
export type { PlainGoal } from './records/codes.js'
export type { Column as SchemaColumn, ColumnOptions } from './records/column.js'
export type { ArrowColumn } from './records/columns.js'
export type { ArrowType, Kind as ColumnKind, SqlType } from './records/kind.js'
export type { Note } from './records/note.js'
export type { Notes } from './records/recordOf.js'
export type {
  RecordOf,
  RowIn,
  Rule as SchemaRule,
  Table as TableSchema,
  TableColumn,
} from './records/schema.js'
export type { Unreadable } from './records/unreadable.js'
export type { ScoreOptions } from './score.js'
export type { Json } from './tensor/modelFile.js'
export type { Sparsity } from './tensor/training/autoencoder.js'
export type { LbfgsOptions } from './tensor/training/lbfgs.js'
export type { Past, Provenance } from './tensor/training/provenance.js'
export type { Decay, MiniBatchRecipe, Phase, Recipe } from './tensor/training/recipe.js'
export type { CellOf } from './records/rowView.js'
export type { GivenOptions as GivenDeepFoolOptions } from './deepFool.js'
export type { GivenOptions as GivenDecoupledDirectionNormOptions } from './decoupledDirectionNorm.js'
export type { DdnSearchOptions, DeepFoolSearchOptions } from './engine/methodDefaults.js'

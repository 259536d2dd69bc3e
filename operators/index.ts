// blindspot/operators: records, and what becomes of them

export { BlindspotError, type ErrorCode } from './errors.js'

// records
export type * from './records/types.js'
export { POOLINGS } from './records/activation.js'
export { GOALS, METHODS, REASONS, STATUSES } from './records/adversarial.js'
export { PAYLOADS } from './records/codes.js'
export { clean, successes } from './records/example.js'
export { SCORE_KINDS } from './records/score.js'
export { TABLES } from './records/tables.js'

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
export type { ScoreOptions } from './score.js'
export type { Json } from './tensor/modelFile.js'
export type { Sparsity } from './tensor/training/autoencoder.js'
export type { LbfgsOptions } from './tensor/training/lbfgs.js'
export type { Past, Provenance } from './tensor/training/provenance.js'
export type { Decay, MiniBatchRecipe, Phase, Recipe } from './tensor/training/recipe.js'
export type { GivenOptions as GivenDeepFoolOptions } from './deepFool.js'
export type { GivenOptions as GivenDecoupledDirectionNormOptions } from './decoupledDirectionNorm.js'
export type { DdnSearchOptions, DeepFoolSearchOptions } from './engine/methodDefaults.js'

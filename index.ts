export { BlindspotError, type ErrorCode } from './operators/errors.js'

// records
export { POOLINGS, type ActivationBatch, type Pooling, type Side } from './operators/records/activation.js'
export type { AdversarialBatch, Goal, Reason, Status } from './operators/records/adversarial.js'
export { GOALS, METHODS, REASONS, STATUSES, type Method } from './operators/records/adversarial.js'
export { PAYLOADS, type Payload } from './operators/records/codes.js'
export type { Coherence, End } from './operators/records/coherence.js'
export { clean, successes, type ExampleBatch } from './operators/records/example.js'
export type { ImageBatch, ImageShape } from './operators/records/image.js'
export type { ModelRecord } from './operators/records/model.js'
export type { LabelCounts, RankBatch } from './operators/records/rank.js'
export { SCORE_KINDS, type ScoreBatch, type ScoreKind } from './operators/records/score.js'
export type { Solve } from './operators/records/search.js'
export { TABLES, type TableName, type Tables } from './operators/records/tables.js'
export type { TrainingEvent } from './operators/records/training.js'

// sources
export { readArrow } from './sources/arrow.js'
export { readDirections } from './sources/directions.js'
export { readCases } from './sources/cases.js'
export { cifar, cifarSource, type CifarOptions, type CifarSourceOptions } from './sources/cifar.js'
export { emnist, emnistSource, type EmnistOptions, type EmnistSourceOptions } from './sources/emnist.js'
export {
  imageFolder,
  imageFolderSource,
  type ImageFolderOptions,
  type ImageFolderSourceOptions,
} from './sources/imageFolder.js'
export { npz, npzSource, type NpzOptions, type NpzSourceOptions } from './sources/npz.js'
export { imagesOf, type ImageArrays, type ImagesOfOptions } from './sources/imagesOf.js'
export { imagenet, type ImagenetOptions } from './sources/imagenet.js'
export { imagenetSource, type ImagenetSourceOptions } from './sources/imagenetSource.js'
export { mnist, mnistBytes, type ImageBytes, type MnistOptions, type MnistSplit } from './sources/mnist.js'
export {
  parquetMetadata,
  readParquet,
  type ParquetMetadata,
  type ParquetReadOptions,
} from './sources/parquet.js'
export { localFolder } from './sources/objects/localFolder.js'
export { mnistSource } from './sources/mnistSource.js'
export { arrowSource, parquetSource } from './sources/storedSource.js'
export type { StoredOptions } from './sources/storedOptions.js'
export { parseSource, type Source, type SourceIdentity, type SourceOptions } from './sources/source.js'
export type { Where, WhereCondition, WhereValue } from './sources/where.js'
export { readExamples, readRecords, readScores, type ExampleOptions } from './sources/records.js'
export type { Half } from './sources/select.js'

export {
  CLASSES as IMAGENET_CLASSES,
  SUPERCLASSES as IMAGENET_SUPERCLASSES,
} from './sources/imagenet/classes.js'

// operators
export { activations, type ActivationOptions } from './operators/activations.js'
export { formatArchitecture, parseArchitecture, type Architecture } from './operators/architecture.js'
export { amplify, type AmplifyOptions } from './operators/amplify.js'
export { attack, type AttackOptions } from './operators/attack.js'
export type { CommonAttackOptions } from './operators/engine/attackBy.js'
export { defaultWorkers } from './operators/engine/threads.js'
export type { AttackStats } from './operators/engine/queue.js'
export type { Classifier, LossGradient, ModelReference } from './operators/classifier.js'
export { coherence, COHERENCE_SIZES, type CoherenceOptions } from './operators/coherence.js'
export {
  decoupledDirectionNorm,
  type DecoupledDirectionNormOptions,
} from './operators/decoupledDirectionNorm.js'
export { deepFool, type DeepFoolOptions } from './operators/deepFool.js'
export { evaluate, type Evaluation } from './operators/evaluate.js'
export { gaussianNoise, type GaussianNoiseOptions } from './operators/gaussianNoise.js'
export { SEARCH_DEFAULTS, type SearchOptions } from './operators/minimize/boundarySearch.js'
export { predictedLabels } from './operators/predictedLabels.js'
export { rank, type RankOptions } from './operators/rank.js'
export { BASES, type BasisName, type DirectionMatrix } from './operators/ranking/basis.js'
export { recode, type ImageEncoding } from './operators/recode.js'
export { score } from './operators/score.js'
export { selectRows } from './operators/selectRows.js'
export { takeRows } from './operators/takeRows.js'
export type { RowView, Rows } from './operators/records/rowView.js'
export { searchPath, type SearchPathOptions } from './operators/searchPath.js'
export type { Case } from './operators/engine/targets.js'
export { useBackend, type Backend, type BackendName } from './operators/tensor/backend.js'
export type { Preprocess } from './operators/classifier/preprocess.js'
export {
  inspectModel,
  type InspectedLayer,
  type LeftOut,
  type ModelInspection,
} from './operators/tensor/inspectModel.js'
export {
  checkClassifier,
  type CheckClassifierOptions,
  type CheckedClassifier,
} from './operators/classifier/checkClassifier.js'
export {
  defineClassifier,
  type ClassifierDefinition,
  type LayerOfOnesOwn,
} from './operators/classifier/defineClassifier.js'
export { lossGradient } from './operators/classifier/lossGradient.js'
export { loadClassifier, type LoadOptions } from './operators/tensor/loadClassifier.js'
export { modelReference } from './operators/tensor/modelReference.js'
export { alexnet, alexnet2012, type AlexnetOptions } from './operators/tensor/alexnet/alexnet.js'
export type { NetworkPlan, WeightPlan } from './operators/tensor/alexnet/plan.js'
export { writeUntrained } from './operators/tensor/alexnet/writeUntrained.js'
export { importModel, type Imported, type ImportOptions } from './operators/tensor/import/importModel.js'
export { train, type TrainedModel, type TrainOptions } from './operators/train.js'

// flow: streams with backpressure
export { asyncOperator, type Outlet } from './operators/flow/asyncOperator.js'
export { batch } from './operators/flow/batch.js'
export { consume } from './operators/flow/consume.js'
export { emit, hold } from './operators/flow/hold.js'
export { pull } from './operators/flow/inbox.js'
export { mapConcurrent, type MapConcurrentOptions } from './operators/flow/mapConcurrent.js'
export { prefetch } from './operators/flow/prefetch.js'
export { progress, type Progress, type ProgressOptions } from './operators/flow/progress.js'
export { stream } from './operators/flow/stream.js'

// sinks
export { ArrowWriter } from './sinks/arrow.js'
export { toArrowStream, type ArrowStream } from './sinks/arrowStream.js'
export { ImageGridWriter, type ImageGridOptions, type Tile, type WrittenGrid } from './sinks/grid/images.js'
export { openLake, type Lake, type LakeFile } from './sinks/lake/lake.js'
export {
  publishTables,
  type PublishedTable,
  type TableFormatName,
} from './sinks/lake/formats/publishTables.js'
export type { PartitionedOptions } from './sinks/lake/partitioned.js'
export { ParquetWriter, type ParquetOptions } from './sinks/parquet.js'
export { writeAll, type Writer } from './sinks/writer.js'
export { exampleTiles, pairTiles, perturbationTiles } from './sinks/grid/tiles.js'

// steps: work that is done once and committed
export { attackStep } from './pipelines/steps/attack.js'
export type { AttackSpec } from './pipelines/steps/attackSpec.js'
export { examplesBelow, type StepExamples } from './pipelines/steps/examples.js'
export type { StepImages } from './pipelines/steps/images.js'
export { Models, type StepModel } from './pipelines/steps/models.js'
export { rankStep } from './pipelines/steps/rank.js'
export type { RankSpec } from './pipelines/steps/rankedLayer.js'
export { scoreStep, type ScoreSpec } from './pipelines/steps/score.js'
export { searchPathStep, type SearchPathSpec } from './pipelines/steps/searchPath.js'
export { stepRows, type StreamedEffort } from './pipelines/steps/stepRows.js'
export { perform, performAll, stepIdentity, stepState, type StepState } from './pipelines/steps/step.js'
export type { Effort, Performed, PlannedStep, Step } from './pipelines/steps/stepKind.js'
export { performInThread, performInThreads } from './pipelines/steps/thread.js'
export { trainedRecord } from './pipelines/steps/trainedRecord.js'
export { trainStep } from './pipelines/steps/train.js'
export type { TrainSpec } from './pipelines/steps/trainSpec.js'
export { paperSteps, type PaperPlan, type PaperSettings } from './pipelines/paperSteps.js'

// sweeps: plans of steps, and what performs them
export { sweep, type SweepOptions, type SweepResult } from './pipelines/sweep/sweep.js'
export { sweepSteps } from './pipelines/sweep/spec/sweepSteps.js'
export type { SweepSpec } from './pipelines/sweep/spec/sweepSpec.js'
export type { Condition } from './pipelines/sweep/spec/where.js'
export { performPlan, type PlanOptions, type PlanResult } from './pipelines/sweep/performPlan.js'
export type { PlanStanding } from './pipelines/sweep/tally.js'
export type { Shard } from './pipelines/sweep/shard.js'
export type { Executor, Outcome, PlainEffort, Task, TaskOptions } from './pipelines/sweep/executor.js'
export { localExecutor, type LocalOptions } from './pipelines/sweep/children/local.js'
export { queueExecutor, type QueueExecutorOptions } from './pipelines/sweep/queue/queueExecutor.js'
export { work, type WorkOptions } from './pipelines/sweep/queue/work.js'

// pipelines
export { basisCoherence, basisDifferences } from './pipelines/tables/compareBases.js'
export { type BasisCoherence, type BasisDifference } from './pipelines/tables/comparedBases.js'
export { unitsVerdict } from './pipelines/tables/unitsVerdict.js'
export type { Cell, Column, Row, Table, Verdict } from './sinks/table/table.js'
export { paper, type PaperResult } from './pipelines/paper.js'
export { imagenetPaper, type ImagenetPaperOptions, type ImagenetPaperResult } from './pipelines/imagenet.js'
export { report, type ReportOptions, type ReportResult } from './pipelines/report/report.js'
export { progressBar } from './pipelines/commands/progressBar.js'
export { evaluateModels, type EvaluateOptions } from './pipelines/evaluateModels.js'
export { compactDataSet, type CompactedFile, type CompactOptions } from './pipelines/compact.js'
export { exportExamples, type Exported, type ExportOptions } from './pipelines/export/exportExamples.js'
export { runsOf, type Run } from './pipelines/runs/runs.js'
export { verifyDataSet, type Fault, type Verified, type VerifyOptions } from './pipelines/verify/verify.js'

// questions: SQL of anybody's over a data set, and what its answers are written as
export { queryDataSet, type QueryDataSetOptions } from './pipelines/questions/queryDataSet.js'
export type { Question } from './pipelines/questions/question.js'
export { QUESTIONS } from './pipelines/questions/questions.js'
export {
  ExactNumber,
  type Answer,
  type AnswerColumn,
  type AnswerChunk,
  type SqlValue,
} from './sources/query/answer.js'
export { arrowAnswer } from './sinks/answer/arrowAnswer.js'
export { csvAnswer } from './sinks/answer/csvAnswer.js'
export { jsonAnswer, jsonLinesAnswer } from './sinks/answer/jsonAnswer.js'
export { parquetAnswer } from './sinks/answer/parquetAnswer.js'
export { tableAnswer } from './sinks/answer/tableAnswer.js'

// tables: numbers of a data set by SQL, and their faces
export { askData } from './pipelines/tables/askData.js'
export { attackSummary, type AttackNumbers } from './pipelines/tables/attackSummary.js'
export {
  robustAccuracy,
  type RobustAccuracy,
  type RobustAccuracyOptions,
} from './pipelines/tables/robustAccuracy.js'
export { type Epsilons, type PerturbationNorm } from './pipelines/tables/epsilons.js'
export { robustAccuracyTable } from './pipelines/tables/robustAccuracyTable.js'
export { scoreLines, scoresTable, type ScoreLine } from './pipelines/tables/scores.js'
export { sweepTables } from './pipelines/tables/sweepTables.js'
export type { PaperTables, SweepTables } from './pipelines/tables/dataSet.js'
export { paperTables } from './pipelines/tables/tables.js'
export { units, unitsTable, type Units } from './pipelines/tables/units.js'
export { tableCsv } from './sinks/table/csv.js'
export { tableMarkdown } from './sinks/table/markdown.js'
export { tableText } from './sinks/table/text.js'

// types that the signatures of the above name
export type {
  Activation,
  Convolution,
  ConvolutionalArchitecture,
  DenseArchitecture,
  Layers,
} from './operators/architecture.js'
export type { Crop, Framing } from './operators/classifier/framing.js'
export type { AimOptions } from './operators/engine/aim.js'
export type { GivenSearchOptions } from './operators/engine/searchOptions.js'
export type { Inbox } from './operators/flow/inbox.js'
export type { Box, Clip } from './operators/minimize/box.js'
export type { PenaltyName } from './operators/minimize/penalty.js'
export type { PlainGoal } from './operators/records/codes.js'
export type { Column as SchemaColumn, ColumnOptions } from './operators/records/column.js'
export type { ArrowColumn } from './operators/records/columns.js'
export type { ArrowType, Kind as ColumnKind, SqlType } from './operators/records/kind.js'
export type { Note } from './operators/records/note.js'
export type { Notes } from './operators/records/recordOf.js'
export type {
  RecordOf,
  RowIn,
  Rule as SchemaRule,
  Table as TableSchema,
  TableColumn,
} from './operators/records/schema.js'
export type { Unreadable } from './operators/records/unreadable.js'
export type { ScoreOptions } from './operators/score.js'
export type { Json } from './operators/tensor/modelFile.js'
export type { Sparsity } from './operators/tensor/training/autoencoder.js'
export type { LbfgsOptions } from './operators/tensor/training/lbfgs.js'
export type { Past, Provenance } from './operators/tensor/training/provenance.js'
export type { Decay, MiniBatchRecipe, Phase, Recipe } from './operators/tensor/training/recipe.js'
export type { ProgressBar, ProgressBarOptions } from './pipelines/commands/progressBar.js'
export type { Evaluation as ModelEvaluation } from './pipelines/evaluateModels.js'
export type { ImagenetSettings } from './pipelines/imagenetSteps.js'
export type { PaperOptions } from './pipelines/paper.js'
export type { Results } from './pipelines/results.js'
export type { StepProcessOptions } from './pipelines/sweep/children/stepProcess.js'
export type { StepProcessesOptions } from './pipelines/sweep/children/stepProcesses.js'
export type { Failure } from './pipelines/sweep/executor.js'
export type { BrokerOptions } from './pipelines/sweep/queue/broker.js'
export type { Given } from './pipelines/sweep/spec/sweepSpec.js'
export type { Test as ConditionTest } from './pipelines/sweep/spec/where.js'
export type { Errored } from './pipelines/sweep/survey.js'
export type { Place as SweepPlace } from './pipelines/sweep/sweep.js'
export type { AskOptions } from './pipelines/tables/askData.js'
export type {
  CoherenceRow,
  ControlDifference,
  Measure as CoherenceMeasure,
  RankedLayer,
} from './pipelines/tables/comparedBases.js'
export type { PhotographTables } from './pipelines/tables/dataSet.js'
export type { About } from './pipelines/tables/measured.js'
export type { RankedRows } from './pipelines/tables/rankedLayers.js'
export type { Restriction } from './pipelines/tables/restriction.js'
export type { ScoresOf } from './pipelines/tables/scores.js'
export type { Estimate } from './pipelines/tables/statistics.js'
export type { UnitsRows } from './pipelines/tables/unitsLines.js'
export type { CompressionName } from './sinks/compressions.js'
export type { DrawnExamples } from './sinks/grid/tiles.js'
export type { FileQuery } from './sinks/lake/committed.js'
export type { Latest, RecordOf as TableRecord } from './sinks/lake/lake.js'
export type { ManifestFile } from './sinks/lake/manifestSchema.js'
export type { LakePartitioned } from './sinks/lake/partitioned.js'
export type { LakeParts, PartsOptions } from './sinks/lake/parts.js'
export type { LakeWriter, WriterOptions } from './sinks/lake/writer.js'
export type { Fields, Grid, Measure, More, Names, Quantity, Unit } from './sinks/table/table.js'
export type { TextOptions } from './sinks/table/text.js'
export type { WrittenRows } from './sinks/writer.js'
export type { ArrowReadOptions } from './sources/arrow.js'
export type { AtomicFile, WrittenFile } from './sources/atomicFile.js'
export type { Database } from './sources/duckdb.js'
export type { ImagenetClass, Superclass } from './sources/imagenet/classes.js'
export type { Shard as ImagenetShard } from './sources/imagenet/options.js'
export type { QueryOptions } from './sources/query/openQuery.js'
export type { Paths } from './sources/records.js'
export type { SelectOptions } from './sources/select.js'
export type { IndexedOptions } from './sources/indexed.js'
export type { CellOf } from './operators/records/rowView.js'
export type { GivenOptions as GivenDeepFoolOptions } from './operators/deepFool.js'
export type { GivenOptions as GivenDecoupledDirectionNormOptions } from './operators/decoupledDirectionNorm.js'
export type { DdnSearchOptions } from './operators/engine/ddnSearch.js'
export type { DeepFoolSearchOptions } from './operators/engine/deepFoolSearch.js'

// blindspot/pipelines: steps, sweeps, questions, tables, the page

// steps: work that is done once and committed
export { attackStep } from './steps/attackStep.js'
export type { AttackSpec } from './steps/attackSpec.js'
export type { StepExamples } from './steps/examples.js'
export { examplesBelow } from './steps/examplesBelow.js'
export type { StepImages } from './steps/images.js'
export { Models } from './steps/models.js'
export type { StepModel } from './steps/stepModel.js'
export { rankStep } from './steps/rankStep.js'
export type { RankSpec } from './steps/rankedLayer.js'
export type { ScoreSpec } from './steps/scoreSpec.js'
export { scoreStep } from './steps/scoreStep.js'
export type { Originals, ShownSpec } from './steps/shownSpec.js'
export type { SearchPathSpec } from './steps/searchPathSpec.js'
export { searchPathStep } from './steps/searchPathStep.js'
export { stepRows, type StreamedEffort } from './steps/stepRows.js'
export { perform, performAll, stepIdentity, stepState, type StepState } from './steps/step.js'
export type { Effort, Performed, PlannedStep, Step } from './steps/stepKind.js'
export { performInThread, performInThreads } from './steps/thread.js'
export { trainedRecord } from './steps/trainedRecord.js'
export { trainStep } from './steps/trainStep.js'
export type { TrainSpec } from './steps/trainSpec.js'
export { paperSteps, type PaperPlan, type PaperSettings } from './paperSteps.js'

// sweeps: plans of steps, and what performs them
export { sweep, type SweepOptions, type SweepResult } from './sweep/sweep.js'
export { sweepSteps } from './sweep/spec/sweepSteps.js'
export type { SweepSpec } from './sweep/spec/sweepSpec.js'
export type { Condition } from './sweep/spec/where.js'
export { performPlan } from './sweep/performPlan.js'
export type { PlanOptions, PlanResult } from './sweep/planOptions.js'
export type { PlanStanding } from './sweep/tally.js'
export type { Shard } from './sweep/shard.js'
export type { Executor, Outcome, PlainEffort, Task, TaskOptions } from './sweep/executor.js'
export { localExecutor, type LocalOptions } from './sweep/children/local.js'
export { queueExecutor, type QueueExecutorOptions } from './sweep/queue/queueExecutor.js'
export { work, type WorkOptions } from './sweep/queue/work.js'

// pipelines
export { basisCoherence, basisDifferences } from './tables/compareBases.js'
export { type BasisCoherence, type BasisDifference } from './tables/comparedBases.js'
export { unitsVerdict } from './tables/unitsVerdict.js'
export { paper, type PaperResult } from './paper.js'
export { imagenetPaper, type ImagenetPaperOptions, type ImagenetPaperResult } from './imagenet.js'
export { report, type ReportOptions, type ReportResult } from './report/report.js'
export { progressBar } from './commands/progressBar.js'
export { evaluateModels } from './evaluateModels.js'
export type { EvaluateOptions } from './evaluation.js'
export { compactDataSet, type CompactedFile, type CompactOptions } from './compact.js'
export type { ExampleChoice } from './export/examplesOf.js'
export { exportExamples } from './export/exportExamples.js'
export type { Exported, ExportOptions } from './export/exportOptions.js'
export { runsOf, type Run } from './runs/runs.js'
export { verifyDataSet, type Fault, type Verified, type VerifyOptions } from './verify/verify.js'
export type { LookOptions } from './verify/lookedThrough.js'

// questions: SQL of anybody's over a data set, and what its answers are written as
export { queryDataSet, type QueryDataSetOptions } from './questions/queryDataSet.js'
export type { Question } from './questions/question.js'
export { QUESTIONS } from './questions/questions.js'

// tables: numbers of a data set by SQL, and their faces
export { askData } from './tables/askData.js'
export { attackSummary, type AttackNumbers } from './tables/attackSummary.js'
export { robustAccuracy, type RobustAccuracy, type RobustAccuracyOptions } from './tables/robustAccuracy.js'
export { type Epsilons, type PerturbationNorm } from './tables/epsilons.js'
export type { AttackOf } from './tables/measured.js'
export { robustAccuracyTable } from './tables/robustAccuracyTable.js'
export { scoreLines, scoresTable, type ScoreLine } from './tables/scores.js'
export { sweepTables } from './tables/sweepTables.js'
export type { PaperTables, SweepTables } from './tables/dataSet.js'
export { paperTables } from './tables/paperTables.js'
export { units } from './tables/units.js'
export { unitsTable, type Units } from './tables/unitsTable.js'

// types that the signatures of the above name
export type { ProgressBar, ProgressBarOptions } from './commands/progressBar.js'
export type { Evaluation as ModelEvaluation } from './evaluation.js'
export type { ImagenetSettings } from './imagenetSteps.js'
export type { PaperOptions } from './paper.js'
export type { Results } from './results.js'
export type { StepProcessOptions } from './sweep/children/stepProcess.js'
export type { StepProcessesOptions } from './sweep/children/stepProcesses.js'
export type { Failure } from './sweep/executor.js'
export type { BrokerOptions } from './sweep/queue/broker.js'
export type { Given } from './sweep/spec/sweepSpec.js'
export type { Test as ConditionTest } from './sweep/spec/where.js'
export type { Errored } from './sweep/planOptions.js'
export type { Place as SweepPlace } from './sweep/sweep.js'
export type { AskOptions } from './tables/askData.js'
export type {
  CoherenceRow,
  ControlDifference,
  Measure as CoherenceMeasure,
  RankedLayer,
} from './tables/comparedBases.js'
export type { PhotographTables } from './tables/dataSet.js'
export type { About } from './tables/measured.js'
export type { RankedRows } from './tables/rankedLayers.js'
export type { Restriction } from './tables/restriction.js'
export type { ScoresOf } from './tables/scores.js'
export type { Estimate } from './tables/statistics.js'
export type { UnitsRows } from './tables/unitsLines.js'

// types of other parts that the signatures of the above name
export type * from '../operators/records/types.js'
export type { Progress } from '../operators/flow/index.js'
export type {
  Backend,
  BackendName,
  Classifier,
  Crop,
  ErrorCode,
  Framing,
  LossGradient,
  ModelReference,
  Preprocess,
} from '../operators/index.js'
export type {
  Answer,
  AnswerChunk,
  AnswerColumn,
  AtomicFile,
  Database,
  ExactNumber,
  Half,
  QueryOptions,
  SelectOptions,
  Source,
  SourceIdentity,
  SourceOptions,
  SqlValue,
  Where,
  WhereCondition,
  WhereValue,
  WrittenFile,
} from '../sources/index.js'
export type {
  Cell,
  Column,
  CompressionName,
  Fields,
  FileQuery,
  Grid,
  Lake,
  LakeCompactOptions,
  LakeFile,
  LakePartitioned,
  LakeParts,
  LakeWriter,
  Latest,
  ManifestFile,
  Measure,
  More,
  Names,
  ParquetOptions,
  PartitionedOptions,
  PartsOptions,
  Quantity,
  Row,
  Table,
  TableRecord,
  Unit,
  Verdict,
  Writer,
  WriterOptions,
} from '../sinks/index.js'

import type { GenericSchema } from 'valibot'
import type { Progress } from '../../operators/flow/progress.js'
import { identity } from '../../operators/records/identity.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import type { Backend, BackendName } from '../../operators/tensor/backend.js'
import type { Payload } from '../../operators/records/codes.js'
import type { FileQuery, LakeFile } from '../../sinks/lake/lake.js'
import type { ParquetOptions } from '../../sinks/parquet.js'
import type { Models } from './models.js'

/** Work that is done once and committed, as plain JSON: a thread, a child process, a queue or a file can hold it. */
export interface Step<Spec = unknown> {
  /** Name of the `StepKind` that performs it. */
  readonly kind: string
  /** What people and the `needs` of other steps call it, such as `attack FC10(1)`. */
  readonly name: string
  /** What is to be done. Paths are absolute, or relative to the data set's folder. */
  readonly spec: Spec
  /** Names of the steps that have to be done before: for who performs a plan; `perform` itself takes the step as it comes. */
  readonly needs: readonly string[]
}

/** How a step is performed: changes how many rows there are and how soon, never a row. */
export interface Effort {
  /**
   * How many images an attack or a scoring ends with, the first in their order, of a scoring of examples how many
   * examples; a larger number later adds to what is there. Default: all. Other kinds are done as a whole.
   */
  readonly limit?: number | undefined
  /** How many images that the model gets right an attack ends with. Default: as `limit` says. */
  readonly examples?: number | undefined
  /** Worker threads; 0: this thread alone. Default: as the operator decides. */
  readonly workers?: number | undefined
  /** Searches evaluated together. Default: the operator's. */
  readonly batchSize?: number | undefined
  /** Which backend computes. Default: as `useBackend` chooses. */
  readonly backend?: BackendName | undefined
  /** Ends the work; what is whole by then is kept by the kinds that can go on after it. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Told which backend computes, as soon as that is known. */
  readonly onBackend?: ((backend: Backend) => void) | undefined
  /** How the rows lie in their files. Default: as `ParquetWriter` has it. */
  readonly writing?: Pick<ParquetOptions, 'compression' | 'rowGroupSize'> | undefined
  /** What is noted beside the provenance in the footers, and in the manifest: plain JSON. */
  readonly notes?: Readonly<Record<string, unknown>> | undefined
}

/** A step, and how much of it. */
export interface PlannedStep {
  readonly step: Step
  readonly effort: Pick<Effort, 'limit' | 'examples'>
  /** Images that it is expected to go through, where its effort does not say: an estimate of time needs it. */
  readonly expected?: number | undefined
  /** The same without one of its needs, by name, that cannot be had; undefined where it cannot do without. Default: it never can. */
  readonly without?: (need: string) => PlannedStep | undefined
}

/** A step that is done, as far as its effort went. */
export interface Performed {
  /** The step's identity, which its files have. */
  readonly id: string
  /** What its rows have as their `run`: the step's identity; of a shard that of the whole. */
  readonly run: string
  /** All committed files of the step, in the order of their commits. */
  readonly files: readonly LakeFile[]
}

/** Where a kind writes the rows of one table. */
export interface Rows<T> {
  write(records: T): Promise<void>
}

/** Rows that are kept as they come. */
export interface PartsOfRows<T> extends Rows<T> {
  /** Commits what is written. */
  flush(): Promise<void>
  /** The same; where nothing is, a file without rows, for what is noted beside it. */
  note(): Promise<void>
}

export interface RowsOptions {
  /** Folders between the table and the file. */
  readonly partition: Readonly<Record<string, string>>
  /** What is noted in the footers beside what every step notes. */
  readonly provenance?: Readonly<Record<string, unknown>> | undefined
  /** Versions of the backend that computes, where it is not this thread's. */
  readonly versions?: Readonly<Record<string, string>> | undefined
  /** How images are stored. Default `float32`. */
  readonly payload?: Payload | undefined
  /** What is noted in the manifest when a file is committed. */
  readonly metadata?: (() => Readonly<Record<string, unknown>>) | undefined
  /** Asked again when a file is committed, of all that is: throws where others have written meanwhile what rules it out. */
  readonly check?: ((committed: CommittedFiles) => void) | undefined
}

export interface PartsOptions extends RowsOptions {
  /** A file ends with the first batch that brings it to so many rows. */
  readonly rowsPerFile: number
  /** Done before a file is committed, such as the commit of what the file's notes count beside its rows. */
  readonly before?: (() => Promise<void>) | undefined
}

/** A committed file as a check that is asked under way sees it. */
export type Committed = Pick<LakeFile, 'table' | 'step' | 'partition' | 'metadata'>

/** What is committed to a data set. */
export interface CommittedFiles {
  /** The data set's folder. */
  readonly folder: string
  readonly files: (query?: FileQuery) => readonly Committed[]
}

/** What there is of a step. */
export interface Standing extends Place {
  /** The step's identity, which its files have. */
  readonly id: string
  /** What its rows have as their `run`: the step's identity; of a shard that of the whole. */
  readonly run: string
  readonly effort: Effort
  /** Committed files of this step, in the order of their commits. */
  readonly committed: (table: TableName) => readonly LakeFile[]
  /** Committed files of all steps. */
  readonly files: (query?: FileQuery) => readonly LakeFile[]
}

/** What a kind has while it works: the step's own rows are its alone, everything else of the data set is to be read. */
export interface Work extends Standing {
  readonly name: string
  /** Whether the rows are kept in the data set of `folder`; else there is none. Default true. */
  readonly kept?: boolean
  /** The backend that computes, which the effort's `onBackend` is told. */
  useBackend(): Promise<Backend & { readonly versions: Readonly<Record<string, string>> }>
  /** Rows that mean something together alone: an interruption leaves none of them. */
  whole<Name extends TableName>(table: Name, options: RowsOptions): Promise<Rows<Tables[Name]>>
  /** Rows that are worth keeping as they come: an interruption leaves those that are written. */
  parts<Name extends TableName>(table: Name, options: PartsOptions): Promise<PartsOfRows<Tables[Name]>>
}

/** Where specs are looked at before a step is performed. */
export interface Place {
  /** The data set's folder. */
  readonly folder: string
  readonly models: Models
}

/** What tells the steps of a kind from each other: enough for who refers to rows that another step makes. */
export interface StepIdentity<Spec> {
  readonly kind: string
  /** Raised when a change of the program changes rows: what was made before is made again. */
  readonly version: number
  /** All that the rows depend on, as JSON, and nothing else: the step's identity. Reads what that takes. */
  dependsOn(spec: Spec, place: Place): Promise<Readonly<Record<string, unknown>>>
}

/** One kind of steps. */
export interface StepKind<Spec> extends StepIdentity<Spec> {
  /** The tables that the kind writes. */
  readonly tables: readonly TableName[]
  /** What a spec has to be. */
  readonly schema: GenericSchema<unknown, Spec>
  /** Which part of the rows of one run the step makes, as JSON: a step of its own for each. Default: all of them. */
  part?(spec: Spec): unknown
  /** What no two steps of a data set may be at at once, beside the step itself: any texts. Default: nothing. */
  alone?(spec: Spec, place: Place): Promise<readonly string[]>
  /** Whether the rows are there, by what is committed alone; what the step needs is there. */
  isDone(spec: Spec, standing: Standing): Promise<boolean>
  /** Writes the rows that are not there yet; nothing where all are. */
  write(spec: Spec, work: Work): Promise<void>
}

/** The identity of a run: 16 hexadecimal digits of a hash of the step's kind, its version and all that its rows depend on. */
export async function identityOf<Spec>(kind: StepIdentity<Spec>, spec: Spec, place: Place): Promise<string> {
  return identityBy(kind, await kind.dependsOn(spec, place))
}

/** The identity of a run of which it is known already what its rows depend on. */
export const identityBy = (
  { kind, version }: Pick<StepIdentity<unknown>, 'kind' | 'version'>,
  what: Readonly<Record<string, unknown>>,
): string => identity({ [kind]: version, ...what })

import type { ErrorCode } from '../../operators/errors.js'
import type { Progress } from '../../operators/flow/progress.js'
import type { Effort, Step } from '../steps/stepKind.js'

/** The part of an effort that is plain data: a thread, a child process or a queue can be handed it. */
export type PlainEffort = Omit<Effort, 'signal' | 'onProgress' | 'onBackend'>

/** A step as an executor is given it: plain JSON. All that it needs is committed. */
export interface Task {
  /** The step's identity in its data set. */
  readonly id: string
  readonly step: Step
  readonly effort: PlainEffort
}

/** What becomes of a task. Its rows are in the data set, which alone says what is done. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Somebody else is at the same work: it is to be looked at again later. */
  | { readonly kind: 'busy'; readonly message: string }
  /** Ended on request, by the signal or by closing the executor; what was whole is committed. */
  | { readonly kind: 'interrupted' }
  | Failure

export interface Failure {
  readonly kind: 'failed'
  readonly code?: ErrorCode | undefined
  /** The error as a sentence. */
  readonly message: string
  /** The last lines that the step's process wrote to its error output. */
  readonly log: string
  /** Whether any other step would fail as well, such as on a full disk: the sweep ends, and the step is not to blame. */
  readonly general: boolean
}

export interface TaskOptions {
  /** Ends the work; what is whole by then is committed. */
  readonly signal?: AbortSignal | undefined
  /** Told of the step's progress, where that is known. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Told that somebody has begun: at once of a process, later of a queue. */
  readonly onBegin?: (() => void) | undefined
}

/** Where steps of one data set are performed: processes of this machine, or a queue that workers anywhere take them from. */
export interface Executor {
  /** Tasks that are worth giving it at once. */
  readonly slots: number
  /** Performs a task; an error is for what is no outcome of a step, such as a queue that cannot be reached, or that it is closed. */
  perform(task: Task, options?: TaskOptions): Promise<Outcome>
  /** Ends what it began. */
  close(): Promise<void>
}

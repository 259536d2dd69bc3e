import { identity } from '../../../operators/records/identity.js'
import type { Failure, Outcome, Task } from '../executor.js'

/** A task in a queue, as JSON. It holds no credentials. */
export interface JobData {
  /** The data set's folder as who asks for the step has it, absolute. */
  readonly folder: string
  readonly task: Task
  /** Why it failed, where a worker could say so. */
  readonly failure?: Failure | undefined
}

/** What a job that did not fail gives. */
export type JobResult = Extract<Outcome, { kind: 'done' | 'busy' }>

/** A job's name in the queue: that of its data set, and of its step there. */
export const jobId = (folder: string, task: Task): string => `${identity({ folder })}-${task.id}`

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

/** A job's data as this library puts them there; an error that fails the job, and no other, for what somebody else has. */
export function checkedJob(data: unknown): JobData {
  const { folder, task } = (data ?? {}) as Partial<Record<'folder' | 'task', unknown>>
  const isTask =
    typeof task === 'object' && task !== null && 'step' in task && 'effort' in task && 'id' in task
  if (typeof folder === 'string' && isTask) return data as JobData
  throw new Error('expected a step of a data set in the job, got something that blindspot did not put there')
}

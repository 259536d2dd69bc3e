import type { JobsOptions } from 'bullmq'

/** Name of the queue, and the default of what its keys begin with (Redis), or its schema (PostgreSQL). */
export const QUEUE = 'blindspot'

/** Milliseconds after which a job whose worker is no longer heard of is given to another. */
export const LEASE = 30_000

/**
 * What a job is added with.
 * - One attempt: whether a step that failed is tried again is decided by who has the plan.
 * - What has ended is kept for as long as people may want to look at it; the data set, not the queue, says what is done.
 */
export const JOB: JobsOptions = {
  attempts: 1,
  removeOnComplete: { age: 3600 },
  removeOnFail: { age: 24 * 3600 },
  stackTraceLimit: 1,
}

/** Milliseconds between two looks for jobs whose workers are lost; one worker looks for all. */
const SEARCH = 15_000

/**
 * How workers hold jobs.
 * - A worker renews the lock of its jobs, at half the lease; the step itself is in a child process and never in its way.
 * - A job whose lock has ended is given to another worker, since steps go on where they were: three times; then it fails, for
 *   it may be what takes the workers down.
 */
export const holding = (lease: number) =>
  ({ lockDuration: lease, stalledInterval: Math.min(lease / 2, SEARCH), maxStalledCount: 3 }) as const

/** What BullMQ calls a job that was given again too often. */
export const STALLED = /stalled more than allowable limit/

/** Milliseconds between two looks at a job that nothing was heard of: events can be lost, as can all of a queue. */
export const LOOK = 10_000

/** Milliseconds after which a step is given out again whose data set a worker did not see. */
export const SEE_AGAIN = 5000

/** Looks without a step begun after which it is said that no worker takes any. */
export const ALONE = 3

/** Milliseconds between two reports of progress. */
export const REPORT = 1000

import type { Job, Processor, Queue, QueueEvents, Worker, WorkerOptions } from 'bullmq'
import { BlindspotError, warn, warnOnce } from '../../../operators/errors.js'
import type { JobData, JobResult } from './job.js'
import { packageOf } from './packages.js'
import { QUEUE } from './policies.js'
import { parseQueueUrl } from './queueUrl.js'
import { isConnectionError, reach, whyNot } from './reach.js'

export interface BrokerOptions {
  /** What the queue's keys begin with (Redis), or its schema (PostgreSQL); letters, digits and `_`. Default: `blindspot`. */
  readonly prefix?: string | undefined
}

/** A job of ours. */
export type StepJob = Job<JobData, JobResult>

/** A worker that can be left: its own `close` waits for a queue that is away, and its timers keep the process. */
export type StepWorker = Worker<JobData, JobResult> & { leave(): Promise<void> }

/** A queue that has been reached. Its connections wait for a server that goes away, and say so once. */
export interface Broker {
  /** Its URL without what is secret. */
  readonly shown: string
  queue(): Queue<JobData, JobResult>
  events(): QueueEvents
  worker(
    processor: Processor<JobData, JobResult>,
    options: Omit<WorkerOptions, 'connection' | 'prefix'>,
  ): StepWorker
  /** An answer of the queue, waiting for it where it is away. */
  ask<T>(what: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /**
   * Puts a job back, for another worker, or for anyone after some milliseconds; what a processor ends with that has done so. A lock
   * that is lost has put it back already.
   */
  putBack(job: StepJob, token: string, delay?: number): Promise<Error>
  /** Whether the queue is away, as far as is known. */
  isAway(): boolean
  /** From now on, what the queue is asked for fails where it is away, and nothing keeps the process for it. */
  leave(): void
  /** Calls back when the queue is there again. */
  onBack(listener: () => void): void
}

/** What the queue, its events and its workers have in common. */
interface Watched {
  setMaxListeners(count: number): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  getBackend(): { on(event: 'ready', listener: () => void): unknown }
}

/** Connections of one pool of PostgreSQL's; there are up to three in a process. */
const POOL = 4
/** Milliseconds between two attempts to reach a server that is away. */
const again = (times: number) => Math.min(50 * 2 ** times, 2000)
/** Milliseconds within which a server that goes away again is not told of again. */
const TOLD = 60_000

/**
 * Reaches a queue.
 *
 * @throws BlindspotError `bad-option` for a URL of another kind, `missing-package`, `io` where the queue cannot be reached
 */
export async function openBroker(text: string, { prefix = QUEUE }: BrokerOptions = {}): Promise<Broker> {
  const url = parseQueueUrl(text)
  if (!/^[a-z_]\w{0,62}$/i.test(prefix))
    throw new BlindspotError(
      'bad-option',
      `queue: prefix: expected up to 63 letters, digits and _, and no digit first, got ${prefix}`,
    )
  const bullmq = await packageOf('bullmq', () => import('bullmq'))
  await reach(url, prefix)

  const { createRedisBackend, createPostgresBackend } = bullmq
  let isLeaving = false
  const retryStrategy = (times: number) => (isLeaving ? null : again(times))
  const isRedis = url.kind === 'redis'
  const connection = isRedis
    ? { url: url.href, maxRetriesPerRequest: null, retryStrategy }
    : { connectionString: url.href, schema: prefix, max: POOL }
  // Redis' version and policy have been looked at
  const base = { connection, prefix, skipVersionCheck: isRedis }
  // what the classes are asked for does not depend on the backend
  const backend = isRedis
    ? createRedisBackend
    : (createPostgresBackend as unknown as typeof createRedisBackend)

  class LeavingWorker extends bullmq.Worker<JobData, JobResult> {
    leave(): Promise<void> {
      return this.lockManager.close()
    }
  }

  let isAway = false
  let told = -TOLD
  const listeners = new Set<() => void>()
  const away = (error: unknown) => {
    if (isAway || isLeaving) return
    isAway = true
    if (performance.now() - told < TOLD) return
    told = performance.now()
    warn(`queue ${url.shown}: ${whyNot(error, url)}; waiting for it`)
  }
  const back = () => {
    isAway = false
    for (const listener of listeners) listener()
  }
  const watched = <T extends Watched>(one: T): T => {
    one.setMaxListeners(0)
    one.on('error', (error: Error) => {
      if (isConnectionError(error)) away(error)
      else warnOnce(`queue ${url.shown}: ${url.clean(error.message)}`)
    })
    one.getBackend().on('ready', () => {
      if (isAway) back()
    })
    return one
  }
  const ask: Broker['ask'] = async (what, signal) => {
    for (let times = 0; ; times++)
      try {
        const answer = await what()
        if (isAway) back()
        return answer
      } catch (error) {
        if (!isConnectionError(error) || isLeaving || signal?.aborted) throw error
        away(error)
        await new Promise((resolve) => setTimeout(resolve, again(times)))
      }
  }
  return {
    shown: url.shown,
    queue: () => watched(new bullmq.Queue<JobData, JobResult>(QUEUE, base, backend)),
    events: () => watched(new bullmq.QueueEvents(QUEUE, base, backend)),
    worker: (processor, options) =>
      watched(new LeavingWorker(QUEUE, processor, { ...options, ...base }, backend)),
    ask,
    isAway: () => isAway,
    leave: () => {
      isLeaving = true
    },
    async putBack(job, token, delay) {
      const isLater = delay !== undefined
      const move = () => (isLater ? job.moveToDelayed(Date.now() + delay, token) : job.moveToWait(token))
      await ask<unknown>(move).catch(() => undefined)
      return isLater ? new bullmq.DelayedError() : new bullmq.WaitingError()
    },
    onBack: (listener) => void listeners.add(listener),
  }
}

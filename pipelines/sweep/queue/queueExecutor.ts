import type { Queue, QueueEvents } from 'bullmq'
import { warnOnce } from '../../../operators/errors.js'
import type { Progress } from '../../../operators/flow/progress.js'
import { identity } from '../../../operators/records/identity.js'
import { closedExecutor } from '../closed.js'
import type { Executor, Outcome, Task, TaskOptions } from '../executor.js'
import type { Broker, BrokerOptions, StepJob } from './broker.js'
import { closeAll } from './closeAll.js'
import { jobId, type JobData, type JobResult } from './job.js'
import { ALONE, JOB, LOOK, STALLED } from './policies.js'
import { absolute } from '../../../sources/place.js'
import { requireKnown } from '../../../operators/options/knownOptions.js'
import { requireText } from '../../../operators/options/requireKinds.js'

export interface QueueExecutorOptions extends BrokerOptions {
  /** Tasks that are in the queue at once. Default 1000. */
  readonly slots?: number | undefined
  /** Milliseconds between two looks at a job that nothing was heard of. Default 10,000. */
  readonly look?: number | undefined
}

/** How often a job is put into the queue again that failed through no fault of its step. */
const AGAIN = 3

/**
 * Has the steps of a data set performed by workers anywhere that take them from a queue, and have the data set's folder.
 *
 * A job that is there already, of one that asked before and is gone, is waited for. One that is lost, with all of the queue,
 * is put there again. Who is interrupted takes back what nobody has begun.
 *
 * @param folder of the data set, which is there
 * @param url `redis://`, `rediss://`, `postgres://`
 * @throws BlindspotError as `openBroker`
 */
export async function queueExecutor(
  folder: string,
  url: string,
  options: QueueExecutorOptions = {},
): Promise<Executor> {
  requireKnown<QueueExecutorOptions>('queueExecutor', options, { slots: true, look: true, prefix: true })
  requireText('queueExecutor', folder, 'the folder of a data set')
  const { openBroker } = await import('./broker.js')
  const broker = await openBroker(url, options)
  const [queue, events] = [broker.queue(), broker.events()]
  await broker.ask(() => Promise.all([queue.waitUntilReady(), events.waitUntilReady()]))
  return new QueueExecutor(absolute(folder), { broker, queue, events }, options)
}

/** The queue as who puts jobs into it sees it. */
interface Asked {
  readonly broker: Broker
  readonly queue: Queue<JobData, JobResult>
  readonly events: QueueEvents
}

class QueueExecutor implements Executor {
  readonly slots: number
  readonly #folder: string
  readonly #asked: Asked
  readonly #look: number
  readonly #closing = new AbortController()
  readonly #bells = new Set<() => void>()
  #hasWorkers = false

  constructor(folder: string, asked: Asked, { slots = 1000, look = LOOK }: QueueExecutorOptions) {
    this.slots = slots
    this.#folder = folder
    this.#asked = asked
    this.#look = look
    asked.broker.onBack(() => this.#ring())
  }

  async perform(task: Task, { signal: own, onProgress, onBegin }: TaskOptions = {}): Promise<Outcome> {
    if (this.#closing.signal.aborted && !own?.aborted) throw closedExecutor()
    const signal = AbortSignal.any([this.#closing.signal, ...(own ? [own] : [])])
    if (signal.aborted) return { kind: 'interrupted' }
    const id = jobId(this.#folder, task)
    const { events } = this.#asked
    const bell = new Bell()
    const ring = () => bell.ring()
    let begun = false
    const silence = setTimeout(() => this.#warnAlone(), ALONE * this.#look).unref()
    let fail: (error: unknown) => void = () => undefined
    // the first error of who is told ends the task
    const failing = new Promise<never>((_, reject) => (fail = reject))
    const tell = (what: () => void) => {
      try {
        what()
      } catch (error) {
        fail(error)
      }
    }
    const begin = () => {
      clearTimeout(silence)
      this.#hasWorkers = true
      if (!begun) tell(() => onBegin?.())
      begun = true
    }
    const report = ({ data }: { readonly data: unknown }) => {
      begin()
      tell(() => onProgress?.(data as Progress))
    }
    const ENDS = [`completed:${id}`, `failed:${id}`, `removed:${id}`] as const
    for (const event of ENDS) events.on(event as 'completed', ring)
    events.on(`active:${id}` as 'active', begin).on(`progress:${id}` as 'progress', report)
    this.#bells.add(ring)
    const aborted = new Promise<'aborted'>((tell) => signal.addEventListener('abort', () => tell('aborted')))
    try {
      const followed = this.#follow(id, task, { signal, bell, begin })
      const outcome = await Promise.race([followed, aborted, failing])
      if (outcome !== 'aborted') return outcome
      // what it still asks for is answered by nobody
      followed.catch(() => undefined)
      return await this.#leave(id)
    } finally {
      clearTimeout(silence)
      ring()
      this.#bells.delete(ring)
      for (const event of ENDS) events.off(event as 'completed', ring)
      events.off(`active:${id}` as 'active', begin).off(`progress:${id}` as 'progress', report)
    }
  }

  async close(): Promise<void> {
    const { broker, queue, events } = this.#asked
    this.#closing.abort()
    this.#ring()
    broker.leave()
    await closeAll([() => events.close(), () => queue.close()])
  }

  /** Says where nobody has begun any step yet: the commonest cause is that no worker was started. */
  #warnAlone(): void {
    const { broker } = this.#asked
    if (this.#hasWorkers || broker.isAway()) return
    warnOnce(
      `queue ${broker.shown}: no worker has begun a step for ${(ALONE * this.#look) / 1000} s; see that one runs: blindspot worker --queue URL`,
    )
  }

  #ring(): void {
    for (const ring of this.#bells) ring()
  }

  /** Sees that a job is in the queue until it has ended; whatever is heard of it, what the queue says of it counts. */
  async #follow(
    id: string,
    task: Task,
    {
      signal,
      bell,
      begin,
    }: { readonly signal: AbortSignal; readonly bell: Bell; readonly begin: () => void },
  ): Promise<Outcome> {
    let isOurs = false
    const isOver = () => signal.aborted
    const wanted = identity(task)
    for (let times = 0; !isOver();) {
      const heard = bell.next(this.#look)
      // in this order: the job is then at least as far as its state says
      const state = await this.#ask(() => this.#asked.queue.getJobState(id), signal)
      const job =
        state === 'unknown' ? undefined : await this.#ask(() => this.#asked.queue.getJob(id), signal)
      if (isOver()) break
      const hasEnded = state === 'completed' || state === 'failed'
      // of one that asks for more or less of the step
      const isOther = job !== undefined && identity(job.data.task) !== wanted
      if (job && hasEnded && isOurs && !isOther) {
        const outcome = outcomeOf(job, state, times++ >= AGAIN)
        if (outcome) return outcome
      }
      if (job && (hasEnded || (isOther && state !== 'active')))
        await this.#ask(() => this.#asked.queue.remove(id), signal)
      if (!job || hasEnded || isOther) await this.#add(id, task, signal)
      if (state === 'active') begin()
      isOurs = true
      await heard
    }
    return { kind: 'interrupted' }
  }

  /** Puts a job into the queue, which keeps the one that it has by that name. */
  async #add(id: string, task: Task, signal: AbortSignal): Promise<void> {
    const data = { folder: this.#folder, task }
    if (!signal.aborted)
      await this.#ask(() => this.#asked.queue.add(task.step.kind, data, { ...JOB, jobId: id }), signal)
  }

  /** Takes a job back, unless somebody is at it. */
  async #leave(id: string): Promise<Outcome> {
    if (!this.#asked.broker.isAway()) await closeAll([() => this.#asked.queue.remove(id)])
    return { kind: 'interrupted' }
  }

  #ask<T>(what: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#asked.broker.ask(what, signal)
  }
}

/** What a job that has ended says of its step; nothing where it failed through no fault of that, and is to be tried again. */
function outcomeOf(job: StepJob, state: 'completed' | 'failed', isLast: boolean): Outcome | undefined {
  if (state === 'completed') return job.returnvalue
  const { data, failedReason } = job
  if (data.failure) return data.failure
  const failure = { kind: 'failed', code: undefined, log: '', general: false } as const
  if (STALLED.test(failedReason))
    return {
      ...failure,
      message:
        'the workers that were at the step were lost, one after the other (killed, out of memory or cut off); ' +
        'look at what they wrote, and at the memory of their machines',
    }
  return isLast ? { ...failure, message: `the worker could not end the step: ${failedReason}` } : undefined
}

/** Wakes one who waits. */
class Bell {
  #wake: () => void = () => undefined

  ring(): void {
    this.#wake()
  }

  /** Resolves when it is rung from now on, or after some time. */
  async next(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, milliseconds)
    })
    clearTimeout(timer)
  }
}

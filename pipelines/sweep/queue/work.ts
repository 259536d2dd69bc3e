import { availableParallelism } from 'node:os'
import { BlindspotError, warnOnce } from '../../../operators/errors.js'
import type { Progress } from '../../../operators/flow/progress.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import type { Outcome, Task } from '../executor.js'
import { StepProcesses, type StepProcessesOptions } from '../children/stepProcesses.js'
import type { BrokerOptions, StepJob } from './broker.js'
import { closeAll } from './closeAll.js'
import { checkedJob, type JobResult } from './job.js'
import { holding, LEASE, REPORT, SEE_AGAIN } from './policies.js'
import { requireKnown } from '../../../operators/options/knownOptions.js'

export interface WorkOptions extends BrokerOptions, Partial<StepProcessesOptions> {
  /** The data set's folder where it is another one here than where the steps are asked for. Default: the same. */
  readonly folder?: string | undefined
  /** Milliseconds after which a job whose worker is no longer heard of is given to another. Default 30,000. */
  readonly lease?: number | undefined
  /** Ends the work: no new jobs, those that are begun commit what is whole and go back to the queue. */
  readonly signal?: AbortSignal | undefined
  /** Told when it waits for jobs. */
  readonly onReady?: (() => void) | undefined
  readonly onBegin?: ((task: Task) => void) | undefined
  readonly onEnd?: ((task: Task, outcome: Outcome) => void) | undefined
}

/**
 * Performs the steps of a queue until the signal, in child processes that die alone; the queue's own process only waits for
 * them, so that a job's lock is renewed while its step computes.
 *
 * A step whose data set is not to be seen here goes back to the queue.
 *
 * @throws BlindspotError as `openBroker`
 */
export async function work(url: string, options: WorkOptions = {}): Promise<void> {
  requireKnown<WorkOptions>('work', options, {
    folder: true,
    lease: true,
    signal: true,
    onReady: true,
    onBegin: true,
    onEnd: true,
    prefix: true,
    workers: true,
    stepsPerProcess: true,
    bytesPerProcess: true,
    threads: true,
    execArgv: true,
  })
  const { lease = LEASE, workers = availableParallelism(), signal, onReady } = options
  signal?.throwIfAborted()
  if (!(lease > 0 && Number.isFinite(lease)))
    throw new BlindspotError('bad-option', `lease: expected a number above 0, got ${lease}`)
  const processes = new StepProcesses({ ...options, workers })
  const { openBroker } = await import('./broker.js')
  const broker = await openBroker(url, options)
  const stop = new AbortController()

  const perform = async (job: StepJob, token = ''): Promise<JobResult> => {
    const { folder, task, failure } = checkedJob(job.data)
    // of an earlier attempt
    if (failure) await broker.ask(() => job.updateData({ folder, task }))
    const here = options.folder ?? folder
    if (!(await isThere(here))) throw await broker.putBack(job, token, SEE_AGAIN)
    options.onBegin?.(task)
    const outcome = await processes.perform(here, task, { signal: stop.signal, onProgress: reporting(job) })
    options.onEnd?.(task, outcome)
    if (outcome.kind === 'interrupted') throw await broker.putBack(job, token)
    if (outcome.kind !== 'failed') return outcome
    await broker.ask(() => job.updateData({ folder, task, failure: outcome }), stop.signal)
    throw new Error(outcome.message)
  }

  const ended = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  const end = () => stop.abort()
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  const worker = broker.worker(perform, { ...holding(lease), concurrency: workers })
  try {
    await worker.waitUntilReady()
    onReady?.()
    if (!stop.signal.aborted) await ended
  } finally {
    signal?.removeEventListener('abort', end)
    broker.leave()
    const closing = worker.close()
    await processes.close()
    await closeAll([() => closing, () => worker.disconnect(), () => worker.leave()])
  }
}

/** Whether a data set is to be seen here; where it is not, its steps are others', and that is said once. */
async function isThere(folder: string): Promise<boolean> {
  try {
    await openLake(folder, { readOnly: true })
    return true
  } catch (error) {
    warnOnce(
      `${(error as Error).message}; its steps are left to other workers: mount it here, or name its folder with --dir`,
    )
    return false
  }
}

/** Reports a step's progress to its job, once a second at most, and no further one while the queue is away. */
function reporting(job: StepJob): (progress: Progress) => void {
  let last = -REPORT
  let isSending = false
  return (progress) => {
    const now = performance.now()
    if (isSending || (now - last < REPORT && progress.state === 'running')) return
    last = now
    isSending = true
    job
      .updateProgress(progress)
      .catch(() => undefined)
      .finally(() => {
        isSending = false
      })
  }
}

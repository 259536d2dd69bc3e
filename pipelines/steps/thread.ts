import { Worker } from 'node:worker_threads'
import { from } from 'rxjs'
import { BlindspotError, type ErrorCode } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { mapConcurrent } from '../../operators/flow/mapConcurrent.js'
import type { Progress } from '../../operators/flow/progress.js'
import { prepareEnvironment } from '../../operators/tensor/environment.js'
import type { Lake } from '../../sinks/lake/lake.js'
import type { Effort, Performed, PlannedStep, Step } from './stepKind.js'

/** What a thread is given: a step, and the part of the effort that is plain data. */
export interface ThreadTask {
  readonly folder: string
  readonly step: Step
  readonly effort: Omit<Effort, 'signal' | 'onProgress' | 'onBackend'>
}

/** What the thread of a step tells. */
export type ThreadMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly performed: Performed }
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string }

/**
 * Performs a step in a thread of its own, with a backend and models of its own, so that several can run side by side.
 * An interruption reaches it as it would here.
 *
 * @throws as `perform`
 */
export function performInThread(lake: Lake, step: Step, effort: Effort = {}): Promise<Performed> {
  const { signal, onProgress, limit, examples, workers, batchSize, backend, notes } = effort
  const plain = { limit, examples, workers, batchSize, backend, notes }
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    prepareEnvironment()
    const task: ThreadTask = { folder: lake.folder, step, effort: plain }
    const worker = new Worker(new URL('./stepThread.js', import.meta.url), { workerData: task, execArgv: [] })
    const interrupt = () => worker.postMessage('interrupt')
    signal?.addEventListener('abort', interrupt)
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'done') resolve(message.performed)
      else if (signal?.aborted) reject(signal.reason as Error)
      else {
        const { code, message: text } = message
        reject(code ? new BlindspotError(code, text) : new Error(text))
      }
    })
    worker.on('error', reject)
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', interrupt)
      reject(new Error(`the thread of ${step.name} ended early, with code ${code}`))
    })
  })
}

/**
 * Performs steps that need nothing of each other side by side, each in a thread of its own.
 *
 * @param threads at once; longest steps first makes them end together
 */
export async function performInThreads(
  lake: Lake,
  steps: readonly PlannedStep[],
  threads: number,
  effort: Effort = {},
): Promise<readonly Performed[]> {
  const all: Performed[] = []
  const performed = from(steps).pipe(
    mapConcurrent(
      ({ step, effort: own }, _, signal) => performInThread(lake, step, { ...effort, ...own, signal }),
      { concurrency: threads, ordered: false },
    ),
  )
  await consume(performed, (one) => void all.push(one), { signal: effort.signal })
  return all
}

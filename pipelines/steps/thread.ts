import { Worker } from 'node:worker_threads'
import { from } from 'rxjs'
import { BlindspotError, warnOnce, type ErrorCode } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { mapConcurrent } from '../../operators/flow/mapConcurrent.js'
import type { Progress } from '../../operators/flow/progress.js'
import { requireArray } from '../../operators/options/requireKinds.js'
import type { Backend } from '../../operators/tensor/backend.js'
import { prepareEnvironment } from '../../operators/tensor/environment.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { checkEffort } from './effort.js'
import type { Effort, Performed, PlannedStep, Step } from './stepKind.js'
import { Telling } from './telling.js'

/** What a thread is told to do; `close` comes after the step that it is at. */
export type ThreadRequest =
  | { readonly kind: 'perform'; readonly step: Step; readonly effort: PlainEffort }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'close' }

/** The part of an effort that is plain data. */
type PlainEffort = Omit<Effort, 'signal' | 'onProgress' | 'onBackend'>

/** What a thread tells of the step that it is at. */
export type ThreadMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'backend'; readonly backend: Backend }
  | { readonly kind: 'warning'; readonly message: string }
  | ThreadAnswer

/** What a thread ends a step with. */
type ThreadAnswer =
  | { readonly kind: 'done'; readonly performed: Performed }
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string }

/** A thread that performs steps into a data set, one after the other, with a backend and models of its own. */
class StepThread {
  readonly #worker: Worker
  readonly #ended: Promise<never>

  /** @param folder of the data set */
  constructor(folder: string) {
    prepareEnvironment()
    this.#worker = new Worker(new URL('./stepThread.js', import.meta.url), {
      workerData: folder,
      execArgv: [],
    })
    this.#ended = new Promise((_, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('exit', (code) => reject(new Error(`a thread of steps ended early, with code ${code}`)))
    })
    // seen by the step that it is at
    this.#ended.catch(() => undefined)
  }

  async perform(step: Step, { signal, onProgress, onBackend, ...effort }: Effort): Promise<Performed> {
    signal?.throwIfAborted()
    const interrupt = () => this.#tell({ kind: 'interrupt' })
    const telling = new Telling(interrupt)
    const answered = new Promise<ThreadAnswer>((resolve) => {
      this.#worker.removeAllListeners('message').on('message', (message: ThreadMessage) => {
        if (message.kind === 'progress') telling.tell(() => onProgress?.(message.progress))
        else if (message.kind === 'backend') telling.tell(() => onBackend?.(message.backend))
        else if (message.kind === 'warning') warnOnce(message.message)
        else resolve(message)
      })
    })
    signal?.addEventListener('abort', interrupt)
    try {
      this.#perform(step, effort)
      const answer = await Promise.race([answered, this.#ended])
      telling.throwIfFailed()
      if (answer.kind === 'done') return answer.performed
      signal?.throwIfAborted()
      throw errorOf(answer)
    } finally {
      signal?.removeEventListener('abort', interrupt)
    }
  }

  close(): void {
    this.#tell({ kind: 'close' })
  }

  #perform(step: Step, effort: PlainEffort): void {
    try {
      this.#tell({ kind: 'perform', step, effort })
    } catch (cause) {
      const { message } = cause as Error
      throw new BlindspotError(
        'bad-option',
        `step ${step.name}: expected a step and notes of plain JSON, got what no thread can be given: ${message}`,
        { cause },
      )
    }
  }

  #tell(request: ThreadRequest): void {
    this.#worker.postMessage(request)
  }
}

const errorOf = ({ code, message }: Extract<ThreadAnswer, { kind: 'error' }>) =>
  code ? new BlindspotError(code, message) : new Error(message)

/**
 * Performs a step in a thread of its own, with a backend and models of its own, so that several can run side by side.
 * An interruption reaches it as it would here.
 *
 * @throws as `perform`
 */
export async function performInThread(lake: Lake, step: Step, effort: Effort = {}): Promise<Performed> {
  requireLake('performInThread', lake)
  checkEffort('effort', effort)
  const thread = new StepThread(lake.folder)
  try {
    return await thread.perform(step, effort)
  } finally {
    thread.close()
  }
}

/**
 * Performs steps that need nothing of each other side by side, each thread one after the other.
 *
 * @param threads at once; longest steps first makes them end together
 * @returns in the order of the steps
 * @throws as `perform`
 */
export async function performInThreads(
  lake: Lake,
  steps: readonly PlannedStep[],
  threads: number,
  effort: Effort = {},
): Promise<readonly Performed[]> {
  requireArray('performInThreads: steps', steps, '{ step, effort }')
  requireLake('performInThreads', lake)
  checkEffort('effort', effort)
  const [all, idle]: [StepThread[], StepThread[]] = [[], []]
  const begun: Promise<Performed>[] = []
  const begin = () => {
    const thread = new StepThread(lake.folder)
    all.push(thread)
    return thread
  }
  const running = new Set<Promise<unknown>>()
  const inThread = async ({ step, effort: own }: PlannedStep, signal: AbortSignal): Promise<Performed> => {
    const thread = idle.pop() ?? begin()
    const work = thread.perform(step, { ...effort, ...own, signal })
    running.add(work)
    try {
      return await work
    } catch (error) {
      running.delete(work)
      // one of the others may be at the same training by another name
      if (!(error instanceof BlindspotError && error.code === 'busy') || running.size === 0) throw error
    } finally {
      running.delete(work)
      idle.push(thread)
    }
    await Promise.race([...running]).catch(() => undefined)
    return inThread({ step, effort: own }, signal)
  }
  const results = from(steps).pipe(
    mapConcurrent(
      (planned, _, signal) => {
        const one = inThread(planned, signal)
        begun.push(one)
        return one
      },
      { concurrency: threads, ordered: false },
    ),
  )
  try {
    await consume(results, () => undefined, { signal: effort.signal })
    return await Promise.all(begun)
  } finally {
    // those that were interrupted leave what is whole
    await Promise.allSettled(begun)
    for (const thread of all) thread.close()
  }
}

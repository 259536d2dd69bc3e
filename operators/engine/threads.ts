import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { ModelReference } from '../classifier.js'
import { BlindspotError, warnOnce } from '../errors.js'
import type { ImageBatch } from '../records/image.js'
import { usedBackend, type BackendName } from '../tensor/backendName.js'
import { prepareEnvironment } from '../tensor/environment.js'
import type { Attacker, AttackerEvents, EngineOptions } from './attacker.js'
import {
  columnsOf,
  receivedError,
  type FromThread,
  type ThreadBackend,
  type ThreadData,
  type ToThread,
} from './messages.js'

/** The process' threads of attacks, kept for the next one. They do not keep the process alive while they idle. */
let threads: AttackThread[] = []
let lastTask = 0

/** Threads that an attack starts by itself at most: more cores are left to other work. */
const MOST_WORKERS = 8

/** Threads that anybody may ask for at most: each takes 0.2 GB. */
const MOST_THREADS = 256

/**
 * Checks a number of workers.
 *
 * @throws BlindspotError `bad-option` for a number of workers that cannot be had
 */
export function checkWorkers(workers: number, owner = 'attack'): void {
  if (Number.isSafeInteger(workers) && workers >= 0 && workers <= MOST_THREADS) return
  throw new BlindspotError(
    'bad-option',
    `${owner}: workers: expected a whole number from 0 to ${MOST_THREADS}, got ${workers}`,
  )
}

/** Workers that an attack on a model on disk uses: one per core, 8 at most; 0, the main thread, on a single core. */
export function defaultWorkers(): number {
  const cores = availableParallelism()
  return cores > 1 ? Math.min(cores, MOST_WORKERS) : 0
}

/** Whether at least one thread of attacks is running. */
export const threadsRunning = (): boolean => threads.length > 0

/**
 * Gives so many threads, the idle ones first; what lacks is started, each with a backend of its own.
 *
 * @param backend default: the one that this thread uses, or else as `useBackend` chooses
 * @throws BlindspotError `bad-option`, before any is started, for a number that cannot be had
 */
export function attackThreads(
  count: number,
  backend: BackendName | undefined = usedBackend(),
): readonly AttackThread[] {
  checkWorkers(count)
  const fitting = threads.filter((thread) => thread.computesWith(backend))
  while (fitting.length < count) {
    const thread = new AttackThread(backend)
    threads.push(thread)
    fitting.push(thread)
  }
  return fitting.sort((a, b) => a.busy - b.busy).slice(0, count)
}

export class AttackThread {
  /** The worker itself, for tests. */
  readonly worker: Worker
  private readonly tasks = new Map<number, AttackerEvents>()
  private waiters: { resolve: (backend: ThreadBackend) => void; reject: (error: unknown) => void }[] = []
  private loaded: ThreadBackend | undefined
  private failure: { readonly error: Error } | undefined

  constructor(private readonly choice: BackendName | undefined) {
    prepareEnvironment()
    const data: ThreadData = { backend: choice }
    // no execArgv: a thread would refuse some, such as the --input-type of `node -e`
    this.worker = new Worker(new URL('./attackThread.js', import.meta.url), {
      workerData: data,
      execArgv: [],
    })
    this.worker.on('message', (message: FromThread) => this.receive(message))
    this.worker.on('error', (error: Error) => this.end(error))
    this.worker.on('exit', (code) =>
      this.end(new Error(`a thread of the attack ended early, with code ${code}`)),
    )
    this.worker.unref()
  }

  /** Tasks at work or about to be, to compare threads by. */
  get busy(): number {
    return this.tasks.size + this.waiters.length
  }

  computesWith(backend: BackendName | undefined): boolean {
    return backend === undefined || backend === (this.loaded?.name ?? this.choice)
  }

  /** The backend that the thread computes with, once it is loaded. */
  backend(): Promise<ThreadBackend> {
    if (this.failure) return Promise.reject(this.failure.error)
    if (this.loaded) return Promise.resolve(this.loaded)
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject })
      this.keepAlive()
    })
  }

  /** Begins a task; its batches' memory moves to the thread. */
  open(model: ModelReference, options: EngineOptions, events: AttackerEvents): Attacker {
    const task = ++lastTask
    if (this.failure) queueMicrotask(() => events.failed(this.failure?.error))
    this.tasks.set(task, events)
    this.keepAlive()
    this.send({ kind: 'open', task, model, options })
    return {
      add: (id, batch) => {
        const own = ownColumns(batch)
        this.send({ kind: 'add', task, id, batch: own }, columnsOf(own))
      },
      close: () => {
        if (this.tasks.delete(task)) this.send({ kind: 'close', task })
        this.keepAlive()
      },
    }
  }

  private send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  private keepAlive(): void {
    if (this.busy > 0) this.worker.ref()
    else this.worker.unref()
  }

  private receive(message: FromThread): void {
    switch (message.kind) {
      case 'ready': {
        this.loaded = message.backend
        for (const { resolve } of this.waiters) resolve(message.backend)
        this.waiters = []
        return this.keepAlive()
      }
      case 'unusable':
        return this.end(receivedError(message.error))
      case 'warning':
        return warnOnce(message.message)
      case 'admitted':
        return this.tasks.get(message.task)?.admitted(message.images)
      case 'done':
        return this.tasks.get(message.task)?.done(message.id, message.rows, message.stats)
      case 'failed': {
        const { task, error } = message
        const events = this.tasks.get(task)
        this.tasks.delete(task)
        this.keepAlive()
        events?.failed(receivedError(error))
        // what nobody foresaw may have left anything behind
        if (error.code === undefined) this.end(receivedError(error))
      }
    }
  }

  /** The thread is of no more use: fails what it was at, and the next attack starts another. */
  private end(error: Error): void {
    if (this.failure) return
    this.failure = { error }
    threads = threads.filter((thread) => thread !== this)
    void this.worker.terminate()
    const tasks = [...this.tasks.values()]
    this.tasks.clear()
    for (const { failed } of tasks) failed(error)
    for (const { reject } of this.waiters) reject(error)
    this.waiters = []
  }
}

/** The batch with memory of its own: the source's stays where it is. */
function ownColumns(batch: ImageBatch): ImageBatch {
  const { index, label, pixels } = batch
  return { ...batch, index: index.slice(), label: label.slice(), pixels: pixels.slice() }
}

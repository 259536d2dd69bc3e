import { unexpected } from '../../../operators/options/unexpected.js'
import { closedExecutor } from '../closed.js'
import type { Outcome, Task, TaskOptions } from '../executor.js'
import type { StepProcess, StepProcessOptions } from './stepProcess.js'

export interface StepProcessesOptions extends StepProcessOptions {
  /** Steps at once. */
  readonly workers: number
  /** Steps after which a child is replaced: what libraries keep grows. Default 20. */
  readonly stepsPerProcess?: number | undefined
  /** Bytes above which a child is replaced after a step. Default 1 GiB. */
  readonly bytesPerProcess?: number | undefined
}

/**
 * Performs steps in child processes, each with a backend and models of its own: a step that dies takes nothing else with it,
 * and several use several cores.
 *
 * An interruption reaches a child as it would a step here: it commits what is whole. A child whose parent is gone does the
 * same by itself, and ends.
 *
 * @example
 * const processes = new StepProcesses({ workers: 4 })
 * const outcome = await processes.perform('results', { id, step, effort: {} })
 * await processes.close()
 */
export class StepProcesses {
  readonly #options: StepProcessesOptions
  readonly #idle: StepProcess[] = []
  readonly #ending = new Set<Promise<void>>()
  readonly #atWork = new Set<Promise<unknown>>()
  readonly #waiting: ((turn: true) => void)[] = []
  readonly #closing = new AbortController()
  #free: number

  /** @throws BlindspotError `bad-option` */
  constructor(options: StepProcessesOptions) {
    requireWhole('workers', options.workers)
    for (const name of ['threads', 'stepsPerProcess', 'bytesPerProcess'] as const)
      if (options[name] !== undefined) requireWhole(name, options[name])
    this.#options = options
    this.#free = options.workers
  }

  /**
   * Performs a task into a data set, which is there; waits where as many as may be are at work.
   *
   * @throws BlindspotError `bad-option` where it is closed
   */
  async perform(folder: string, task: Task, options: TaskOptions = {}): Promise<Outcome> {
    if (this.#closing.signal.aborted && !options.signal?.aborted) throw closedExecutor()
    const signal = AbortSignal.any([this.#closing.signal, ...(options.signal ? [options.signal] : [])])
    if (!(await this.#turn(signal))) return { kind: 'interrupted' }
    const work = this.#perform(folder, task, { ...options, signal })
    this.#atWork.add(work)
    try {
      return await work
    } finally {
      this.#atWork.delete(work)
      const next = this.#waiting.shift()
      if (next) next(true)
      else this.#free += 1
    }
  }

  /** Interrupts the steps that it is at, and ends all children. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled([...this.#atWork])
    for (const child of this.#idle.splice(0)) this.#endOne(child)
    await Promise.all([...this.#ending])
  }

  async #perform(folder: string, task: Task, options: TaskOptions): Promise<Outcome> {
    const { StepProcess } = await import('./stepProcess.js')
    // in the meantime
    if (options.signal?.aborted) return { kind: 'interrupted' }
    const child = this.#idleOne() ?? new StepProcess(this.#options)
    try {
      return await child.perform(folder, task, options)
    } finally {
      if (this.#isWorn(child)) this.#endOne(child)
      else this.#idle.push(child)
    }
  }

  /** A child that is idle, the last one used first, so that those that are not needed have nothing to do. */
  #idleOne(): StepProcess | undefined {
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (!child.isEnded) return child
    return undefined
  }

  #isWorn(child: StepProcess): boolean {
    const { stepsPerProcess = 20, bytesPerProcess = 2 ** 30 } = this.#options
    return child.isEnded || child.steps >= stepsPerProcess || (child.resident ?? 0) > bytesPerProcess
  }

  #endOne(child: StepProcess): void {
    const ended = child.close().finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }

  /** Waits until a child may be had, which whoever had one before hands on; false for who is interrupted meanwhile. */
  #turn(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve(true)
    }
    return new Promise<boolean>((resolve) => {
      const leave = () => {
        const at = this.#waiting.indexOf(take)
        if (at >= 0) this.#waiting.splice(at, 1)
        resolve(false)
      }
      const take = (turn: true) => {
        signal.removeEventListener('abort', leave)
        resolve(turn)
      }
      this.#waiting.push(take)
      signal.addEventListener('abort', leave)
    })
  }
}

function requireWhole(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || Number(value) < 1)
    throw unexpected(name, 'a whole number from 1', value)
}

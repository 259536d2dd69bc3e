import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { warnOnce } from '../../../operators/errors.js'
import { shortage } from '../../commands/shortage.js'
import { Telling } from '../../steps/telling.js'
import type { ChildMessage, ChildRequest } from './childMessages.js'
import { deathOf } from './deathOf.js'
import type { Failure, Outcome, Task, TaskOptions } from '../executor.js'
import { LastLines } from './lastLines.js'
import { killedForMemory, peakOf, residentOf } from './memory.js'

/** The environment without the queue's URL, which may have a password and is nothing to a step. */
const withoutQueue = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const others = { ...environment }
  delete others['BLINDSPOT_QUEUE']
  return others
}

const CHILD = fileURLToPath(new URL('./stepChild.js', import.meta.url))
/** Milliseconds between two looks at how much memory a child takes. */
const LOOK = 500
/** Milliseconds for what an ended child wrote to come through, where others hold its pipe open. */
const DRAIN = 2000

export interface StepProcessOptions {
  /** Threads of one native operation. Default: 1, or what the environment says; see `prepareEnvironment`. */
  readonly threads?: number | undefined
  /** Node's own options of the child, such as `--max-old-space-size=4096`. Default: none. */
  readonly execArgv?: readonly string[] | undefined
}

/** A child process that performs steps, one after the other, with a backend and models of its own. */
export class StepProcess {
  readonly #child: ChildProcess
  readonly #log = new LastLines()
  /** Resolves with the end of the process, when all that it wrote is here; with an error where it could not be started. */
  readonly #ended: Promise<Error | undefined>
  #isEnded = false
  #steps = 0

  constructor({ threads, execArgv = [] }: StepProcessOptions = {}) {
    this.#child = fork(CHILD, [], {
      execArgv: [...execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...withoutQueue(process.env),
        ...(threads !== undefined && { TF_NUM_INTRAOP_THREADS: String(threads) }),
      },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => this.#log.add(bytes))
    this.#ended = this.#end()
    // seen by its end
    this.#child.on('error', () => undefined)
    this.#tell({ kind: 'begin', argv: process.argv })
    this.#keepParent(false)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it can be given no more steps. */
  get isEnded(): boolean {
    return this.#isEnded || !this.#child.connected
  }

  /** Steps that it was given. */
  get steps(): number {
    return this.#steps
  }

  /** Bytes that it has in memory; undefined where nothing tells. */
  get resident(): number | undefined {
    return this.pid === undefined ? undefined : residentOf(this.pid)
  }

  async perform(folder: string, task: Task, { signal, onProgress, onBegin }: TaskOptions): Promise<Outcome> {
    this.#steps += 1
    this.#log.clear()
    this.#keepParent(true)
    const interrupt = () => this.#tell({ kind: 'interrupt' })
    const telling = new Telling(interrupt)
    const answered = new Promise<Outcome>((resolve) => {
      this.#child.removeAllListeners('message').on('message', (message: ChildMessage) => {
        if (message.kind === 'progress') telling.tell(() => onProgress?.(message.progress))
        else if (message.kind === 'warning') warnOnce(message.message)
        else {
          this.#isEnded ||= message.last
          resolve(message.outcome)
        }
      })
    })
    const before = killedForMemory()
    let peak: number | undefined
    const look = () => {
      peak = (this.pid === undefined ? undefined : peakOf(this.pid)) ?? peak
    }
    const looking = setInterval(look, LOOK)
    signal?.addEventListener('abort', interrupt)
    try {
      this.#tell({ kind: 'perform', folder, task })
      telling.tell(() => onBegin?.())
      const outcome = await Promise.race([answered, this.#death(() => ({ before, peak }))])
      telling.throwIfFailed()
      // a child that was ended before it could listen
      if (outcome.kind === 'failed' && outcome.code === undefined && signal?.aborted && this.isEnded)
        return { kind: 'interrupted' }
      return outcome.kind === 'failed' && outcome.log === ''
        ? { ...outcome, log: String(this.#log) }
        : outcome
    } finally {
      clearInterval(looking)
      signal?.removeEventListener('abort', interrupt)
      this.#keepParent(false)
    }
  }

  /** Ends it after the step that it is at. */
  async close(): Promise<void> {
    this.#keepParent(true)
    this.#tell({ kind: 'close' })
    await this.#ended
  }

  /** What its end in the middle of a step comes to. */
  async #death(
    seen: () => { readonly before: number | undefined; readonly peak: number | undefined },
  ): Promise<Failure> {
    const error = await this.#ended
    if (error) return notStarted(error)
    const { before, peak } = seen()
    const now = killedForMemory()
    const { exitCode: code, signalCode: signal } = this.#child
    return deathOf({
      ...{ code, signal, peak, log: String(this.#log) },
      killedForMemory: before === undefined || now === undefined ? undefined : now > before,
    })
  }

  async #end(): Promise<Error | undefined> {
    try {
      const closed = once(this.#child, 'close').catch(() => undefined)
      await once(this.#child, 'exit')
      this.#isEnded = true
      await Promise.race([closed, sleep(DRAIN, undefined, { ref: false })])
      return undefined
    } catch (error) {
      this.#isEnded = true
      return error as Error
    }
  }

  /** Whether this process waits for the child before it ends: not for one that has nothing to do, which ends with it. */
  #keepParent(keeps: boolean): void {
    const { channel, stdout, stderr } = this.#child
    const pipes = [stdout, stderr] as readonly (Socket | null)[]
    for (const one of [this.#child, channel, ...pipes])
      if (keeps) one?.ref()
      else one?.unref()
  }

  #tell(request: ChildRequest): void {
    // what cannot be told to a child that is gone is seen by its end
    if (this.#child.connected) this.#child.send(request, () => undefined)
  }
}

/** No process, for want of memory, numbers or files: no step is to blame. */
const notStarted = (error: Error): Failure => ({
  ...{ kind: 'failed', code: 'io', log: '', general: true },
  message: `no process could be started for the step: ${shortage(error) ?? error.message}`,
})

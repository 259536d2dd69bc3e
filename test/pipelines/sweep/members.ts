import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Outcome, Task } from '../../../pipelines/sweep/executor.js'
import type { WorkOptions } from '../../../pipelines/sweep/queue/work.js'
import { childrenOf, isAlive, until } from './processes.js'

/** What a member of a queue tells of itself. */
export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun'; readonly name: string }
  | { readonly kind: 'ended'; readonly name: string; readonly outcome: Outcome }
  | { readonly kind: 'error'; readonly message: string }

/** Who asks for a step. */
export interface Asking {
  readonly url: string
  readonly folder: string
  readonly task: Task
  readonly prefix?: string | undefined
  readonly look?: number | undefined
}

/** A process that takes part in a queue. */
export interface Member {
  readonly pid: number
  readonly told: readonly Told[]
  /** What it wrote. */
  readonly said: () => string
  /** Waits until it has told something. */
  heard(kind: Told['kind']): Promise<void>
  kill(signal: NodeJS.Signals): Promise<number | null>
  ended(): Promise<void>
}

function member(what: 'work' | 'ask', args: object, env: NodeJS.ProcessEnv = {}): Member {
  const child = fork(join(import.meta.dirname, 'member.js'), [what, JSON.stringify(args)], {
    ...{ execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...env } },
  })
  const told: Told[] = []
  let said = ''
  child.on('message', (one: Told) => void told.push(one))
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const exit = once(child, 'exit')
  let isEnded = false
  void exit.then(() => (isEnded = true))
  return {
    ...{ pid: child.pid ?? 0, told, said: () => said },
    heard: async (kind) => {
      await until(() => isEnded || told.some((one) => one.kind === kind))
      if (!told.some((one) => one.kind === kind))
        throw new Error(`it ended before it was ${kind}: ${JSON.stringify(told)} ${said}`)
    },
    kill: async (signal) => {
      child.kill(signal)
      await exit
      return child.exitCode
    },
    ended: async () => {
      await exit
    },
  }
}

/** A worker, which waits for jobs. */
export async function startWorker(
  url: string,
  options: WorkOptions = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Member> {
  const one = member('work', { url, options: { workers: 1, ...options } }, env)
  await one.heard('ready')
  return one
}

/** One who asks for a step. */
export const startAsking = (asking: Asking): Member => member('ask', asking)

/** A worker that may be refused. */
export const tryWorker = (url: string, options: WorkOptions = {}, env: NodeJS.ProcessEnv = {}): Member =>
  member('work', { url, options: { workers: 1, ...options } }, env)

/** Kills a worker that is at a step, and waits until its child has seen that, and has left the step. */
export async function killAtWork(worker: Member): Promise<void> {
  await until(() => childrenOf(worker.pid).length > 0)
  const children = childrenOf(worker.pid)
  await worker.kill('SIGKILL')
  await until(() => !children.some(isAlive))
}

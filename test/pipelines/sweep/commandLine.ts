import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { openLake, type PlanStanding } from 'blindspot'
import { isAlive } from './processes.js'
import { rowsIn } from './rows.js'

const CLI = join(import.meta.dirname, '../../../pipelines/cli.js')

/** What a command came to. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A command that runs, in a process of its own. */
export interface Run {
  readonly pid: number
  readonly ended: Promise<Ended>
  isOver(): boolean
  /** What it wrote so far, on both outputs. */
  said(): string
  kill(signal: NodeJS.Signals): void
  /** What a terminal does, or a machine: to it and to all that it has begun. */
  killAll(signal: NodeJS.Signals): void
}

/** What clusters, users and the runner of tests say to a program; each test says it itself. */
const OTHERS = /^(SLURM_|JOB_COMPLETION|BLINDSPOT_|NODE_OPTIONS$)/

/** Begins `blindspot …args`; with the test's end it ends. */
export function begin(t: Test, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  const own = Object.entries(process.env).filter(([name]) => !OTHERS.test(name))
  const child = spawn(process.execPath, [CLI, ...args], {
    // with a group of its own
    ...{ stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    env: { ...Object.fromEntries(own), ...environment },
  })
  let [out, err, over] = ['', '', false]
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => {
      over = true
      resolve({ code, out, err })
    }),
  )
  const pid = child.pid ?? 0
  const killAll = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch {
      // all have ended
    }
  }
  t.teardown(async () => {
    killAll('SIGKILL')
    await ended
  })
  return {
    ...{ pid, ended, killAll, isOver: () => over, said: () => out + err },
    kill: (signal) => void child.kill(signal),
  }
}

/** `blindspot …args`, to its end. */
export const blindspot = (
  t: Test,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> => begin(t, args, environment).ended

/** What `sweep run … --json` says at its end. */
export interface Result extends PlanStanding {
  readonly made: number
  readonly failures: readonly { readonly name: string; readonly message: string }[]
}

export function resultOf({ out, err }: Ended): Result {
  const last = out.trimEnd().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(last) as Result
  } catch {
    throw new Error(`no result: ${out}${err}`)
  }
}

/** A step under way, whose process is stopped in the middle of it. */
export interface Stopped {
  /** The step's identity, and the process that performs it. */
  readonly step: string
  readonly pid: number
  /** Has it go on. */
  goOn(): void
}

/**
 * Stops a process that performs a step of a data set while it is at it, whichever comes first when it is time.
 *
 * @param runs of which one is to be at it; an error where all have ended before
 */
export async function stopped(
  folder: string,
  runs: readonly Run[],
  isTime: () => boolean | Promise<boolean> = () => true,
): Promise<Stopped> {
  const temporary = join(folder, '.tmp')
  for (;;) {
    if (runs.every((run) => run.isOver()))
      throw new Error(`it ended before: ${runs.map((run) => run.said()).join('')}`)
    const locks = existsSync(temporary) ? readdirSync(temporary) : []
    for (const lock of locks.filter((name) => /^[0-9a-f]{16}\.lock$/.test(name))) {
      const path = join(temporary, lock)
      const owner = ownerIn(path)
      if (!owner || !isAlive(owner.pid) || !(await isTime())) continue
      process.kill(owner.pid, 'SIGSTOP')
      if (ownerIn(path)?.token === owner.token)
        return {
          step: lock.slice(0, 16),
          pid: owner.pid,
          goOn: () => void process.kill(owner.pid, 'SIGCONT'),
        }
      process.kill(owner.pid, 'SIGCONT')
    }
    await sleep(5)
  }
}

/** Who has a lock, as its file says; undefined where it is not there. */
function ownerIn(path: string): { readonly pid: number; readonly token: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; token: string }
  } catch {
    return undefined
  }
}

/** Committed files, as of now: of none where there is no data set yet. */
export async function filesIn(folder: string, table?: 'models' | 'examples' | 'scores'): Promise<number> {
  if (!existsSync(join(folder, 'manifest.json'))) return 0
  return (await (await openLake(folder, { readOnly: true })).files(table && { table })).length
}

/** Sees that a data set has exactly these rows, each of its files as it was committed, and nothing half-written beside them. */
export async function expectWhole(t: Test, folder: string, rows: readonly string[]): Promise<void> {
  const lake = await openLake(folder)
  const found = await rowsIn(lake)
  // not as a difference of thousands of lines
  t.equal(found.length, rows.length, 'as many rows')
  t.equal(
    found.find((row, i) => row !== rows[i]),
    undefined,
    'the same rows',
  )
  t.same(below(join(folder, '.tmp')), [], 'nothing is left aside')
  const files = await lake.files()
  await lake.verify(files)
  t.same(
    below(folder)
      .filter((path) => path.endsWith('.parquet'))
      .sort(),
    files.map(({ path }) => path).sort(),
    'no file that is not committed',
  )
}

/** All files below a folder. */
export const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

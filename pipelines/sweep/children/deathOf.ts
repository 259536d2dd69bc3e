import type { Failure } from '../executor.js'

/** How a child process ended in the middle of a step. */
export interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last lines of what it wrote. */
  readonly log: string
  /** The greatest resident size that was seen of it, in bytes. */
  readonly peak: number | undefined
  /** Whether the system has counted a process that it killed for want of memory, meanwhile; undefined where it does not count. */
  readonly killedForMemory: boolean | undefined
}

/** What V8, the C++ library and the allocators of native code say before they end a process. */
const NO_MEMORY = /heap out of memory|bad_alloc|Allocation failed|Cannot allocate memory|out of memory/i
/** What ends native code that takes an allocation for granted. */
const STARVED: readonly NodeJS.Signals[] = ['SIGSEGV', 'SIGBUS', 'SIGTRAP']
const TO_DO =
  'use fewer --workers or a smaller --batch-size, raise the limit (a container’s or a job’s, or Node’s by ' +
  'NODE_OPTIONS=--max-old-space-size=MB), or close other programs'

/** The failure of a step whose process died: of want of memory, as far as that can be told, or of what else. */
export function deathOf(death: Death): Failure {
  return { kind: 'failed', code: undefined, message: sentenceOf(death), log: death.log, general: false }
}

function sentenceOf({ code, signal, log, peak, killedForMemory }: Death): string {
  const megabytes = peak === undefined ? undefined : Math.ceil(peak / 2 ** 20)
  const size = megabytes === undefined ? '' : `, of ${megabytes} MB when it was last seen,`
  if (signal === 'SIGKILL' || code === 137) {
    if (killedForMemory === true)
      return `the step ran out of memory: the system killed its process${size} for want of it; ${TO_DO}`
    if (killedForMemory === false)
      return `the step's process${size} was killed (SIGKILL), by somebody else than the system for want of memory`
    return (
      `the step's process${size} was killed (SIGKILL), as a system does that runs out of memory; ` +
      `where nobody did it by hand, ${TO_DO}`
    )
  }
  if (NO_MEMORY.test(log))
    return `the step ran out of memory: its process${size} could have no more; ${TO_DO}`
  if (signal !== null && STARVED.includes(signal))
    return (
      `the step's process${size} was ended by ${signal}, as native code is that gets no memory; ` +
      `where that may be so, ${TO_DO}`
    )
  const last = log.split('\n').at(-1) ?? ''
  const how = signal === null ? `ended early, with code ${code ?? 'unknown'}` : `was ended by ${signal}`
  return `the step's process${size} ${how}${last === '' ? '' : `: ${last}`}`
}

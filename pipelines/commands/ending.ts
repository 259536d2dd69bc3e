import { constants } from 'node:os'
import { say } from './outputs.js'

/** All by which terminals, supervisors and clusters end a program; heeded, SIGUSR1 opens no debugger. SIGPROF is a profiler's. */
const SIGNALS = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK'] as const),
  ...(['SIGUSR1', 'SIGUSR2', 'SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGPWR'] as const),
].filter((signal) => signal in constants.signals)

/** Milliseconds within which further signals belong to the first: a closing terminal sends several, a supervisor, too. */
const TOGETHER = 1000
/** Milliseconds that the work has to commit what is whole after an error that nothing expected. */
const TO_COMMIT = 30_000

/** The signal that has ended the work, if one has. */
export const ended: { by?: NodeJS.Signals } = {}

/** What has ended the work before it was done. */
export interface Ending {
  /** An error that nobody caught; it has been said. */
  readonly failed: boolean
  stop(): void
}

/**
 * Lets the work end in order, with its whole rows committed and its locks released: aborts it at the first signal or at an
 * error that nobody caught. A second signal, or Ctrl-C twice, ends the process at once, with 130.
 */
export function endInOrder(work: AbortController, describe: (error: unknown) => string): Ending {
  let first: number | undefined
  let failed = false
  let timer: NodeJS.Timeout | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (first !== undefined && (signal === 'SIGINT' || now - first > TOGETHER)) process.exit(130)
    first ??= now
    ended.by ??= signal
    work.abort()
  }
  const onError = (error: unknown) => {
    if (failed) return
    failed = true
    void say(describe(error))
    timer = setTimeout(() => process.exit(1), TO_COMMIT)
    work.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('uncaughtException', onError).on('unhandledRejection', onError)
  return {
    get failed() {
      return failed
    },
    stop: () => {
      clearTimeout(timer)
      for (const signal of SIGNALS) process.off(signal, onSignal)
      process.off('uncaughtException', onError).off('unhandledRejection', onError)
    },
  }
}

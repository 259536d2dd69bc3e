import { commandLine } from '../steps/provenance.js'
import { interrupt } from './command.js'
import { ended } from './ending.js'

/** Exit code of work that was ended from outside and goes on by the same call: EX_TEMPFAIL of sysexits.h, "try again". */
const REQUEUE = 75

/** What schedulers end programs with before their time is up or their machine is taken; Ctrl-C is somebody's own wish. */
const PREEMPTIONS: readonly NodeJS.Signals[] = [
  'SIGTERM',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGXCPU',
  'SIGPWR',
]

/**
 * Ends a command that a scheduler has ended with a code that says so, which asks for it to be begun again; says whether that is so.
 */
export function requeued(): boolean {
  if (!interrupt.signal.aborted || ended.by === undefined || !PREEMPTIONS.includes(ended.by)) return false
  const { command } = commandLine()
  console.error(
    `ended by ${ended.by}; what is committed stays, and the same call goes on${command ? `: ${command}` : ''}`,
  )
  process.exitCode = REQUEUE
  return true
}

import { constants } from 'node:os'

/**
 * All by which terminals, supervisors and clusters end a program. They reach every process of a group: children leave it to
 * their parent to say what is to be done. SIGUSR1 would have Node open its debugger.
 */
const SIGNALS = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGPWR'] as const),
].filter((signal) => signal in constants.signals)

/** Has signals change nothing in this process; SIGKILL and SIGSTOP do. */
export function ignoreSignals(): void {
  for (const signal of SIGNALS) process.on(signal, () => undefined)
}

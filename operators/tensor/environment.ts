import { availableParallelism } from 'node:os'
import { runInThisContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'
import { BlindspotError } from '../errors.js'

/**
 * What TensorFlow's library reads from the environment when it is loaded. Each is set only where it is not yet:
 * - no start-up lines on stderr;
 * - no oneDNN operations: 5 to 15 % faster at this project's sizes, and quiet;
 * - one thread: small networks are faster so (an SGD step of 784-100-100-10 takes 1.4 ms against 2.5 with two), and
 *   the cores go to several workers or processes.
 */
const defaults = {
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
} as const

const inherited = Object.keys(defaults).every((name) => process.env[name] !== undefined)

/**
 * Sets the library's environment for this process. Importing `backend.ts` on the main thread does it; a main thread
 * that leaves TensorFlow to its workers and does not import that calls this before it starts them.
 */
export function prepareEnvironment(): void {
  // where a test runner gives modules a process of their own, as jest does, no library and no thread sees its environment
  const { env } = runInThisContext('process') as typeof process
  for (const [name, value] of Object.entries(defaults)) process.env[name] = env[name] ??= value
}

/** How many threads one native operation uses. */
export function nativeThreads(): number {
  if (process.versions['bun'] !== undefined && !inherited) {
    const settings = Object.entries(defaults).map(([name, value]) => `${name}=${value}`)
    throw new Error(`bun hands no library what a program sets; start it with ${settings.join(' ')}`)
  }
  // A worker's `process.env` is a copy that the library does not see: only what its parent had set counts there.
  if (!isMainThread && !inherited) {
    throw new BlindspotError(
      'backend',
      "native in a worker thread: expected TensorFlow's environment to be set; " +
        'import backend.ts or call prepareEnvironment() on the main thread before the worker is started',
    )
  }
  const asked = Number(process.env['TF_NUM_INTRAOP_THREADS'])
  return asked > 0 ? asked : availableParallelism()
}

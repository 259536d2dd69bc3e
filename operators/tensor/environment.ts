import { availableParallelism } from 'node:os'
import { isMainThread } from 'node:worker_threads'

/**
 * What TensorFlow's library reads from the environment when it is loaded. Each is set only where it is not yet:
 * - no start-up lines on stderr;
 * - no oneDNN: its kernels round differently with the batch's size, without them a row of a matmul has the same bits
 *   whatever rows stand beside it;
 * - one thread: small networks are faster so (an SGD step of 784-100-100-10 takes 1.4 ms against 2.5 with two), and
 *   the cores go to several workers or processes.
 */
const defaults = {
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
} as const

/** A worker thread's `process.env` is a copy that the library does not see: what its parent had set holds. */
const isHeard = isMainThread || Object.keys(defaults).every((name) => process.env[name] !== undefined)

/**
 * Sets the library's environment for this process. Importing `backend.ts` on the main thread does it; a main thread
 * that leaves TensorFlow to its workers and does not import that calls this before it starts them.
 */
export function prepareEnvironment(): void {
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value
}

/** How many threads one native operation uses. */
export function nativeThreads(): number {
  const asked = isHeard ? Number(process.env['TF_NUM_INTRAOP_THREADS']) : 0
  return asked > 0 ? asked : availableParallelism()
}

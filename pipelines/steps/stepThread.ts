import { parentPort, workerData } from 'node:worker_threads'
import { BlindspotError } from '../../operators/errors.js'
import { openLake } from '../../sinks/lake/lake.js'
import { perform } from './step.js'
import type { ThreadMessage, ThreadTask } from './thread.js'

const { folder, step, effort } = workerData as ThreadTask
const send = (message: ThreadMessage) => parentPort?.postMessage(message)
const interrupt = new AbortController()
parentPort?.on('message', () => interrupt.abort())

try {
  const lake = await openLake(folder)
  const performed = await perform(lake, step, {
    ...effort,
    signal: interrupt.signal,
    onProgress: (progress) => send({ kind: 'progress', progress }),
  })
  send({ kind: 'done', performed })
} catch (error) {
  send({
    kind: 'error',
    code: error instanceof BlindspotError ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
  })
} finally {
  parentPort?.close()
}

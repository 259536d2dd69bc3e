import { parentPort, workerData } from 'node:worker_threads'
import { BlindspotError, warnThrough } from '../../operators/errors.js'
import type { Progress } from '../../operators/flow/progress.js'
import type { Backend } from '../../operators/tensor/backend.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { perform } from './step.js'
import type { ThreadMessage, ThreadRequest } from './thread.js'

const folder = workerData as string
const send = (message: ThreadMessage) => parentPort?.postMessage(message)
let interrupt = new AbortController()
let work = Promise.resolve()
warnThrough((message) => send({ kind: 'warning', message }))

parentPort?.on('message', (request: ThreadRequest) => {
  if (request.kind === 'interrupt') interrupt.abort()
  else if (request.kind === 'close') void work.then(() => parentPort?.close())
  else {
    interrupt = new AbortController()
    work = performed(request, interrupt.signal)
  }
})

/** Performs a step, and tells what comes of it. */
async function performed(
  { step, effort }: Extract<ThreadRequest, { kind: 'perform' }>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const onProgress = (progress: Progress) => send({ kind: 'progress', progress })
    const onBackend = (backend: Backend) => send({ kind: 'backend', backend })
    const lake = await openLake(folder)
    send({ kind: 'done', performed: await perform(lake, step, { ...effort, signal, onProgress, onBackend }) })
  } catch (error) {
    send({
      kind: 'error',
      code: error instanceof BlindspotError ? error.code : undefined,
      message: error instanceof Error ? error.message : String(error),
    })
  }
}

import { parentPort, workerData } from 'node:worker_threads'
import { BlindspotError } from '../../operators/errors.js'
import { trainModel, type Trained, type Training } from '../trainModel.js'
import type { WorkerMessage } from './thread.js'

const send = (message: WorkerMessage<Trained>) => parentPort?.postMessage(message)

trainModel(workerData as Training).subscribe({
  next: (value) => send({ kind: 'next', value }),
  complete: () => send({ kind: 'complete' }),
  error: (error: unknown) =>
    send({
      kind: 'error',
      code: error instanceof BlindspotError ? error.code : undefined,
      message: error instanceof Error ? error.message : String(error),
    }),
})

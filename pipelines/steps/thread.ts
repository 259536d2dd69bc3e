import { Worker } from 'node:worker_threads'
import { Observable } from 'rxjs'
import { BlindspotError, type ErrorCode } from '../../operators/errors.js'
import { prepareEnvironment } from '../../operators/tensor/environment.js'

/** What a worker sends of the Observable that it runs. */
export type WorkerMessage<T> =
  | { readonly kind: 'next'; readonly value: T }
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string }
  | { readonly kind: 'complete' }

/**
 * Runs an entry module in a worker thread, with a backend of its own, and gives what it sends.
 * Unsubscribing ends the thread, and its tensors with it.
 *
 * @param entry a module that reads `workerData` and posts WorkerMessages
 */
export function inWorker<T>(entry: URL, data: unknown): Observable<T> {
  return new Observable((subscriber) => {
    prepareEnvironment()
    const worker = new Worker(entry, { workerData: data, execArgv: [] })
    worker.on('message', (message: WorkerMessage<T>) => {
      if (message.kind === 'next') subscriber.next(message.value)
      else if (message.kind === 'complete') subscriber.complete()
      else {
        const { code, message: text } = message
        subscriber.error(code ? new BlindspotError(code, text) : new Error(text))
      }
    })
    worker.on('error', (error) => subscriber.error(error))
    worker.on('exit', (code) => subscriber.error(new Error(`a worker ended early, with code ${code}`)))
    return () => void worker.terminate()
  })
}

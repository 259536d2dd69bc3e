import { parentPort, workerData } from 'node:worker_threads'
import type { ModelReference } from '../classifier.js'
import { backendVersions, useBackend } from '../tensor/backend.js'
import { warnThrough } from '../errors.js'
import type { EngineOptions } from './attacker.js'
import { borrow } from './classifiers.js'
import { Engine } from './engine.js'
import { columnsOf, sentError, type FromThread, type ThreadData, type ToThread } from './messages.js'

/** A worker thread of attacks: an engine for each task, all of them with this thread's backend. */

type Added = Extract<ToThread, { kind: 'add' }>
interface Task {
  readonly add: (added: Added) => void
  readonly close: () => void
}

const port = parentPort
const tasks = new Map<number, Task>()
const send = (message: FromThread, transfer: ArrayBuffer[] = []) => port?.postMessage(message, transfer)

warnThrough((message) => send({ kind: 'warning', message }))

try {
  const backend = await useBackend((workerData as ThreadData).backend)
  send({ kind: 'ready', backend: { ...backend, versions: await backendVersions() } })
  port?.on('message', (message: ToThread) => {
    if (message.kind === 'open') tasks.set(message.task, open(message.task, message.model, message.options))
    else if (message.kind === 'add') tasks.get(message.task)?.add(message)
    else {
      tasks.get(message.task)?.close()
      tasks.delete(message.task)
    }
  })
} catch (error) {
  send({ kind: 'unusable', error: sentError(error) })
}

function open(task: number, model: ModelReference, options: EngineOptions): Task {
  const early: Added[] = []
  let engine: Engine | undefined
  let release = (): void => undefined
  let closed = false
  const close = () => {
    if (closed) return
    closed = true
    engine?.close()
    release()
  }
  const failed = (error: unknown) => {
    if (!closed) send({ kind: 'failed', task, error: sentError(error) })
    close()
  }
  const start = async () => {
    const borrowed = await borrow(model)
    release = borrowed.release
    if (closed) {
      release()
      return
    }
    engine = new Engine(borrowed.classifier, options, {
      admitted: (images) => send({ kind: 'admitted', task, images }),
      done: (id, rows, stats) => send({ kind: 'done', task, id, rows, stats }, columnsOf(rows)),
      failed,
    })
    for (const { id, batch } of early) engine.add(id, batch)
  }
  start().catch(failed)
  return {
    add: (added) => {
      if (engine) engine.add(added.id, added.batch)
      else early.push(added)
    },
    close,
  }
}

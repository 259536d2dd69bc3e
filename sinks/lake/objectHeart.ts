import { Worker } from 'node:worker_threads'
import type { ObjectBeat } from './objectHeartThread.js'

let thread: Worker | undefined
/** Who waits until a lock is not renewed any more. */
const stopping = new Map<string, () => void>()

/**
 * Renews a lock's object every few seconds, in a thread of its own, so that it does while this one computes for minutes.
 *
 * @param text of the lock, to which the number of the beat is added
 */
export function beatObject(place: string, text: string): void {
  thread ??= start()
  send({ place, text })
}

/** Resolves when the object is not written any more: then it can be removed. */
export async function stopBeatOf(place: string): Promise<void> {
  if (thread === undefined) return
  const stopped = new Promise<void>((resolve) => stopping.set(place, resolve))
  thread.ref()
  send({ place })
  await stopped
  if (stopping.size === 0) thread.unref()
}

function send(message: ObjectBeat): void {
  thread?.postMessage(message)
}

function start(): Worker {
  const worker = new Worker(new URL('./objectHeartThread.js', import.meta.url), { execArgv: [] })
  const end = () => {
    thread = undefined
    for (const place of [...stopping.keys()]) settle(place)
  }
  worker.on('message', settle)
  worker.on('error', end)
  worker.on('exit', end)
  worker.unref()
  return worker
}

function settle(place: string): void {
  stopping.get(place)?.()
  stopping.delete(place)
}

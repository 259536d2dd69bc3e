import { utimes } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Beat } from './heartThread.js'

/** Milliseconds for which a lock's file may be as it is before others take its owner for gone: ten beats. */
export const PATIENCE = 10_000

const paths = new Set<string>()
let thread: Worker | undefined
let timer: NodeJS.Timeout | undefined

/**
 * Renews a lock's time every second, in a thread of its own, so that it does while this one computes for minutes.
 * Those who cannot look at the process itself, such as another host, see by it that the lock is held.
 */
export function beat(path: string): void {
  paths.add(path)
  if (timer === undefined) thread ??= start()
  send({ path, beats: true })
}

export function stopBeat(path: string): void {
  paths.delete(path)
  send({ path, beats: false })
}

function send(message: Beat): void {
  // the timer reads the set itself
  thread?.postMessage(message)
}

function start(): Worker | undefined {
  try {
    const worker = new Worker(new URL('./heartThread.js', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
    })
    worker.on('error', beatHere)
    worker.unref()
    return worker
  } catch {
    beatHere()
    return undefined
  }
}

/** Beats in this thread, where no other can be had for want of memory or files: as well as this one can. */
function beatHere(): void {
  thread = undefined
  timer ??= setInterval(() => {
    const now = new Date()
    for (const path of paths) utimes(path, now, now, () => undefined)
  }, 1000).unref()
}

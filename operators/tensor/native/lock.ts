import { setTimeout as sleep } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { makeFolder } from '../../makeFolder.js'
import type { Task } from './task.js'

/** A lock that its holder has not touched for so long was left by a process that is gone. In milliseconds. */
const stale = 5000

/**
 * Runs `work` while no other process does with the same `folder`. Two can meet in it all the same, after a
 * suspended machine or on a file system with a wrong clock: `work` must be safe then, and only may do things twice.
 */
export async function withLock<T>(folder: string, task: Task, work: () => Promise<T>): Promise<T> {
  makeFolder(folder)
  const release = await acquire(folder, task)
  try {
    return await work()
  } finally {
    await release().catch(() => undefined)
  }
}

async function acquire(folder: string, { signal, onProgress, log }: Task): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await lock(folder, { stale, update: stale / 5, onCompromised: (error) => log(error.message) })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error
    }
    if (attempt === 0) log(`another set-up is at work in ${folder}: waiting for it`)
    onProgress({ phase: 'wait', done: 0, total: 0 })
    await sleep(200, undefined, { signal })
  }
}

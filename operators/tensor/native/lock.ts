import { setTimeout as sleep } from 'node:timers/promises'
import { describeBusy, takeLock, type Held } from '../../lock/fileLock.js'
import { makeFolder } from '../../lock/makeFolder.js'
import type { Task } from './task.js'

/** Runs `work` while no other process does with the same `folder`; waits for one that does, and says so. */
export async function withLock<T>(folder: string, task: Task, work: () => Promise<T>): Promise<T> {
  makeFolder(folder, 0o755)
  const lock = await acquire(folder, task)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

async function acquire(folder: string, { signal, onProgress, log }: Task): Promise<Held> {
  for (let attempt = 0; ; attempt++) {
    const lock = await takeLock(`${folder}.lock`, { signal })
    if (lock.kind === 'held') return lock
    if (attempt === 0) log(`another set-up is at work in ${folder} (${describeBusy(lock)}): waiting for it`)
    onProgress({ phase: 'wait', done: 0, total: 0 })
    await sleep(200, undefined, { signal })
  }
}

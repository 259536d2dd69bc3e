import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { temporaryFolder } from './manifest.js'

/** Locks of this process, so that a process of the same number that died is not taken for it. */
const held = new Set<string>()

/**
 * Runs the work of a step while no other process does the same step of a data set: two would write the same files.
 * A lock whose process is gone is taken over at once; unlike a lock that ages, it stands while the event loop is busy.
 *
 * @throws BlindspotError `io` where another process is at it
 */
export async function whileLocked<T>(folder: string, step: string, work: () => Promise<T>): Promise<T> {
  const path = join(temporaryFolder(folder), `${step}.lock`)
  take(path, folder)
  held.add(path)
  try {
    return await work()
  } finally {
    held.delete(path)
    rmSync(path, { force: true })
  }
}

function take(path: string, folder: string): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const descriptor = openSync(path, 'wx')
      writeSync(descriptor, JSON.stringify({ pid: process.pid, host: hostname() }))
      closeSync(descriptor)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (isAlive(path)) break
    rmSync(path, { force: true })
  }
  throw new BlindspotError(
    'io',
    `${folder}: another process is making the same rows; wait for it, or choose another folder (its lock: ${path})`,
  )
}

function isAlive(path: string): boolean {
  let owner: { pid?: unknown; host?: unknown }
  try {
    owner = JSON.parse(readFileSync(path, 'utf8')) as typeof owner
  } catch {
    return false // gone meanwhile, or its owner died while writing it
  }
  if (owner.host !== hostname()) return true
  if (owner.pid === process.pid) return held.has(path)
  try {
    process.kill(Number(owner.pid), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

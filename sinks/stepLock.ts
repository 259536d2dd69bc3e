import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { writeError } from './atomicFile.js'
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
    if (create(path)) return
    if (isAlive(path)) break
    rmSync(path, { force: true })
  }
  const { pid, host } = ownerOf(path)
  throw new BlindspotError(
    'io',
    `${folder}: process ${String(pid)} of host ${String(host)} is at the same work; wait for it, choose another folder, ` +
      `or, where it runs no longer, delete ${path}`,
  )
}

/** False where the lock is there already. */
function create(path: string): boolean {
  let descriptor: number
  try {
    descriptor = openSync(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw writeError(path, error)
  }
  try {
    writeSync(descriptor, JSON.stringify({ pid: process.pid, host: hostname() }))
    return true
  } catch (error) {
    rmSync(path, { force: true })
    throw writeError(path, error)
  } finally {
    closeSync(descriptor)
  }
}

interface Owner {
  readonly pid?: unknown
  readonly host?: unknown
}

/** Nothing where the lock is gone meanwhile, or its owner died while writing it. */
function ownerOf(path: string): Owner {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return {}
  }
}

function isAlive(path: string): boolean {
  const owner = ownerOf(path)
  if (owner.pid === undefined) return false
  if (owner.host !== hostname()) return true
  if (owner.pid === process.pid) return held.has(path)
  try {
    process.kill(Number(owner.pid), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

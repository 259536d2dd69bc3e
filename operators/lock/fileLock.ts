import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beat, stopBeat } from './heart.js'
import { createLock, lookAt, type Found } from './lockFile.js'
import { makeFolder } from './makeFolder.js'
import { describeOwner, readTemporaryName, type Owner } from './owner.js'
import { Watch } from './watch.js'

/** The lock is somebody else's, who lives; nothing is known of one that only keeps the file's time anew. */
export interface Busy {
  readonly kind: 'busy'
  readonly owner: Owner | undefined
}

export interface Held {
  readonly kind: 'held'
  readonly path: string
  /** The owner's number, from 1; without a fence 0. */
  readonly number: number
  /**
   * Whether the lock is still held: it can be taken away by hand, or because this process was stopped and another
   * host took it for gone.
   */
  stillHeld(): boolean
  release(): void | Promise<void>
}

/** Milliseconds for which others may be about to remove a dead lock. */
const STOPPED = 60_000

/** Locks of this thread, by path. */
const held = new Map<string, Held>()
let releasesAtExit = false

const look = (path: string) => lookAt(path, held.has(path))

/** The lock of this thread whose file is at a path. */
export const heldAt = (path: string): Held | undefined => held.get(path)

/** The locks of this thread whose files are in a folder. */
export const heldIn = (folder: string): readonly Held[] =>
  [...held.values()].filter(({ path }) => dirname(path) === folder)

/** Where it is kept which owners are out: those up to a number, whatever their locks are like. */
export interface Fence {
  /** The number up to which they are. */
  out(): Promise<number>
  /** Puts it up to a number, for good. */
  put(number: number): Promise<void>
}

/**
 * Takes a lock, which is a file that names its owner, or tells who has it.
 *
 * The file is linked to its name when it is complete, so that there is never one without an owner. An owner of this boot
 * of this machine is known by number and beginning and judged at once; one that cannot be seen from here, and whatever
 * else is under the name, is gone when the file stays as it is for `PATIENCE` of this process' own clock: no two clocks
 * are compared. A dead lock is removed by one process at a time: each that wants to announces it under a name of its own,
 * and does so only where no other has; a lock is released by its owner alone.
 *
 * With a fence, owners have numbers: a dead one's is put out before its lock is removed, and who takes the lock has the next.
 *
 * @throws the system's error where the folder cannot be used
 */
export async function takeLock(
  path: string,
  { signal, fence }: { readonly signal?: AbortSignal | undefined; readonly fence?: Fence } = {},
): Promise<Held | Busy> {
  makeFolder(dirname(path))
  const token = randomBytes(12).toString('hex')
  const watched = new Watch()
  let removing: number | undefined
  for (;;) {
    signal?.throwIfAborted()
    const found = look(path)
    if (found === undefined) {
      const number = fence && (await fence.out()) + 1
      if (!createLock(path, token, number)) continue
      const lock = hold(path, token, number)
      if (await isIn(lock, fence)) return lock
      await lock.release()
      continue
    }
    const fate = found.fate === 'unknown' ? watched.fate(found) : found.fate
    if (fate === 'gone') {
      if (await remove(path, found, token, watched, fence)) continue
      removing ??= performance.now()
    }
    // one that is about to remove it and was stopped there can only be waited for
    if (fate === 'alive' || performance.now() - (removing ?? Infinity) > STOPPED)
      return { kind: 'busy', owner: found.owner }
    await sleep(10 + Math.random() * 30, undefined, { signal })
  }
}

/** Who has a lock, as part of a sentence. */
export const describeBusy = ({ owner }: Busy): string =>
  owner === undefined ? 'a process that its lock does not name' : describeOwner(owner)

/**
 * Who has a lock, or may have; undefined where nobody has.
 *
 * @param watched by who looks again and again: one that nobody renews meanwhile is nobody's
 */
export function holderOf(path: string, watched = new Watch()): Busy | undefined {
  const found = look(path)
  const fate = found?.fate === 'unknown' ? watched.fate(found) : found?.fate
  return found === undefined || fate === 'gone' ? undefined : { kind: 'busy', owner: found.owner }
}

/** Whether an owner is not out: before the lock was made another can have had it and been put out, with this number. */
async function isIn(lock: Held, fence: Fence | undefined): Promise<boolean> {
  try {
    return fence === undefined || (await fence.out()) < lock.number
  } catch (error) {
    await lock.release()
    throw error
  }
}

function hold(path: string, token: string, number = 0): Held {
  const lock: Held = {
    kind: 'held',
    path,
    number,
    stillHeld: () => look(path)?.token === token,
    release: () => {
      held.delete(path)
      stopBeat(path)
      if (lock.stillHeld()) rmSync(path, { force: true })
    },
  }
  held.set(path, lock)
  beat(path)
  if (!releasesAtExit) process.on('exit', () => [...held.values()].forEach((each) => void each.release()))
  releasesAtExit = true
  return lock
}

/** Removes what was judged dead, unless another is about to; false where it has to be tried again. */
async function remove(
  path: string,
  dead: Found,
  token: string,
  watched: Watch,
  fence?: Fence,
): Promise<boolean> {
  const folder = dirname(path)
  const prefix = `${basename(path)}.removed-by-`
  const own = join(folder, prefix + token)
  if (!createLock(own, token)) return false
  try {
    for (const name of readdirSync(folder)) {
      // what a process left that died while it wrote a lock
      const temporary = readTemporaryName(name)
      if (temporary?.fate === 'gone' && temporary.name.startsWith(basename(path)))
        rmSync(join(folder, name), { force: true })
      if (!name.startsWith(prefix) || name === prefix + token) continue
      // its name is nobody else's, now or later: nothing else can be removed here in its place
      const other = look(join(folder, name))
      if (other === undefined) continue
      if ((other.fate === 'unknown' ? watched.fate(other) : other.fate) !== 'gone') return false
      rmSync(join(folder, name), { recursive: true, force: true })
    }
    const now = look(path)
    if (now?.key === dead.key && now.token === dead.token) {
      // of one that cannot be read it is known only that it had the next number, if any
      await fence?.put(dead.number || (await fence.out()) + 1)
      // one that was only stopped can have released it meanwhile, and another have taken it
      if (fence === undefined || look(path)?.token === dead.token)
        rmSync(path, { recursive: true, force: true })
    }
    return true
  } finally {
    rmSync(own, { force: true })
  }
}

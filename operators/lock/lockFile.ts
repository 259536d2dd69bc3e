import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { NO_LINKS } from './noLinks.js'
import { PATIENCE } from './heart.js'
import {
  asOwner,
  exists,
  fateOf,
  isThisProcess,
  temporaryName,
  thisProcess,
  type Fate,
  type Owner,
} from './owner.js'

/** Milliseconds after which a file that names no owner is nobody's: none of ours is so for longer than it takes to write it. */
const NAMELESS = 1000

/** What is under a lock's name. */
export interface Found {
  /** A text that is another whenever the file is another or was renewed. */
  readonly key: string
  readonly token: string | undefined
  /** The owner's number; 0 where it has none. */
  readonly number: number
  readonly owner: Owner | undefined
  readonly fate: Fate
  /** Milliseconds to watch the file for, where that is needed. */
  readonly patience: number
}

/** Bytes over which a file is no lock. */
const LONGEST = 4096

/**
 * What is under a lock's name; undefined where there is nothing.
 *
 * @param isHeld whether this thread has the lock
 */
export function lookAt(path: string, isHeld: boolean): Found | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const key = [stat.dev, stat.ino, stat.mtimeNs, stat.size].join(' ')
  const nobody = {
    key,
    token: undefined,
    number: 0,
    owner: undefined,
    fate: 'unknown',
    patience: NAMELESS,
  } as const
  if (!stat.isFile() || stat.size > LONGEST) return nobody
  let text: string
  try {
    text = readWithoutWaiting(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    // somebody's, of whom nothing can be read
    if (code === 'EACCES' || code === 'EPERM') return { ...nobody, patience: PATIENCE }
    throw error
  }
  const value = parsed(text)
  const owner = asOwner(value)
  if (owner === undefined) return nobody
  const { token, number } = value as { token?: unknown; number?: unknown }
  return {
    key,
    token: typeof token === 'string' ? token : undefined,
    number: typeof number === 'number' && Number.isSafeInteger(number) ? number : 0,
    owner,
    fate: judge(owner, token !== undefined, isHeld),
    patience: PATIENCE,
  }
}

/** Reads a file that was looked at; one that became a pipe since gives nothing, rather than waiting for a writer. */
function readWithoutWaiting(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function judge(owner: Owner, beats: boolean, isHeld: boolean): Fate {
  // an earlier version's tells no more than a number, which may be another program's by now: it is watched like others
  if (!beats && owner.place === undefined && owner.host === hostname() && !exists(owner.pid)) return 'gone'
  if (!isThisProcess(owner)) return fateOf(owner)
  // another thread of this process may have it, or may have ended with it
  return isHeld ? 'alive' : 'unknown'
}

/** Makes a lock's file with its content; false where something has the name already. */
export function createLock(path: string, token: string, number?: number): boolean {
  const temporary = join(dirname(path), temporaryName(basename(path)))
  const content = JSON.stringify({ ...thisProcess(), token, number })
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o644 })
    linkSync(temporary, path)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // over a network the answer to a link that was made can be lost
    if (code === 'EEXIST') return lookAt(path, false)?.token === token
    if (NO_LINKS.includes(code)) return createUnlinked(path, content)
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Makes a lock's file on file systems without links: it is empty for a moment, in which nobody takes it for left. */
function createUnlinked(path: string, content: string): boolean {
  let descriptor: number
  try {
    descriptor = openSync(path, 'wx', 0o644)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    writeFileSync(descriptor, content)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
  return true
}

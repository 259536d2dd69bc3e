import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  type BigIntStats,
  type Stats,
} from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { BlindspotError, codeOfPath } from '../operators/errors.js'
import { fileKind } from '../operators/lock/fileKind.js'

/** A file that is open for reading. */
export interface OpenFile {
  readonly path: string
  /** Bytes, when it was opened. */
  readonly size: number
  /**
   * The bytes from one position up to another; no room is made for what the file does not have.
   *
   * @throws RangeError where it had fewer when it was opened; BlindspotError `io`, naming the file, where they are not got
   */
  read(from: number, to: number): Promise<Buffer>
  close(): Promise<void>
}

/**
 * Opens an ordinary file, through links: a pipe would be waited for, a device never ends.
 *
 * @throws BlindspotError `bad-option` where there is no such file, else `io`; it is named
 */
export async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, FOR_READING)
    return opened(path, handle, ordinary(path, await handle.stat()))
  } catch (cause) {
    await handle?.close()
    throw unreadable(path, cause)
  }
}

/**
 * The text of a small file, read at once, without letting anybody else run; undefined where there is none.
 *
 * @param check throws where it is too large
 */
export function readNow(path: string, check: (size: number) => void): string | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, FOR_READING)
    check(ordinary(path, fstatSync(descriptor)))
    return readFileSync(descriptor, 'utf8')
  } catch (cause) {
    if (isAbsence(cause)) return undefined
    throw unreadable(path, cause)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/**
 * A text that is another whenever the file at a path is another or was written to; undefined where there is none.
 *
 * @param isLink default false; true: of a link its own, wherever it leads
 */
export function stampNow(path: string, isLink = false): string | undefined {
  try {
    const found = (isLink ? lstatSync : statSync)(path, { bigint: true, throwIfNoEntry: false })
    return found && stampOf(found)
  } catch (cause) {
    if (isAbsence(cause)) return undefined
    throw unreadable(path, cause)
  }
}

export const stampOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs].join(' ')

/** Whether there is nothing at a path, nor can be: what should be a folder may be a file. */
export const isAbsence = (cause: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')

/** The names in a folder, in their order; none where there is no folder. */
export function namesNow(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadable(folder, cause)
  }
}

/** Flags of opening for reading; a pipe that nobody writes to is not waited for. */
const FOR_READING = constants.O_RDONLY | (constants.O_NONBLOCK || 0)

/** The size of an ordinary file. */
function ordinary(path: string, found: Stats): number {
  if (found.isFile()) return found.size
  throw notHere(path, `expected a file, got ${fileKind(found)}`)
}

/**
 * The error of a path that cannot be read, for all that is read from a disk: `bad-option` where nothing is there, or a folder for a
 * file, as another path is what helps, else `io`. One of ours passes as it is.
 */
export function unreadable(path: string, cause: unknown): BlindspotError {
  if (cause instanceof BlindspotError) return cause
  const { code = '', message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return notHere(path, path.includes('\ufffd') ? 'its name is not UTF-8; rename it' : undefined, cause)
  const reason = KINDS[code] ?? message
  return new BlindspotError(codeOfPath(cause), `${path} cannot be read: ${reason}`, { cause })
}

const KINDS: Readonly<Record<string, string>> = {
  EISDIR: 'expected a file, got a folder',
  ENOTDIR: 'a part of its path is a file, where a folder is expected',
}

/** The error of a path at which there is not what is asked for: the call is wrong. */
export const notHere = (path: string, reason = 'it is not there', cause?: unknown): BlindspotError =>
  new BlindspotError('bad-option', `${path} cannot be read: ${reason}`, { cause })

const opened = (path: string, handle: FileHandle, size: number): OpenFile => ({
  path,
  size,
  async read(from, to) {
    if (to > size) throw new RangeError(`expected ${to} bytes, got a file of ${size}`)
    const bytes = Buffer.allocUnsafe(to - from)
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at)
        if (bytesRead === 0) throw new Error('it became shorter while it was read')
        at += bytesRead
      }
    } catch (cause) {
      throw unreadable(path, cause)
    }
    return bytes
  },
  close: () => handle.close(),
})

import { open, stat } from 'node:fs/promises'
import { fileKind } from '../../lock/fileKind.js'
import { BlindspotError } from '../../errors.js'
import { bad, reason } from './bad.js'

/**
 * Size of a file in bytes, links followed; opened is only what has one: a pipe or a device could be waited for forever.
 *
 * @param said what an error for a file that cannot be read ends with
 * @throws BlindspotError `bad-model`
 */
export async function sizeOf(file: string, said: string): Promise<number> {
  const found = await stat(file).catch((cause: unknown) => {
    throw bad(file, `cannot be read (${reason(cause)})${said}`, cause)
  })
  if (found.isFile()) return found.size
  throw bad(file, `expected a file, got ${fileKind(found)}`)
}

/**
 * The same of a file that a call names.
 *
 * @throws BlindspotError `bad-option` where nothing is there, or no file: another path is what helps; else `bad-model`
 */
export async function sizeOfNamed(file: string, said: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile()) return found.size
  const reason = found ? `expected a file, got ${fileKind(found)}` : 'cannot be read: it is not there'
  throw new BlindspotError('bad-option', `${file}: ${reason}${said}`)
}

/** Reads exactly so many bytes of a file. */
export async function readInto(file: string, bytes: Uint8Array): Promise<void> {
  let at = 0
  try {
    const handle = await open(file)
    try {
      for (let read = -1; read !== 0 && at < bytes.length; at += read) {
        read = (await handle.read(bytes, at, bytes.length - at)).bytesRead
      }
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw bad(file, `cannot be read (${reason(cause)})`, cause)
  }
  if (at < bytes.length)
    throw bad(file, `expected ${bytes.length} bytes, got the end of the file after ${at}, while it was read`)
}

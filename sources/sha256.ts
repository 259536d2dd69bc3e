import { createHash } from 'node:crypto'
import { unreadable } from './openFile.js'
import { disk } from './store.js'

/** Bytes in memory at once. */
const PIECE = 2 ** 20

/** SHA-256 of a file's bytes, in hexadecimal; an error where it cannot be read, `bad-option` where it is not there. */
export async function sha256Of(path: string): Promise<string> {
  const file = await disk.open(path)
  const hash = createHash('sha256')
  try {
    for (let at = 0; at < file.size; at += PIECE)
      hash.update(await file.read(at, Math.min(at + PIECE, file.size)))
  } catch (cause) {
    throw unreadable(path, cause)
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

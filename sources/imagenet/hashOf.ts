import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { disk } from '../store.js'

/** Bytes at the beginning of an archive that tell it from others of its name and size. */
const HEAD = 2 ** 16

/** 12 digits of names, sizes and beginnings of files, and of what else says what they are. */
export async function hashOf(paths: readonly string[], says = ''): Promise<string> {
  const hash = createHash('sha256').update(says)
  for (const path of paths) {
    const file = await disk.open(path)
    try {
      hash.update(`${basename(path)}\0${file.size}\n`).update(await file.read(0, Math.min(HEAD, file.size)))
    } finally {
      await file.close()
    }
  }
  return hash.digest('hex').slice(0, 12)
}

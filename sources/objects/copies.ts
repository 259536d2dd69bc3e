import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { cacheRoot } from '../../operators/cacheRoot.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { AtomicFile, type WrittenFile } from '../atomicFile.js'
import { disk } from '../store.js'

/** Milliseconds after which a copy goes that nobody has asked for: a week. */
const UNUSED = 7 * 24 * 3600_000
/** Bytes in memory at once. */
const PIECE = 8 * 2 ** 20

const root = () => join(cacheRoot(), 'objects')

/** Where a copy is on this machine: what is copied under a key goes together, a week after it was asked for last. */
export const copyPath = (key: string, name: string): string => join(root(), key, name)

/** Notes that copies are asked for now. */
export const used = (key: string): void => utimesSync(join(root(), key), new Date(), new Date())

/** Makes the folder of the copies, which is its user's alone, and removes from it what was not asked for of late. */
export function tidyCopies(): void {
  makeFolder(root(), 0o700)
  for (const name of readdirSync(root())) {
    const path = join(root(), name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found && Date.now() - found.mtimeMs > UNUSED) rmSync(path, { recursive: true, force: true })
  }
}

/** The bytes of an object, in pieces. */
export async function* bytesOfObject(url: string): AsyncGenerator<Uint8Array, void, undefined> {
  const from = await disk.open(url)
  for (let at = 0; at < from.size; at += PIECE) yield await from.read(at, Math.min(at + PIECE, from.size))
}

/**
 * Writes what comes to a file that is complete or absent.
 *
 * @param check throws where it is not what it should be: then there is none
 */
export async function writeCopy(
  copy: string,
  bytes: AsyncIterable<Uint8Array>,
  check: (written: Omit<WrittenFile, 'path'>) => void = () => undefined,
): Promise<void> {
  const file = await AtomicFile.create(copy)
  try {
    for await (const some of bytes) await file.write(some)
    check(file.written)
    await file.close()
  } catch (error) {
    await file.abort()
    throw error
  }
}

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openPromise, type Entry } from 'yauzl'
import { BlindspotError } from '../../errors.js'
import type { Task } from './task.js'
import type { Wheel } from './wheels.js'
import { makeFolder } from '../../lock/makeFolder.js'

/** Throws unless the file at `path` is the wheel that was pinned. */
export async function verify(path: string, wheel: Wheel, { signal, onProgress }: Task): Promise<void> {
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    hash.update(chunk as Buffer)
    done += (chunk as Buffer).length
    onProgress({ phase: 'verify', done, total: wheel.size })
  }
  const found = hash.digest('hex')
  if (found === wheel.sha256) return
  throw new BlindspotError(
    'bad-data',
    `${wheel.file}: expected sha256 ${wheel.sha256} and ${wheel.size} bytes, got sha256 ${found} and ${done} bytes; ` +
      'the index or mirror that it came from serves another file under this name',
  )
}

/** Streams the wheel's libraries and headers into `folder`, under the paths that they have in the wheel. */
export async function unpack(path: string, wheel: Wheel, folder: string, task: Task): Promise<void> {
  const zip = await openPromise(path, { autoClose: false })
  try {
    const wanted = new Set([...wheel.libraries, ...wheel.headers])
    const entries: Entry[] = []
    for await (const entry of zip.eachEntry()) if (wanted.delete(entry.fileName)) entries.push(entry)
    if (wanted.size > 0) {
      throw new BlindspotError(
        'bad-data',
        `${wheel.file}: expected members that it lacks: ${[...wanted].join(', ')}`,
      )
    }
    const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0)
    let done = 0
    const count = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
      for await (const chunk of chunks) {
        yield chunk
        task.onProgress({ phase: 'unpack', done: (done += chunk.length), total })
      }
    }
    for (const entry of entries) {
      await writeFile(join(folder, entry.fileName), await zip.openReadStreamPromise(entry), count, task)
    }
  } finally {
    zip.close()
  }
}

async function writeFile(
  path: string,
  from: Readable,
  through: (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
  { signal }: Task,
): Promise<void> {
  makeFolder(dirname(path), 0o755)
  // Flushed, since after a power cut a file may have its full size and hold zeros.
  await pipeline(
    from,
    through,
    createWriteStream(path, { flush: true, mode: 0o644 }),
    signal ? { signal } : {},
  )
}

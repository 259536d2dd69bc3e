import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../store.js'

/** Bytes that are had by their positions: a stretch of a file, or what was unpacked. */
export interface ByteRange {
  /** Where they are, for messages. */
  readonly place: string
  readonly size: number
  /** The bytes from one position up to another. */
  read(from: number, to: number): Promise<Uint8Array>
}

/** A stretch of a file; a file is open only while it is read. */
export function ofFile(path: string, place: string, start: number, size: number): ByteRange {
  return {
    place,
    size,
    async read(from, to) {
      if (to > size)
        throw new BlindspotError('bad-data', `${place}: expected ${to} bytes, got ${size}: it is truncated`)
      const file = await disk.open(path)
      try {
        if (start + to > file.size)
          throw new BlindspotError(
            'bad-data',
            `${place}: expected ${start + to} bytes in ${path}, got ${file.size}: it is truncated`,
          )
        return await file.read(start + from, start + to)
      } finally {
        await file.close()
      }
    },
  }
}

/** A whole file. */
export async function wholeFile(path: string): Promise<ByteRange> {
  const file = await disk.open(path)
  await file.close()
  return ofFile(path, path, 0, file.size)
}

/** Bytes in memory. */
export const inMemory = (place: string, bytes: Uint8Array): ByteRange => ({
  place,
  size: bytes.length,
  read(from, to) {
    if (to <= bytes.length) return Promise.resolve(bytes.subarray(from, to))
    return Promise.reject(
      new BlindspotError('bad-data', `${place}: expected ${to} bytes, got ${bytes.length}: it is truncated`),
    )
  },
})

/** Bytes that are read at once. */
const PIECE = 2 ** 22

/** All bytes of a range, in pieces. */
export async function* piecesIn(range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < range.size; at += PIECE) yield await range.read(at, Math.min(at + PIECE, range.size))
}

/**
 * Records of one size by their positions, joined; those that lie one after the other are read at once.
 *
 * @param start of the first record
 */
export async function recordsAt(
  range: ByteRange,
  start: number,
  size: number,
  positions: Int32Array,
): Promise<Uint8Array> {
  const all = new Uint8Array(positions.length * size)
  for (let row = 0; row < positions.length;) {
    let end = row + 1
    while (end < positions.length && positions[end] === positions[end - 1] + 1) end++
    const from = start + positions[row] * size
    all.set(await range.read(from, from + (end - row) * size), row * size)
    row = end
  }
  return all
}

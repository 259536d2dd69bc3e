import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'
import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../store.js'
import { inMemory, ofFile, type ByteRange } from './byteRange.js'

/** A file in a zip archive. */
export interface ZipMember {
  readonly name: string
  /** Bytes, unpacked. */
  readonly size: number
  /** Its bytes: of one that is stored as it is where they lie, of a packed one in memory. */
  readonly range: () => Promise<ByteRange>
}

/** Bytes that a packed member may unpack to: a thousandth of it on the disk can. */
export const LARGEST_UNPACKED = 2 ** 30
const STORED = 0
const DEFLATED = 8
/** Members that are listed at most. */
const MOST_MEMBERS = 100_000

/**
 * The files in a zip archive, which may be an object of a store.
 *
 * @throws BlindspotError `bad-option` for nothing there, `io`; `bad-data` for what is no zip archive, is cut off, encrypted or unpacks to more than 1 GiB
 */
export async function zipMembers(path: string): Promise<readonly ZipMember[]> {
  return withZip(path, async (zip) => {
    const members: ZipMember[] = []
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      if (members.length === MOST_MEMBERS)
        throw new BlindspotError('bad-data', `${path}: expected at most ${MOST_MEMBERS} files in it`)
      members.push({ name: entry.fileName, size: entry.uncompressedSize, range: () => rangeOf(path, entry) })
    }
    return members
  })
}

async function rangeOf(path: string, entry: Entry): Promise<ByteRange> {
  const { fileName, uncompressedSize, compressedSize, compressionMethod } = entry
  const place = `${path}: ${fileName}`
  if (entry.isEncrypted()) throw new BlindspotError('bad-data', `${place}: it is encrypted`)
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED)
    throw new BlindspotError(
      'bad-data',
      `${place}: expected it stored or deflated, got compression ${compressionMethod}; zip it anew`,
    )
  return withZip(path, async (zip) => {
    if (compressionMethod === STORED) {
      if (compressedSize !== uncompressedSize)
        throw new BlindspotError(
          'bad-data',
          `${place}: expected as many bytes stored as it has, got ${compressedSize} and ${uncompressedSize}`,
        )
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      let sum = 0
      const file = await disk.open(path)
      try {
        const end = fileDataStart + uncompressedSize
        for (let at = fileDataStart; at < end; at += PIECE)
          sum = crc32(await file.read(at, Math.min(at + PIECE, end)), sum)
      } finally {
        await file.close()
      }
      requireSum(place, entry.crc32, sum)
      return ofFile(path, place, fileDataStart, uncompressedSize)
    }
    if (uncompressedSize > LARGEST_UNPACKED)
      throw new BlindspotError(
        'bad-data',
        `${place}: expected at most ${LARGEST_UNPACKED} bytes unpacked, got ${uncompressedSize}; store it without compression, as numpy.savez does`,
      )
    const parts: Buffer[] = []
    // more than the size that was told is an error of the stream's
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer)
    const bytes = Buffer.concat(parts)
    requireSum(place, entry.crc32, crc32(bytes))
    return inMemory(place, bytes)
  })
}

/** Checks the bytes of a member by the checksum that the archive has of them. */
function requireSum(place: string, expected: number, got: number): void {
  if (expected === got) return
  const hex = (sum: number) => sum.toString(16).padStart(8, '0')
  throw new BlindspotError(
    'bad-data',
    `${place}: expected the CRC-32 ${hex(expected)}, got ${hex(got)}: its bytes are not those that were written; copy or download it again`,
  )
}

async function withZip<T>(path: string, use: (zip: ZipFile) => Promise<T>): Promise<T> {
  const { RandomAccessReader, fromRandomAccessReaderPromise } = await import('yauzl')
  const file = await disk.open(path)
  class Reader extends RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(pieces(start, end))
    }
  }
  async function* pieces(start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    for (let at = start; at < end; at += PIECE) yield await file.read(at, Math.min(at + PIECE, end))
  }
  try {
    const zip = await fromRandomAccessReaderPromise(new Reader(), file.size, { autoClose: false })
    return await use(zip)
  } catch (cause) {
    if (cause instanceof BlindspotError) throw cause
    throw new BlindspotError(
      'bad-data',
      `${path}: expected a zip archive, as .npz files are: ${cause instanceof Error ? cause.message : String(cause)}; copy or download it again`,
      { cause },
    )
  } finally {
    await file.close()
  }
}

/** Bytes that are read at once. */
const PIECE = 2 ** 20

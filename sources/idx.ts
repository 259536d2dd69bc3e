import { createGunzip } from 'node:zlib'
import { BlindspotError } from '../operators/errors.js'
import { unreadable } from './openFile.js'
import { disk } from './store.js'

/** The images of an IDX file, one byte per pixel. */
export interface IdxImages {
  readonly count: number
  readonly height: number
  readonly width: number
  /** [count × height × width] */
  readonly pixels: Uint8Array
}

/** The bytes of a file, which may lie in another one. */
export interface IdxBytes {
  readonly size: number
  read(from: number, to: number): Promise<Uint8Array>
  close?(): Promise<void>
}

const IMAGES_MAGIC = 0x00000803
const LABELS_MAGIC = 0x00000801
const KINDS = new Map([
  [IMAGES_MAGIC, 'images: unsigned bytes in 3 dimensions'],
  [LABELS_MAGIC, 'labels: unsigned bytes in 1 dimension'],
])
const LONGEST_HEADER = 16
/** Bytes that a gzipped file may unpack to: a thousandth of it on the disk can. */
const LARGEST_UNPACKED = 2 ** 30
/** Largest height and width in pixels: far above any image, far below what could overflow. */
const LARGEST_EXTENT = 65_535
const LARGEST_COUNT = 2 ** 31 - 1

/**
 * Reads an IDX image file (`idx3-ubyte`), gzipped or not, whatever its name.
 *
 * Format: big-endian uint32 magic 0x00000803, count, height, width, then count × height × width bytes
 * (Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database). What is not exactly so is a `bad-data` error
 * that names file, byte and expectation; offsets count in the uncompressed content.
 *
 * @param open where the file's bytes are. Default: the file
 * @example const { count, pixels } = await readIdxImages('train-images-idx3-ubyte.gz')
 */
export async function readIdxImages(
  file: string,
  open: () => Promise<IdxBytes> = () => disk.open(file),
): Promise<IdxImages> {
  const { extents, bytes } = await read(file, open, IMAGES_MAGIC, ([count, height, width]) => {
    for (const [name, extent, at] of [
      ['height', height, 8],
      ['width', width, 12],
    ] as const) {
      if (extent >= 1 && extent <= LARGEST_EXTENT) continue
      throw bad(file, at, `expected a ${name} from 1 to ${LARGEST_EXTENT} pixels, got ${extent}`)
    }
    return { length: count * height * width, what: `${count} images of ${height} × ${width} bytes` }
  })
  const [count, height, width] = extents
  return { count, height, width, pixels: bytes }
}

/**
 * Reads an IDX label file (`idx1-ubyte`), gzipped or not: magic 0x00000801, count, then a byte per label.
 *
 * @param classes labels must be below this
 * @param open where the file's bytes are. Default: the file
 * @returns one byte per label; errors as of {@link readIdxImages}
 */
export async function readIdxLabels(
  file: string,
  classes = 10,
  open: () => Promise<IdxBytes> = () => disk.open(file),
): Promise<Uint8Array> {
  const { bytes: labels } = await read(file, open, LABELS_MAGIC, ([count]) => ({
    length: count,
    what: `${count} labels of 1 byte`,
  }))
  const wrong = labels.findIndex((label) => label >= classes)
  if (wrong >= 0) {
    throw bad(
      file,
      8 + wrong,
      `expected a label from 0 to ${classes - 1}, got ${labels[wrong]} (label ${wrong})`,
    )
  }
  return labels
}

function bad(file: string, at: number, message: string, cause?: unknown): BlindspotError {
  return new BlindspotError('bad-data', `${file}: byte ${at}: ${message}`, { cause })
}

const hex = (magic: number) => `0x${magic.toString(16).padStart(8, '0')}`

function header(file: string, bytes: Buffer, magic: number): readonly number[] {
  const dimensions = magic & 0xff
  const length = headerLength(magic)
  if (bytes.length >= 4 && bytes.readUInt32BE(0) !== magic) {
    const got = bytes.readUInt32BE(0)
    const other = KINDS.get(got)
    throw bad(
      file,
      0,
      `expected the magic number ${hex(magic)} (${KINDS.get(magic) ?? ''}), got ${hex(got)}` +
        (other ? ` (${other}): are the image and the label file swapped?` : ': this is not such an IDX file'),
    )
  }
  if (bytes.length < length) {
    throw bad(file, bytes.length, `expected a header of ${length} bytes, got the end of the file`)
  }
  const extents = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 + 4 * i))
  const [count] = extents
  if (count === 0) throw bad(file, 4, 'expected at least one entry, got a count of 0')
  if (count > LARGEST_COUNT) throw bad(file, 4, `expected a count of at most ${LARGEST_COUNT}, got ${count}`)
  return extents
}

/** The last byte of a magic number is the number of dimensions. */
const headerLength = (magic: number) => 4 + 4 * (magic & 0xff)

/** Bytes that a header promises after it, and what they are in words. */
interface Promised {
  readonly length: number
  readonly what: string
}

/** The numbers of a header, and the bytes after it, of which no more are read than it says. */
async function read(
  file: string,
  open: () => Promise<IdxBytes>,
  magic: number,
  promisedBy: (extents: readonly number[]) => Promised,
): Promise<{ readonly extents: readonly number[]; readonly bytes: Uint8Array }> {
  const opened = await open()
  try {
    const { size } = opened
    const start = Buffer.from(await opened.read(0, Math.min(size, LONGEST_HEADER)))
    if (start[0] === 0x1f && start[1] === 0x8b)
      return await unpack(file, await opened.read(0, size), magic, promisedBy)
    const extents = header(file, start, magic)
    const promised = promisedBy(extents)
    const from = headerLength(magic)
    requireWhole(file, size, from, promised)
    return { extents, bytes: await opened.read(from, from + promised.length) }
  } catch (cause) {
    throw unreadable(file, cause)
  } finally {
    await opened.close?.()
  }
}

function requireWhole(file: string, size: number, from: number, { length, what }: Promised): void {
  const expected = from + length
  if (size < expected)
    throw bad(
      file,
      size,
      `expected ${expected} bytes (the header says ${what}), got the end of the file: it is truncated`,
    )
  if (size > expected) throw surplus(file, expected, what, `${size - expected} bytes more`)
}

const surplus = (file: string, at: number, what: string, got: string) =>
  bad(file, at, `expected the end of the file (the header says ${what}), got ${got}`)

/** The header comes first, and nothing is unpacked beyond what it says. */
async function unpack(
  file: string,
  packed: Uint8Array,
  magic: number,
  promisedBy: (extents: readonly number[]) => Promised,
): Promise<{ readonly extents: readonly number[]; readonly bytes: Uint8Array }> {
  const from = headerLength(magic)
  const parts: Buffer[] = []
  let size = 0
  let head: { readonly extents: readonly number[]; readonly promised: Promised } | undefined
  const readHead = () => {
    const extents = header(file, Buffer.concat(parts), magic)
    const promised = promisedBy(extents)
    if (promised.length > LARGEST_UNPACKED)
      throw bad(
        file,
        4,
        `expected at most ${LARGEST_UNPACKED} bytes in a gzipped file, got ${promised.what}; gunzip it first`,
      )
    return { extents, promised }
  }
  const inflate = createGunzip({ chunkSize: 2 ** 16 })
  inflate.end(packed)
  try {
    for await (const part of inflate as AsyncIterable<Buffer>) {
      parts.push(part)
      size += part.length
      if (size < from) continue
      head ??= readHead()
      const { length, what } = head.promised
      if (size > from + length) throw surplus(file, from + length, what, 'more')
    }
  } catch (error) {
    if (error instanceof BlindspotError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const truncated = code === 'Z_BUF_ERROR'
    const got = truncated ? 'the end of the file: it is truncated' : `${message}: it is corrupt`
    const at = truncated ? packed.length : inflate.bytesWritten
    throw bad(file, at, `(compressed) expected whole gzip data, got ${got}`, error)
  }
  const { extents, promised } = head ?? readHead()
  requireWhole(file, size, from, promised)
  return { extents, bytes: Buffer.concat(parts).subarray(from) }
}

import { readFile } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { BlindspotError } from '../operators/errors.js'

/** The images of an IDX file, one byte per pixel. */
export interface IdxImages {
  readonly count: number
  readonly height: number
  readonly width: number
  /** [count × height × width] */
  readonly pixels: Uint8Array
}

const IMAGES_MAGIC = 0x00000803
const LABELS_MAGIC = 0x00000801
const KINDS = new Map([
  [IMAGES_MAGIC, 'images: unsigned bytes in 3 dimensions'],
  [LABELS_MAGIC, 'labels: unsigned bytes in 1 dimension'],
])
/** Far above any image, far below what could overflow. */
const LARGEST_EXTENT = 65_535
const LARGEST_COUNT = 2 ** 31 - 1

/**
 * Reads an IDX image file (`idx3-ubyte`), gzipped or not, whatever its name.
 *
 * Format: big-endian uint32 magic 0x00000803, count, height, width, then count × height × width bytes
 * (Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database). What is not exactly so is a `bad-data` error
 * that names file, byte and expectation; offsets count in the uncompressed content.
 *
 * @example const { count, pixels } = await readIdxImages('train-images-idx3-ubyte.gz')
 */
export async function readIdxImages(file: string): Promise<IdxImages> {
  const bytes = await contents(file)
  const [count, height, width] = header(file, bytes, IMAGES_MAGIC, 3)
  for (const [name, extent, at] of [
    ['height', height, 8],
    ['width', width, 12],
  ] as const) {
    if (extent >= 1 && extent <= LARGEST_EXTENT) continue
    throw bad(file, at, `expected a ${name} from 1 to ${LARGEST_EXTENT} pixels, got ${extent}`)
  }
  const pixels = body(
    file,
    bytes,
    16,
    count * height * width,
    `${count} images of ${height} × ${width} bytes`,
  )
  return { count, height, width, pixels }
}

/**
 * Reads an IDX label file (`idx1-ubyte`), gzipped or not: magic 0x00000801, count, then a byte per label.
 *
 * @param classes labels must be below this
 * @returns one byte per label; errors as of {@link readIdxImages}
 */
export async function readIdxLabels(file: string, classes = 10): Promise<Uint8Array> {
  const bytes = await contents(file)
  const [count] = header(file, bytes, LABELS_MAGIC, 1)
  const labels = body(file, bytes, 8, count, `${count} labels of 1 byte`)
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

function header(file: string, bytes: Buffer, magic: number, dimensions: number): readonly number[] {
  const length = 4 + 4 * dimensions
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

function body(file: string, bytes: Buffer, from: number, length: number, what: string): Uint8Array {
  const expected = from + length
  if (bytes.length < expected) {
    throw bad(
      file,
      bytes.length,
      `expected ${expected} bytes (the header says ${what}), got the end of the file: it is truncated`,
    )
  }
  if (bytes.length > expected) {
    const extra = bytes.length - expected
    throw bad(
      file,
      expected,
      `expected the end of the file (the header says ${what}), got ${extra} bytes more`,
    )
  }
  return bytes.subarray(from)
}

async function contents(file: string): Promise<Buffer> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const got =
      code === 'ENOENT' ? 'there is none' : code === 'EISDIR' ? 'that is a directory' : `got: ${message}`
    throw new BlindspotError('io', `${file}: expected an IDX file, ${got}`, { cause: error })
  }
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(file, bytes) : bytes
}

function gunzip(file: string, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const inflate = createGunzip()
    inflate.on('data', (part: Buffer) => parts.push(part))
    inflate.on('end', () => resolve(Buffer.concat(parts)))
    inflate.on('error', (error: NodeJS.ErrnoException) => {
      const truncated = error.code === 'Z_BUF_ERROR'
      const got = truncated ? 'the end of the file: it is truncated' : `${error.message}: it is corrupt`
      const at = truncated ? bytes.length : inflate.bytesWritten
      reject(bad(file, at, `(compressed) expected whole gzip data, got ${got}`, error))
    })
    inflate.end(bytes)
  })
}

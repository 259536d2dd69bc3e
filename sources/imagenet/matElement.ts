import { BlindspotError } from '../../operators/errors.js'

/** A part of a MAT-file: a tag with its type and size, then its content. */
export interface Element {
  readonly type: number
  readonly bytes: DataView
  readonly from: number
  readonly to: number
  readonly next: number
}

/** Type of an element that is another one, packed by zlib. */
export const COMPRESSED = 15

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const bad = (file: string, at: number, message: string, cause?: unknown) =>
  new BlindspotError('bad-data', `${file}: byte ${at}: ${message}`, { cause })

/** The element at a position; it and its padding end before `end`. */
export function elementAt(file: string, bytes: DataView, at: number, end: number): Element {
  if (at + 8 > end)
    throw bad(file, at, 'expected an element of at least 8 bytes, got the end: it is truncated')
  const word = bytes.getUint32(at, true)
  // of up to 4 bytes the size may be in the upper half of the first word, and they in the second
  const small = word >>> 16 > 0
  const size = small ? word >>> 16 : bytes.getUint32(at + 4, true)
  const type = small ? word & 0xffff : word
  const from = at + (small ? 4 : 8)
  if (small && size > 4) throw bad(file, at, `expected a small element of at most 4 bytes, got ${size}`)
  if (from + size > end)
    throw bad(
      file,
      at,
      `expected an element of ${size} bytes, got the end after ${end - from}: it is truncated`,
    )
  const padded = small ? at + 8 : type === COMPRESSED ? from + size : from + 8 * Math.ceil(size / 8)
  return { type, bytes, from, to: from + size, next: Math.min(padded, end) }
}

/** The element at a position, of a type and at least of a size. */
export function elementOf(
  file: string,
  bytes: DataView,
  at: number,
  end: number,
  type: number,
  what: string,
  least = 4,
): Element {
  const found = elementAt(file, bytes, at, end)
  if (found.type === type && found.to - found.from >= least) return found
  throw bad(
    file,
    at,
    `expected the ${what}, of type ${type}, got ${found.to - found.from} bytes of type ${found.type}`,
  )
}

/** The content of an element as a text. */
export const textOf = ({ bytes, from, to }: Element, encoding: BufferEncoding = 'latin1'): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString(encoding)

/** The content of an element of one number. */
export function numberOf(file: string, { type, bytes, from, to }: Element): number {
  const read = NUMBERS[type] as (typeof NUMBERS)[number] | undefined
  if (read !== undefined && to - from === read[0]) return read[1](bytes, from)
  throw bad(file, from, `expected one number, got ${to - from} bytes of type ${type}`)
}

/** Bytes of a number and how it is read, by type: numbers of any class are stored as small as they are. */
const NUMBERS: Readonly<
  Record<number, readonly [size: number, read: (bytes: DataView, at: number) => number]>
> = {
  1: [1, (bytes, at) => bytes.getInt8(at)],
  2: [1, (bytes, at) => bytes.getUint8(at)],
  3: [2, (bytes, at) => bytes.getInt16(at, true)],
  4: [2, (bytes, at) => bytes.getUint16(at, true)],
  5: [4, (bytes, at) => bytes.getInt32(at, true)],
  6: [4, (bytes, at) => bytes.getUint32(at, true)],
  7: [4, (bytes, at) => bytes.getFloat32(at, true)],
  9: [8, (bytes, at) => bytes.getFloat64(at, true)],
  12: [8, (bytes, at) => Number(bytes.getBigInt64(at, true))],
  13: [8, (bytes, at) => Number(bytes.getBigUint64(at, true))],
}

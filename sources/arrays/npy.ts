import { endianness } from 'node:os'
import { BlindspotError } from '../../operators/errors.js'
import { fromFloat16s } from '../../operators/records/float16.js'
import { recordsAt, type ByteRange } from './byteRange.js'

/** Types of numbers, as NumPy writes them without the order of their bytes. */
const TYPES = ['b1', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f2', 'f4', 'f8'] as const
export type NpyType = (typeof TYPES)[number]

/** An array of a `.npy` file, in the order of C, whose first dimension is of rows. */
export interface NpyArray {
  readonly place: string
  readonly type: NpyType
  readonly shape: readonly number[]
  /** Values of a row: the product of the other sizes. */
  readonly values: number
  /** The numbers of some rows, joined; whole numbers of 64 bits as doubles. */
  rows(positions: Int32Array): Promise<ArrayLike<number>>
}

const MAGIC = '\x93NUMPY'
/** Bytes of a header at most: NumPy's own limit is 10,000. */
const LONGEST_HEADER = 65_536

/**
 * Reads the header of a `.npy` file (NumPy's format 1.0 to 3.0), and its numbers as they are asked for, of either order of bytes.
 *
 * @throws BlindspotError `bad-data` for what is no such file, or has fewer bytes than its header says; arrays of Python objects, whose
 * bytes are a program, of texts and of structures; in the order of Fortran
 */
export async function readNpy(range: ByteRange): Promise<NpyArray> {
  const { place, size } = range
  const wrong = (message: string) => new BlindspotError('bad-data', `${place}: ${message}`)
  const head = Buffer.from(await range.read(0, Math.min(size, 12)))
  if (head.toString('latin1', 0, 6) !== MAGIC || head.length < 12)
    throw wrong(
      `expected a .npy file, which begins with ${JSON.stringify(MAGIC)}, got ${JSON.stringify(head.toString('latin1', 0, 6))}`,
    )
  const version = head[6]
  if (!(version >= 1 && version <= 3)) throw wrong(`expected version 1 to 3 of the format, got ${version}`)
  const [length, from] = version === 1 ? [head.readUInt16LE(8), 10] : [head.readUInt32LE(8), 12]
  if (length > LONGEST_HEADER)
    throw wrong(`expected a header of at most ${LONGEST_HEADER} bytes, got ${length}`)
  if (from + length > size)
    throw wrong(`expected a header of ${length} bytes, got the end of the file: it is truncated`)
  const start = from + length
  const header = Buffer.from(await range.read(from, start)).toString('latin1')
  const { isSwapped, type } = typeIn(header, wrong)
  const bytes = Number(type[1])
  if (/'fortran_order':\s*True/.test(header))
    throw wrong(
      'expected an array in the order of C, got one in that of Fortran; save numpy.ascontiguousarray(…) of it',
    )
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  const shape = sizes?.split(',').flatMap((one) => (one.trim() === '' ? [] : [Number(one)]))
  if (shape === undefined || shape.some(Number.isNaN))
    throw wrong('expected a header with a shape, as (60000, 28, 28)')
  if (shape.length === 0) throw wrong('expected an array with a row for each image, got a single number')
  const [count, ...others] = shape
  const values = others.reduce((product, one) => product * one, 1)
  const text = `${shape.join(' × ')} ${type}`
  if (!Number.isSafeInteger(count * values * bytes))
    throw wrong(`expected a shape that a file can have, got ${text}: its header is damaged`)
  if (count > 2 ** 31 - 1) throw wrong(`expected at most ${2 ** 31 - 1} rows, got ${count}`)
  const expected = start + count * values * bytes
  if (size < expected)
    throw wrong(`expected ${expected} bytes (${text}), got ${size}: it is truncated, or its header damaged`)
  if (size > expected) throw wrong(`expected ${expected} bytes (${text}), got ${size}`)
  return {
    ...{ place, type, shape, values },
    async rows(positions) {
      const read = await recordsAt(range, start, values * bytes, positions)
      const own = Buffer.from(read.buffer, read.byteOffset, read.length)
      if (isSwapped) swap(own, bytes)
      return numbersIn(type, read)
    },
  }
}

function typeIn(header: string, wrong: (message: string) => BlindspotError) {
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1]
  if (descr === undefined) throw wrong('expected one type of numbers, got a structure of several, or none')
  if (/^[|<>=]?O/.test(descr))
    throw wrong(
      'it holds Python objects, a pickle, which is a program and is not run; save an array of numbers (lists of one length, a dtype such as uint8)',
    )
  const type = TYPES.find((name) => name === descr.slice(1))
  if (type === undefined || !'|<>='.includes(descr[0]))
    throw wrong(`expected numbers as ${TYPES.join(', ')}, got ${descr}`)
  const isSwapped = type[1] !== '1' && (descr[0] === '>') === (endianness() === 'LE')
  return { type, isSwapped }
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16()
  else if (size === 4) bytes.swap32()
  else bytes.swap64()
}

function numbersIn(type: NpyType, { buffer }: Uint8Array): ArrayLike<number> {
  switch (type) {
    case 'b1':
    case 'u1':
      return new Uint8Array(buffer)
    case 'i1':
      return new Int8Array(buffer)
    case 'i2':
      return new Int16Array(buffer)
    case 'u2':
      return new Uint16Array(buffer)
    case 'i4':
      return new Int32Array(buffer)
    case 'u4':
      return new Uint32Array(buffer)
    case 'i8':
      return Float64Array.from(new BigInt64Array(buffer), Number)
    case 'u8':
      return Float64Array.from(new BigUint64Array(buffer), Number)
    case 'f2':
      return fromFloat16s(new Uint16Array(buffer))
    case 'f4':
      return new Float32Array(buffer)
    case 'f8':
      return new Float64Array(buffer)
  }
}

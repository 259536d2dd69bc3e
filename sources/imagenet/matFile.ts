import { inflateSync } from 'node:zlib'
import {
  bad,
  COMPRESSED,
  elementAt,
  elementOf,
  numberOf,
  textOf,
  viewOf,
  type Element,
} from './matElement.js'

/** Rows of a struct array: of each field that was asked for its number or text; undefined where it is neither. */
export type MatRow = Readonly<Record<string, number | string | undefined>>

/** A matrix, which is what a variable, a row's field or a text is. */
interface Matrix {
  readonly kind: number
  readonly values: number
  readonly name: string
  /** Where its values begin. */
  readonly from: number
}

const HEADER = 128
/** Bytes that all compressed variables may unpack to: above ten times the development kit's. */
const LARGEST_UNPACKED = 2 ** 26
const LONGEST_NAME = 64
/** Variables that a message names at most. */
const NAMED = 8
// types and classes as the format numbers them
const [INT8, INT32, UINT32, MATRIX] = [1, 5, 6, 14]
const UTF16 = [4, 17]
const [STRUCT, CHAR] = [2, 4]
const NUMERIC = { first: 6, last: 15 }

/**
 * A struct array of a MAT-file of level 5 (MATLAB's `save`, versions 5 to 7), compressed or not: the few parts of the format that
 * a table of numbers and texts needs. The format is the one of MathWorks, "MAT-File Format", chapter 1.
 *
 * @param file for messages
 * @param fields whose values are read; others are passed over
 * @throws BlindspotError `bad-data` with file and byte for anything else; bytes of a compressed variable count unpacked
 */
export function readMatStruct(
  file: string,
  content: Uint8Array,
  variable: string,
  fields: readonly string[],
): readonly MatRow[] {
  const bytes = viewOf(content)
  requireHeader(file, content)
  let room = LARGEST_UNPACKED
  const names: string[] = []
  for (let at = HEADER; at < bytes.byteLength;) {
    const outer = elementAt(file, bytes, at, bytes.byteLength)
    let inner = outer
    if (outer.type === COMPRESSED) {
      const unpacked = unpack(file, content.subarray(outer.from, outer.to), at, room)
      room -= unpacked.byteLength
      inner = elementAt(file, unpacked, 0, unpacked.byteLength)
    }
    const matrix = matrixOf(file, inner)
    if (matrix?.name === variable) return rowsOf(file, inner, matrix, fields)
    if (matrix) names.push(matrix.name)
    at = outer.next
  }
  throw bad(
    file,
    HEADER,
    `expected a variable ${variable}, got ${names.slice(0, NAMED).join(', ') || 'none'}`,
  )
}

/** Whether bytes begin as a MAT-file does, of whatever level. */
export const isMatFile = (content: Uint8Array): boolean => latin1(content.subarray(0, 6)) === 'MATLAB'

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

function requireHeader(file: string, content: Uint8Array): void {
  if (content.length < HEADER)
    throw bad(file, content.length, `expected a header of ${HEADER} bytes, got the end`)
  const order = latin1(content.subarray(126, 128))
  const version = viewOf(content).getUint16(124, true)
  if (order === 'IM' && version === 0x100) return
  const got =
    version === 0x200 ? 'one of version 7.3, which is HDF5' : order === 'MI' ? 'a big-endian one' : 'another'
  throw bad(file, 124, `expected a little-endian MAT-file of level 5, got ${got}; save it with -v7`)
}

function unpack(file: string, packed: Uint8Array, at: number, room: number): DataView {
  try {
    return viewOf(inflateSync(packed, { maxOutputLength: Math.max(1, room) }))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const got = code === 'ERR_BUFFER_TOO_LARGE' ? 'more' : `what cannot be unpacked (${message})`
    throw bad(file, at, `expected at most ${LARGEST_UNPACKED} bytes of zlib data in all, got ${got}`, cause)
  }
}

/** What a matrix says of itself; undefined of what is none, and of one without content. */
function matrixOf(file: string, { type, bytes, from, to }: Element): Matrix | undefined {
  if (type !== MATRIX || from === to) return undefined
  const flags = elementOf(file, bytes, from, to, UINT32, 'flags of a matrix')
  const kind = bytes.getUint32(flags.from, true) & 0xff
  const extents = elementOf(file, bytes, flags.next, to, INT32, 'extents of a matrix')
  let values = 1
  for (let at = extents.from; at + 4 <= extents.to; at += 4) values *= bytes.getUint32(at, true)
  const name = elementOf(file, bytes, extents.next, to, INT8, 'name of a matrix', 0)
  return { kind, values, name: textOf(name), from: name.next }
}

function rowsOf(
  file: string,
  { bytes, from: start, to }: Element,
  { kind, values, name, from }: Matrix,
  asked: readonly string[],
): readonly MatRow[] {
  if (kind !== STRUCT)
    throw bad(file, start, `expected the variable ${name} to be a struct array, got class ${kind}`)
  const length = elementOf(file, bytes, from, to, INT32, 'length of the names of fields')
  const width = bytes.getUint32(length.from, true)
  const all = elementOf(file, bytes, length.next, to, INT8, 'names of fields')
  if (width < 1 || width > LONGEST_NAME || (all.to - all.from) % width > 0)
    throw bad(file, length.from, `expected names of fields of at most ${LONGEST_NAME} bytes, got ${width}`)
  const fields = (textOf(all).match(new RegExp(`[^]{${width}}`, 'g')) ?? []).map((one) => one.split('\0')[0])
  const missing = asked.filter((one) => !fields.includes(one))
  if (missing.length > 0)
    throw bad(file, all.from, `expected fields ${asked.join(', ')} of ${name}, got ${fields.join(', ')}`)
  // an element has at least a tag
  if (values * fields.length * 8 > to - all.next)
    throw bad(file, start, `expected ${values} rows of ${fields.length} fields, got ${to - all.next} bytes`)
  let at = all.next
  return Array.from({ length: values }, () => {
    const row: Record<string, number | string | undefined> = {}
    for (const field of fields) {
      const cell = elementAt(file, bytes, at, to)
      if (asked.includes(field)) row[field] = valueOf(file, cell)
      at = cell.next
    }
    return row
  })
}

/** The text of a matrix of characters, the number of one of one number. */
function valueOf(file: string, cell: Element): number | string | undefined {
  const matrix = matrixOf(file, cell)
  if (matrix === undefined) return undefined
  const isText = matrix.kind === CHAR
  const isNumber = matrix.kind >= NUMERIC.first && matrix.kind <= NUMERIC.last && matrix.values === 1
  if (!isText && !isNumber) return undefined
  const data = elementAt(file, cell.bytes, matrix.from, cell.to)
  if (isText) return textOf(data, UTF16.includes(data.type) ? 'utf16le' : 'utf8')
  return numberOf(file, data)
}

/** Structs, fields and items of one struct: each takes up to 200 bytes of memory where a byte of the file can be a struct. */
const MOST_VALUES = 1_000_000
/** Structs and lists within each other at most; a Parquet footer has 7. */
const DEEPEST = 64
/** Bytes of a number at most: it has 64 bits. */
const LONGEST_NUMBER = 10

const TYPE = { yes: 1, no: 2, byte: 3, i64: 6, double: 7, binary: 8, list: 9, struct: 12 }

/**
 * Where the Thrift struct ends that begins at a byte, found without keeping any of it: what makes room for each list, struct and
 * number that the bytes speak of can be given them then.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @throws RangeError where the bytes are none, or more than memory should hold
 */
export function thriftEnd(bytes: Uint8Array, from: number): number {
  let at = from
  let values = 0

  function count(more: number): void {
    values += more
    if (values > MOST_VALUES) throw new RangeError(`more than ${MOST_VALUES} values are in it`)
  }
  function byte(): number {
    if (at >= bytes.length) throw new RangeError('the bytes end within a value')
    return bytes[at++]
  }
  function skip(length: number): void {
    if (length > bytes.length - at) throw new RangeError('the bytes end within a value')
    at += length
  }
  function number(): void {
    for (let length = 1; byte() > 127; length++)
      if (length === LONGEST_NUMBER) throw new RangeError('a number is longer than 64 bits')
  }
  function size(): number {
    let result = 0
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const next = byte()
      result += (next & 127) * scale
      if (next < 128 && result < 2 ** 31) return result
    }
    throw new RangeError('a length is longer than 31 bits')
  }
  function value(type: number, depth: number): void {
    if (depth > DEEPEST) throw new RangeError(`values lie more than ${DEEPEST} deep`)
    if (type === TYPE.yes || type === TYPE.no) return
    if (type === TYPE.byte) skip(1)
    else if (type > TYPE.byte && type <= TYPE.i64) number()
    else if (type === TYPE.double) skip(8)
    else if (type === TYPE.binary) skip(size())
    else if (type === TYPE.list) list(depth + 1)
    else if (type === TYPE.struct) struct(depth + 1)
    else throw new RangeError(`type ${type} is unknown`)
  }
  function list(depth: number): void {
    const head = byte()
    const element = head & 15
    const length = head >> 4 === 15 ? size() : head >> 4
    if (length > bytes.length - at) throw new RangeError('a list is longer than the bytes')
    count(length)
    if (element === TYPE.yes || element === TYPE.no) skip(length)
    else for (let i = 0; i < length; i++) value(element, depth)
  }
  function struct(depth: number): void {
    for (let head = byte(); head !== 0; head = byte()) {
      count(1)
      if (head >> 4 === 0) number()
      value(head & 15, depth)
    }
  }
  struct(1)
  return at
}

/**
 * Thrift's compact protocol, read into a tree and written back: what a Parquet footer is made of.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export type ThriftValue = boolean | bigint | Uint8Array | ThriftList | ThriftStruct
export interface ThriftList {
  readonly element: number
  readonly items: readonly ThriftValue[]
}
/** Fields by their number; each remembers its type, so that it is written as it was read. */
export type ThriftStruct = ReadonlyMap<number, { readonly type: number; readonly value: ThriftValue }>

const TRUE = 1
const FALSE = 2
const BYTE = 3
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const STRUCT = 12

/** Structs, fields and items of one reading: each takes up to 200 bytes of memory where a byte of the file can be a struct. */
const MOST_VALUES = 1_000_000
/** Structs and lists within each other; a Parquet footer has 7. */
const DEEPEST = 64

/** Reads one struct; a RangeError where the bytes are none, or more than memory should hold. */
export const readStruct = (bytes: Uint8Array): ThriftStruct => readStructAt(bytes, 0).struct

/** Reads the struct that begins at a byte, and says where it ends. */
export function readStructAt(bytes: Uint8Array, from: number): { struct: ThriftStruct; end: number } {
  let at = from
  let values = 0
  let depth = 0

  function count(more: number): void {
    values += more
    if (values > MOST_VALUES) throw new RangeError(`more than ${MOST_VALUES} values are in it`)
  }
  function deeper<T>(read: () => T): T {
    if (++depth > DEEPEST) throw new RangeError(`values lie more than ${DEEPEST} deep`)
    const result = read()
    depth--
    return result
  }

  function byte(): number {
    if (at >= bytes.length) throw new RangeError('the bytes end within a value')
    return bytes[at++]
  }
  function take(length: number): Uint8Array {
    if (at + length > bytes.length) throw new RangeError('the bytes end within a value')
    return bytes.subarray(at, (at += length))
  }
  function varint(): bigint {
    for (let value = 0n, shift = 0n; shift < 70n; shift += 7n) {
      const next = byte()
      value |= BigInt(next & 127) << shift
      if (next < 128) return value
    }
    throw new RangeError('a number is longer than 64 bits')
  }
  function zigzag(): bigint {
    const value = varint()
    return (value >> 1n) ^ -(value & 1n)
  }
  function value(type: number): ThriftValue {
    if (type === TRUE || type === FALSE) return type === TRUE
    if (type === BYTE) return BigInt(byte())
    if (type > BYTE && type <= I64) return zigzag()
    if (type === DOUBLE) return take(8)
    if (type === BINARY) return take(Number(varint()))
    if (type === LIST || type === SET) return deeper(list)
    if (type === STRUCT) return deeper(struct)
    throw new RangeError(`type ${type} is unknown`)
  }
  function list(): ThriftList {
    const head = byte()
    const element = head & 15
    const size = head >> 4 === 15 ? Number(varint()) : head >> 4
    if (size > bytes.length - at) throw new RangeError('a list is longer than the bytes')
    count(size)
    const isBoolean = element === TRUE || element === FALSE
    return {
      element,
      items: Array.from({ length: size }, () => (isBoolean ? byte() === TRUE : value(element))),
    }
  }
  function struct(): ThriftStruct {
    const fields = new Map<number, { type: number; value: ThriftValue }>()
    for (let id = 0, head = byte(); head !== 0; head = byte()) {
      count(1)
      const type = head & 15
      id = head >> 4 === 0 ? Number(zigzag()) : id + (head >> 4)
      fields.set(id, { type, value: value(type) })
    }
    return fields
  }
  return { struct: struct(), end: at }
}

/** Writes what `readStruct` reads. */
export function writeStruct(root: ThriftStruct): Uint8Array {
  const parts: Uint8Array[] = []
  let small: number[] = []

  function bytes(value: Uint8Array): void {
    parts.push(Uint8Array.from(small), value)
    small = []
  }
  function varint(value: bigint): void {
    for (; value > 127n; value >>= 7n) small.push(Number(value & 127n) | 128)
    small.push(Number(value))
  }
  const zigzag = (value: bigint) => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))

  function write(type: number, value: ThriftValue): void {
    if (typeof value === 'bigint') {
      if (type === BYTE) small.push(Number(value))
      else zigzag(value)
    } else if (value instanceof Uint8Array) {
      if (type === BINARY) varint(BigInt(value.length))
      bytes(value)
    } else if (value instanceof Map) struct(value)
    else if (typeof value === 'object') list(value as ThriftList)
  }
  function list({ element, items }: ThriftList): void {
    small.push((Math.min(items.length, 15) << 4) | element)
    if (items.length >= 15) varint(BigInt(items.length))
    for (const item of items) {
      if (typeof item === 'boolean') small.push(item ? TRUE : FALSE)
      else write(element, item)
    }
  }
  function struct(fields: ThriftStruct): void {
    let last = 0
    for (const [id, { type, value }] of [...fields].sort(([a], [b]) => a - b)) {
      // a boolean field's value is its type
      const step = id - last
      if (step > 0 && step < 16) small.push((step << 4) | type)
      else {
        small.push(type)
        zigzag(BigInt(id))
      }
      write(type, value)
      last = id
    }
    small.push(0)
  }
  struct(root)
  bytes(new Uint8Array(0))
  return new Uint8Array(Buffer.concat(parts))
}

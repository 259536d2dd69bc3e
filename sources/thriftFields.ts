import type { ThriftStruct, ThriftValue } from './thrift.js'

/** The fields of a Thrift struct by their type; each throws a RangeError where a field is missing or something else. */

export function required(from: ThriftStruct, field: number): ThriftValue {
  const found = from.get(field)
  if (found === undefined) throw new RangeError(`field ${field} is missing`)
  return found.value
}

/** A whole number that is exact in float64. */
export function integer(from: ThriftStruct, field: number): number {
  const value = required(from, field)
  const number = typeof value === 'bigint' ? Number(value) : NaN
  if (!Number.isSafeInteger(number)) throw new RangeError(`field ${field} is no whole number`)
  return number
}

/** A size or a number of things. */
export function count(from: ThriftStruct, field: number): number {
  const number = integer(from, field)
  if (number < 0) throw new RangeError(`field ${field} is ${number}, which is no size`)
  return number
}

export function text(from: ThriftStruct, field: number): string {
  return decoded(required(from, field))
}

function decoded(value: ThriftValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  throw new RangeError('text was expected')
}

function items(from: ThriftStruct, field: number): readonly ThriftValue[] {
  const value = from.get(field)?.value
  return typeof value === 'object' && 'items' in value ? value.items : []
}

export const strings = (from: ThriftStruct, field: number) => items(from, field).map(decoded)

export const structs = (from: ThriftStruct, field: number) => items(from, field).map(asStruct)

export const struct = (from: ThriftStruct, field: number) => asStruct(required(from, field))

function asStruct(value: ThriftValue): ThriftStruct {
  if (value instanceof Map) return value as ThriftStruct
  throw new RangeError('a struct was expected')
}

const STRUCT = 12
export const list = (of: readonly ThriftStruct[]) => ({ element: STRUCT, items: of })

/** A copy with other values in some fields that it has, and without others. */
export function changed(
  from: ThriftStruct,
  values: Readonly<Record<number, ThriftValue>>,
  without: readonly number[] = [],
): ThriftStruct {
  return new Map(
    [...from]
      .filter(([field]) => !without.includes(field))
      .map(([field, { type, value }]) => [field, { type, value: field in values ? values[field] : value }]),
  )
}

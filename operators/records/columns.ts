import { Bool, DataType, Field, Float32, Float64, Int32, Int64, List, Utf8, makeData } from 'apache-arrow'
import type { Data } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import { elementId } from './fieldIds.js'

/** One named column of an Arrow record batch. */
export interface ArrowColumn {
  readonly field: Field
  readonly data: Data
}

/** An Arrow validity bitmap (bit i of byte i / 8, least significant first), or none where no row is null. */
function validity(n: number, present: (row: number) => boolean) {
  const bits = new Uint8Array((n + 7) >> 3)
  let nullCount = 0
  for (let i = 0; i < n; i++) {
    if (present(i)) bits[i >> 3] |= 1 << (i & 7)
    else nullCount++
  }
  return nullCount > 0 ? { nullBitmap: bits, nullCount } : { nullCount: 0 }
}

const column = (name: string, data: Data, nullable: boolean): ArrowColumn => ({
  field: new Field(name, data.type, nullable),
  data,
})

/** The same column with a Parquet field id, and its lists' values with theirs. */
export function identified({ field, data }: ArrowColumn, id: number | undefined): ArrowColumn {
  if (id === undefined) return { field, data }
  if (!DataType.isList(data.type))
    return { field: new Field(field.name, data.type, field.nullable, parquetId(id)), data }
  const { valueField: values } = data.type
  const type = new List(
    new Field(values.name, values.type as DataType, values.nullable, parquetId(elementId(id))),
  )
  return { field: new Field(field.name, type, field.nullable, parquetId(id)), data: data.clone(type) }
}

/** As Arrow's Parquet writers look for it. */
const parquetId = (id: number) => new Map([['PARQUET:field_id', String(id)]])

/** int32, over the array itself; rows equal to `none` are null where one is given. */
export function integers(name: string, values: Int32Array, none?: number): ArrowColumn {
  const nulls = none === undefined ? { nullCount: 0 } : validity(values.length, (i) => values[i] !== none)
  const data = makeData({ type: new Int32(), length: values.length, data: values, ...nulls })
  return column(name, data, none !== undefined)
}

/** int64 of safe integers; where it is `nullable`, NaN is null. */
export function longs(name: string, values: readonly number[], nullable = false): ArrowColumn {
  const nulls = nullable ? validity(values.length, (i) => !Number.isNaN(values[i])) : { nullCount: 0 }
  const data = makeData({
    type: new Int64(),
    length: values.length,
    ...nulls,
    data: BigInt64Array.from(values, (value) => BigInt(nullable && Number.isNaN(value) ? 0 : value)),
  })
  return column(name, data, nullable)
}

/** float64, over the array itself; NaN is null. */
export function numbers(name: string, values: Float64Array): ArrowColumn {
  const nulls = validity(values.length, (i) => !Number.isNaN(values[i]))
  return column(name, makeData({ type: new Float64(), length: values.length, data: values, ...nulls }), true)
}

/** utf8, one string a row. */
export function texts(name: string, values: readonly string[]): ArrowColumn {
  const valueOffsets = new Int32Array(values.length + 1)
  values.forEach((value, i) => (valueOffsets[i + 1] = valueOffsets[i] + Buffer.byteLength(value)))
  const data = bytesOf(Buffer.from(values.join('')))
  return column(
    name,
    makeData({ type: new Utf8(), length: values.length, nullCount: 0, valueOffsets, data }),
    false,
  )
}

/**
 * utf8, the same string in every row: plain text and no Arrow dictionary, because dictionaries may not differ
 * within one file, and pyarrow refuses to merge them with plain strings.
 */
export function constant(name: string, value: string, n: number): ArrowColumn {
  const size = Buffer.byteLength(value)
  const valueOffsets = Int32Array.from({ length: n + 1 }, (_, i) => i * size)
  const data = bytesOf(size > 0 ? Buffer.alloc(n * size, value) : Buffer.alloc(0))
  return column(name, makeData({ type: new Utf8(), length: n, nullCount: 0, valueOffsets, data }), false)
}

/** boolean from 0 and 1; rows equal to `none` are null where one is given. */
export function flags(name: string, values: Uint8Array | Int32Array, none?: number): ArrowColumn {
  const bits = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, i) => (bits[i >> 3] |= (value === 1 ? 1 : 0) << (i & 7)))
  const nulls = none === undefined ? { nullCount: 0 } : validity(values.length, (i) => values[i] !== none)
  const data = makeData({ type: new Bool(), length: values.length, data: bits, ...nulls })
  return column(name, data, none !== undefined)
}

/**
 * n lists of float32 of one length, over the array itself. The child is named `element`, as Parquet's
 * specification names it and pyiceberg demands. With `present`, the column has nulls where it says false.
 */
export function lists(
  name: string,
  values: Float32Array,
  n: number,
  present?: (row: number) => boolean,
): ArrowColumn {
  const length = n === 0 ? 0 : values.length / n
  if (!Number.isInteger(length) || values.length >= 2 ** 31)
    throw new BlindspotError(
      'bad-data',
      `column ${name}: ${values.length} values cannot be ${n} equal lists of one record batch; write fewer rows at once`,
    )
  const data = makeData({
    type: new List(new Field('element', new Float32(), false)),
    length: n,
    valueOffsets: Int32Array.from({ length: n + 1 }, (_, i) => i * length),
    child: makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values }),
    ...(present === undefined ? { nullCount: 0 } : validity(n, present)),
  })
  return column(name, data, present !== undefined)
}

const bytesOf = (buffer: Buffer) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)

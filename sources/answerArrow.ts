import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Data,
  makeData,
  type DataType,
} from 'apache-arrow'
import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimeValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import { BlindspotError } from '../operators/errors.js'

type Values = readonly DuckDBValue[]

/** How values of a type lie in Arrow. */
export interface ArrowForm {
  readonly type: DataType
  /** @param column whose values these are, for an error */
  readonly data: (values: Values, column: string) => Data
}

/**
 * The form of a type of DuckDB's: the same type where Arrow and Parquet have it. HUGEINT, which sums of whole numbers are,
 * becomes decimal128(38, 0), TIMESTAMP_S milliseconds, and what neither of the two has (ENUM, UUID, INTERVAL, BIT, TIMETZ,
 * UNION, VARIANT) the text that DuckDB has for it.
 */
export function arrowForm(type: DuckDBType): ArrowForm {
  if (type instanceof DuckDBDecimalType) return decimals(type.scale, type.width)
  if (type instanceof DuckDBListType) return lists(arrowForm(type.valueType))
  if (type instanceof DuckDBArrayType) return arrays(arrowForm(type.valueType), type.length)
  if (type instanceof DuckDBStructType)
    return structs(type.entryNames.map((name, i) => [name, arrowForm(type.entryTypes[i])]))
  if (type instanceof DuckDBMapType) return maps(arrowForm(type.keyType), arrowForm(type.valueType))
  return SCALARS.get(type.typeId) ?? texts
}

/** Which values are there: a bit each, where one is not. */
function nulls(values: Values): { readonly nullCount: number; readonly nullBitmap: Uint8Array } {
  const bits = new Uint8Array((values.length + 7) >> 3)
  let nullCount = 0
  values.forEach((value, i) => {
    if (value === null) nullCount++
    else bits[i >> 3] |= 1 << (i & 7)
  })
  return { nullCount, nullBitmap: nullCount > 0 ? bits : new Uint8Array() }
}

/** Arrow's data of some values. */
function dataOf(
  type: DataType,
  values: Values,
  buffers: { readonly valueOffsets?: Int32Array; readonly data?: ArrayBufferView },
  children: readonly Data[] = [],
): Data {
  const { valueOffsets = new Int32Array(), data = new Uint8Array() } = buffers
  const { nullCount, nullBitmap } = nulls(values)
  return new Data(type, 0, values.length, nullCount, [valueOffsets, data, nullBitmap], [...children])
}

type Numbers =
  Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array

/** Numbers in a typed array, 0 where there is none. */
function numbers(
  type: DataType,
  make: (values: readonly number[]) => Numbers,
  of: (value: DuckDBValue) => number = Number,
): ArrowForm {
  return {
    type,
    data: (values) =>
      dataOf(type, values, { data: make(values.map((value) => (value === null ? 0 : of(value)))) }),
  }
}

/** Whole numbers of 64 bits. */
function longs(
  type: DataType,
  of: (value: DuckDBValue) => bigint,
  make: (values: readonly bigint[]) => BigInt64Array | BigUint64Array = (values) => new BigInt64Array(values),
): ArrowForm {
  return {
    type,
    data: (values) =>
      dataOf(type, values, { data: make(values.map((value) => (value === null ? 0n : of(value)))) }),
  }
}

const whole = (value: DuckDBValue): bigint => (typeof value === 'bigint' ? value : 0n)

const booleans: ArrowForm = {
  type: new Bool(),
  data(values) {
    const data = new Uint8Array((values.length + 7) >> 3)
    values.forEach((value, i) => (data[i >> 3] |= (value === true ? 1 : 0) << (i & 7)))
    return dataOf(new Bool(), values, { data })
  },
}

/** Bytes one after the other, and where each begins. */
function bytes(type: Utf8 | Binary, values: Values, of: (value: DuckDBValue) => Uint8Array): Data {
  const chunks = values.map((value) => (value === null ? new Uint8Array() : of(value)))
  const valueOffsets = offsets(chunks.map(({ length }) => length))
  const all = Buffer.concat(chunks)
  const data = new Uint8Array(all.buffer, all.byteOffset, all.length)
  return dataOf(type, values, { valueOffsets, data })
}

const texts: ArrowForm = {
  type: new Utf8(),
  data: (values) => bytes(new Utf8(), values, (value) => Buffer.from(String(value))),
}

const blobs: ArrowForm = {
  type: new Binary(),
  data: (values) =>
    bytes(new Binary(), values, (value) =>
      value instanceof DuckDBBlobValue ? value.bytes : new Uint8Array(),
    ),
}

function offsets(lengths: readonly number[]): Int32Array {
  const ends = new Int32Array(lengths.length + 1)
  lengths.forEach((length, i) => (ends[i + 1] = ends[i] + length))
  return ends
}

const MOST = 10n ** 38n

function decimals(scale: number, width: number): ArrowForm {
  const type = new Decimal(scale, width, 128)
  return {
    type,
    data(values, column) {
      const data = new Uint32Array(4 * values.length)
      values.forEach((value, i) => {
        const digits = value instanceof DuckDBDecimalValue ? value.value : whole(value)
        if (digits >= MOST || digits <= -MOST)
          throw new BlindspotError(
            'bad-data',
            `column ${column}: ${digits} has more than 38 digits, which Arrow and Parquet cannot have; cast it to DOUBLE or VARCHAR`,
          )
        const bits = BigInt.asUintN(128, digits)
        for (let word = 0; word < 4; word++)
          data[4 * i + word] = Number((bits >> BigInt(32 * word)) & 0xffffffffn)
      })
      return dataOf(type, values, { data })
    },
  }
}

const itemsOf = (value: DuckDBValue): Values =>
  value instanceof DuckDBListValue || value instanceof DuckDBArrayValue ? value.items : []

/** Lists, whose values are called `element` as in the tables. */
function lists({ type: element, data }: ArrowForm): ArrowForm {
  const type = new List(new Field('element', element, true))
  return {
    type,
    data(values, column) {
      const items = values.map(itemsOf)
      const valueOffsets = offsets(items.map(({ length }) => length))
      return dataOf(type, values, { valueOffsets }, [data(items.flat(), column)])
    },
  }
}

function arrays({ type: element, data }: ArrowForm, length: number): ArrowForm {
  const type = new FixedSizeList(length, new Field('element', element, true))
  const nothing: Values = Array<null>(length).fill(null)
  return {
    type,
    data(values, column) {
      const items = values.map((value) => (value === null ? nothing : itemsOf(value)))
      const child = data(items.flat(), column)
      return makeData({ type, length: values.length, child, ...nulls(values) })
    },
  }
}

function structs(entries: readonly (readonly [name: string, form: ArrowForm])[]): ArrowForm {
  const type = new Struct(entries.map(([name, form]) => new Field(name, form.type, true)))
  return {
    type,
    data: (values, column) =>
      dataOf(
        type,
        values,
        {},
        entries.map(([name, { data }]) =>
          data(
            values.map((value) => (value instanceof DuckDBStructValue ? value.entries[name] : null)),
            `${column}.${name}`,
          ),
        ),
      ),
  }
}

function maps(keys: ArrowForm, items: ArrowForm): ArrowForm {
  const entry = new Struct<{ key: DataType; value: DataType }>([
    new Field('key', keys.type, false),
    new Field('value', items.type, true),
  ])
  const type = new Map_(new Field('entries', entry, false))
  return {
    type,
    data(values, column) {
      const entries = values.map((value) => (value instanceof DuckDBMapValue ? value.entries : []))
      const all = entries.flat()
      const each = [
        keys.data(
          all.map(({ key }) => key),
          column,
        ),
        items.data(
          all.map(({ value }) => value),
          column,
        ),
      ]
      const child = makeData({ type: entry, length: all.length, nullCount: 0, children: each })
      return dataOf(type, values, { valueOffsets: offsets(entries.map(({ length }) => length)) }, [child])
    },
  }
}

const micros = (value: DuckDBValue): bigint =>
  value instanceof DuckDBTimestampValue ||
  value instanceof DuckDBTimestampTZValue ||
  value instanceof DuckDBTimeValue
    ? value.micros
    : 0n
const millis = (value: DuckDBValue): bigint =>
  value instanceof DuckDBTimestampMillisecondsValue
    ? value.millis
    : value instanceof DuckDBTimestampSecondsValue
      ? value.seconds * 1000n
      : 0n
const nanos = (value: DuckDBValue): bigint =>
  value instanceof DuckDBTimestampNanosecondsValue ? value.nanos : 0n
const days = (value: DuckDBValue): number => (value instanceof DuckDBDateValue ? value.days : 0)

const integers = numbers(new Int32(), (values) => new Int32Array(values))
const milliseconds = longs(new TimestampMillisecond(), millis)
const hugeIntegers = decimals(0, 38)

const SCALARS: ReadonlyMap<DuckDBTypeId, ArrowForm> = new Map([
  [DuckDBTypeId.BOOLEAN, booleans],
  [DuckDBTypeId.TINYINT, numbers(new Int8(), (values) => new Int8Array(values))],
  [DuckDBTypeId.SMALLINT, numbers(new Int16(), (values) => new Int16Array(values))],
  [DuckDBTypeId.INTEGER, integers],
  [DuckDBTypeId.SQLNULL, integers],
  [DuckDBTypeId.BIGINT, longs(new Int64(), whole)],
  [DuckDBTypeId.UTINYINT, numbers(new Uint8(), (values) => new Uint8Array(values))],
  [DuckDBTypeId.USMALLINT, numbers(new Uint16(), (values) => new Uint16Array(values))],
  [DuckDBTypeId.UINTEGER, numbers(new Uint32(), (values) => new Uint32Array(values))],
  [DuckDBTypeId.UBIGINT, longs(new Uint64(), whole, (values) => new BigUint64Array(values))],
  [DuckDBTypeId.HUGEINT, hugeIntegers],
  [DuckDBTypeId.UHUGEINT, hugeIntegers],
  [DuckDBTypeId.FLOAT, numbers(new Float32(), (values) => new Float32Array(values))],
  [DuckDBTypeId.DOUBLE, numbers(new Float64(), (values) => new Float64Array(values))],
  [DuckDBTypeId.BLOB, blobs],
  [DuckDBTypeId.DATE, numbers(new DateDay(), (values) => new Int32Array(values), days)],
  [DuckDBTypeId.TIME, longs(new TimeMicrosecond(), micros)],
  [DuckDBTypeId.TIMESTAMP, longs(new TimestampMicrosecond(), micros)],
  [DuckDBTypeId.TIMESTAMP_TZ, longs(new TimestampMicrosecond('UTC'), micros)],
  [DuckDBTypeId.TIMESTAMP_MS, milliseconds],
  [DuckDBTypeId.TIMESTAMP_S, milliseconds],
  [DuckDBTypeId.TIMESTAMP_NS, longs(new TimestampNanosecond(), nanos)],
])

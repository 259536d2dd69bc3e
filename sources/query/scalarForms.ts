import {
  Binary,
  Bool,
  type Data,
  DateDay,
  Decimal,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type DataType,
} from 'apache-arrow'
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimeValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import { BlindspotError } from '../../operators/errors.js'
import { dataOf, offsets, type ArrowForm, type Values } from './arrowData.js'

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

/** The text that DuckDB has for any value. */
export const texts: ArrowForm = {
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

/** What is too large for a decimal of Arrow's. */
const MOST = 10n ** 38n

/** Decimals of up to 38 digits, and whole numbers of 128 bits. */
export function decimals(scale: number, width: number): ArrowForm {
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

/** The forms of the types that Arrow has, too. */
export const SCALARS: ReadonlyMap<DuckDBTypeId, ArrowForm> = new Map([
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

import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  DuckDBUnionValue,
  DuckDBVariantValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import { ExactNumber, type SqlValue } from './answer.js'

/** Makes values of a type what JavaScript has for them. */
export function valuesOf(type: DuckDBType): (value: DuckDBValue) => SqlValue {
  const convert = converterOf(type)
  return (value) => (value === null ? null : convert(value))
}

function converterOf(type: DuckDBType): (value: Exclude<DuckDBValue, null>) => SqlValue {
  if (type.typeId === DuckDBTypeId.FLOAT) return (value) => asWritten(Number(value))
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const item = valuesOf(type.valueType)
    return (value) =>
      value instanceof DuckDBListValue || value instanceof DuckDBArrayValue
        ? value.items.map(item)
        : plain(value)
  }
  if (type instanceof DuckDBStructType) {
    const entries = type.entryTypes.map(valuesOf)
    const { entryNames } = type
    return (value) =>
      value instanceof DuckDBStructValue
        ? new Map(entryNames.map((name, i) => [name, entries[i](value.entries[name])]))
        : plain(value)
  }
  if (type instanceof DuckDBMapType) {
    const item = valuesOf(type.valueType)
    return (value) =>
      value instanceof DuckDBMapValue
        ? new Map(value.entries.map((entry) => [String(entry.key), item(entry.value)]))
        : plain(value)
  }
  return plain
}

function plain(value: DuckDBValue): SqlValue {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof DuckDBDecimalValue) return new ExactNumber(value.toString())
  if (value instanceof DuckDBUnionValue || value instanceof DuckDBVariantValue) return plain(value.value)
  // that of this machine's clock would be another text elsewhere
  if (value instanceof DuckDBTimestampTZValue) return `${String(new DuckDBTimestampValue(value.micros))}+00`
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plain)
  if (value instanceof DuckDBStructValue)
    return new Map(Object.entries(value.entries).map(([name, entry]) => [name, plain(entry)]))
  return String(value)
}

/** A float32 as the double that is written as it is: 0.1 and not 0.10000000149011612. */
function asWritten(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const written = Number(value.toPrecision(digits))
    if (Math.fround(written) === value) return written
  }
  return Number(value.toPrecision(9))
}

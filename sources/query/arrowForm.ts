import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
} from '@duckdb/node-api'
import type { ArrowForm } from './arrowData.js'
import { arrays, lists, maps, structs } from './nestedForms.js'
import { decimals, SCALARS, texts } from './scalarForms.js'

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

import type { FileMetaData, SchemaElement } from 'hyparquet'
import type { Subtree } from './parquetFields.js'
import type { Bounds, WhereValue } from './where.js'

/** Writers whose statistics of texts are wrong. */
const WRONG = /^parquet\.?js/i

/**
 * What the footer says for sure of a column's values in a row group; undefined where it says nothing: bounds of another type than the
 * column's, or NaN, as well as texts that were cut within a character, are none.
 */
export function boundsOf(metadata: FileMetaData, subtree: Subtree, group: number): Bounds | undefined {
  const [element, ...below] = subtree.elements
  if (below.length > 0 || WRONG.test(metadata.created_by ?? '')) return undefined
  const column = metadata.row_groups[group].columns.find(
    ({ meta_data: found }) => found?.path_in_schema.length === 1 && found.path_in_schema[0] === subtree.name,
  )?.meta_data
  const statistics = column?.statistics
  if (column === undefined || statistics === undefined) return undefined
  const { min_value: least, max_value: most, null_count: nulls } = statistics
  const isNull = typeof nulls === 'bigint' && nulls > 0n && nulls === column.num_values && least === undefined
  const isSure = isBound(element, least) && isBound(element, most)
  return isSure ? { least, most, isNull } : { isNull }
}

/** Whether a value can be a bound of a column: other types' order is not that of what is read. */
export function isBound(element: SchemaElement, value: unknown): value is WhereValue {
  const { type, converted_type: converted, logical_type: logical } = element
  const isPlain = converted === undefined && logical === undefined
  if (type === 'BOOLEAN') return isPlain && typeof value === 'boolean'
  if (type === 'FLOAT' || type === 'DOUBLE')
    return isPlain && typeof value === 'number' && !Number.isNaN(value)
  if (type === 'INT32' || type === 'INT64') {
    const isWhole = isPlain || /^U?INT_\d+$/.test(converted ?? '') || logical?.type === 'INTEGER'
    return isWhole && (typeof value === 'bigint' || Number.isInteger(value))
  }
  const isText = converted === 'UTF8' || logical?.type === 'STRING'
  return type === 'BYTE_ARRAY' && isText && typeof value === 'string' && !value.includes('\ufffd')
}

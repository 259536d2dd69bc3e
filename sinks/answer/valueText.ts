import type { SqlValue } from '../../sources/query/answer.js'
import { jsonText } from './jsonAnswer.js'

/** A value as text, every digit of it: lists and structs as JSON, NaN and infinities as DuckDB has them; null is none. */
export function valueText(value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  return jsonText(value)
}

import { Data, type DataType } from 'apache-arrow'
import type { DuckDBValue } from '@duckdb/node-api'

export type Values = readonly DuckDBValue[]

/** How values of a type lie in Arrow. */
export interface ArrowForm {
  readonly type: DataType
  /** @param column whose values these are, for an error */
  readonly data: (values: Values, column: string) => Data
}

/** Which values are there: a bit each, where one is not. */
export function nulls(values: Values): { readonly nullCount: number; readonly nullBitmap: Uint8Array } {
  const bits = new Uint8Array((values.length + 7) >> 3)
  let nullCount = 0
  values.forEach((value, i) => {
    if (value === null) nullCount++
    else bits[i >> 3] |= 1 << (i & 7)
  })
  return { nullCount, nullBitmap: nullCount > 0 ? bits : new Uint8Array() }
}

/** Arrow's data of some values. */
export function dataOf(
  type: DataType,
  values: Values,
  buffers: { readonly valueOffsets?: Int32Array; readonly data?: ArrayBufferView },
  children: readonly Data[] = [],
): Data {
  const { valueOffsets = new Int32Array(), data = new Uint8Array() } = buffers
  const { nullCount, nullBitmap } = nulls(values)
  return new Data(type, 0, values.length, nullCount, [valueOffsets, data, nullBitmap], [...children])
}

/** Where each of some lists begins, and the last ends. */
export function offsets(lengths: readonly number[]): Int32Array {
  const ends = new Int32Array(lengths.length + 1)
  lengths.forEach((length, i) => (ends[i + 1] = ends[i] + length))
  return ends
}

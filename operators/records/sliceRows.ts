import { isFloat32Array, isFloat64Array, isInt32Array, isUint8Array } from 'node:util/types'

/** Rows of a columnar batch, from one to before another: of each column, whose values are as many for every row, a view. */
export function sliceRows<Batch extends { readonly index: Int32Array }>(
  batch: Batch,
  from: number,
  to: number,
): Batch {
  const rows = batch.index.length
  const slice = (value: unknown) =>
    isInt32Array(value) || isUint8Array(value) || isFloat32Array(value) || isFloat64Array(value)
      ? value.subarray((value.length / rows) * from, (value.length / rows) * to)
      : areTexts(value)
        ? value.slice(from, to)
        : value
  return Object.fromEntries(Object.entries(batch).map(([name, value]) => [name, slice(value)])) as Batch
}

/** Whether a value of a columnar batch is a column of texts. */
export const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && typeof value[0] === 'string'

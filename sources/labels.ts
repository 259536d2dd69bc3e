import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { RowError } from '../operators/records/rowError.js'
import { integersOf } from '../operators/records/rows.js'

/** In place of a label that is no 32-bit number; an empty one is -1. */
const NO_LABEL = -2

/** Labels of a batch; a value that is none is its image's fault alone. */
export function labelsIn(batch: RecordBatch, column: string): Int32Array {
  try {
    return integersOf(batch, column, -1)
  } catch (error) {
    if (!(error instanceof RowError)) throw error
    if (batch.numRows === 1) return Int32Array.of(NO_LABEL)
    return Int32Array.from(
      { length: batch.numRows },
      (_, row) => labelsIn(batch.slice(row, row + 1), column)[0],
    )
  }
}

/** That an image has no class, with a label below 0 of `labelsIn`. */
export function withoutClass(label: number): BlindspotError {
  const is = label === -1 ? 'empty or -1' : 'no whole number from 0'
  return new BlindspotError('bad-data', `it has no class: its label is ${is}`)
}

/** The names of the classes of a column, where Hugging Face's `datasets` has noted them in a file's metadata. */
export function classNamesIn(
  keyValues: ReadonlyMap<string, string>,
  column: string,
): readonly string[] | undefined {
  try {
    const found = JSON.parse(keyValues.get('huggingface') ?? '') as {
      readonly info?: {
        readonly features?: Readonly<Partial<Record<string, { readonly names?: unknown } | null>>>
      }
    } | null
    const features = found?.info?.features ?? {}
    const names = Object.hasOwn(features, column) ? features[column]?.names : undefined
    return Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')
      ? names
      : undefined
  } catch {
    return undefined
  }
}

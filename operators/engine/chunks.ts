import type { AdversarialBatch } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'
import { areTexts, sliceRows } from '../records/sliceRows.js'

/** The batch in pieces of at most so many images, as views. */
export function cut(batch: ImageBatch, images: number): readonly ImageBatch[] {
  const rows = batch.index.length
  if (rows <= images) return [batch]
  return Array.from({ length: Math.ceil(rows / images) }, (_, i) =>
    sliceRows(batch, i * images, Math.min(rows, (i + 1) * images)),
  )
}

type Column = Float32Array | Float64Array | Int32Array | Uint8Array

/** The rows of a batch's pieces in one batch; what is no column is the same in all pieces. */
export function joined(parts: readonly AdversarialBatch[]): AdversarialBatch {
  if (parts.length === 1) return parts[0]
  const rows: Record<string, unknown> = { ...parts[0] }
  for (const [name, value] of Object.entries(parts[0])) {
    if (ArrayBuffer.isView(value)) rows[name] = concatenated(parts.map((part) => columnOf(part, name)))
    else if (areTexts(value)) rows[name] = parts.flatMap(({ path = [] }) => path)
  }
  return rows as unknown as AdversarialBatch
}

function columnOf(part: AdversarialBatch, name: string): Column {
  return part[name as 'index']
}

function concatenated(columns: readonly Column[]): Column {
  const length = columns.reduce((sum, column) => sum + column.length, 0)
  const make = columns[0].constructor as new (length: number) => Column
  const all = new make(length)
  let at = 0
  for (const column of columns) {
    all.set(column, at)
    at += column.length
  }
  return all
}

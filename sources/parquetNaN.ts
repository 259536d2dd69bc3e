import type { OpenFile } from './openFile.js'
import { readOpen } from './parquet.js'

/** Those of some columns of floating point numbers that have a NaN, which statistics do not tell. */
export async function columnsWithNaN(
  file: OpenFile,
  columns: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  if (columns.length === 0) return found
  for await (const { batch } of readOpen(file, { columns, batchSize: 65_536 }))
    for (const name of columns) if (!found.has(name) && hasNaN(batch.getChild(name) ?? [])) found.add(name)
  return found
}

function hasNaN(values: Iterable<unknown>): boolean {
  for (const value of values) if (Number.isNaN(value)) return true
  return false
}

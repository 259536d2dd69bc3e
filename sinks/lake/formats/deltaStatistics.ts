import type { DataFile } from './dataFile.js'

interface Bounded {
  readonly name: string
  readonly least: string | number
  readonly most: string | number
}

/**
 * Statistics of a file, by which readers leave it out: rows, nulls of columns that hold no lists, and bounds of texts and whole
 * numbers, of which JSON has those exactly that doubles have.
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
 */
export function deltaStatistics({ rows, columns = [] }: DataFile) {
  const bounded = columns.flatMap(({ name, bounds }): readonly Bounded[] => {
    if (bounds === undefined) return []
    if (bounds.type === 'utf8') return [{ name, least: bounds.least, most: bounds.most }]
    const [least, most] = [Number(bounds.least), Number(bounds.most)]
    return Number.isSafeInteger(least) && Number.isSafeInteger(most) ? [{ name, least, most }] : []
  })
  return {
    numRecords: rows,
    minValues: Object.fromEntries(bounded.map(({ name, least }) => [name, least])),
    maxValues: Object.fromEntries(bounded.map(({ name, most }) => [name, most])),
    nullCount: Object.fromEntries(
      columns.flatMap(({ name, nulls }) => (nulls === undefined ? [] : [[name, nulls] as const])),
    ),
  }
}

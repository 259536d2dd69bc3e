import * as v from 'valibot'
import type { Bounds, Scalar } from '../../../sources/parquetColumns.js'
import type { DataFile } from './dataFile.js'
import type { TableSchema } from './tableSchema.js'

const values = v.record(v.string(), v.union([v.string(), v.boolean(), v.number()]))
const statistics = v.object({
  numRecords: v.number(),
  minValues: v.optional(values),
  maxValues: v.optional(values),
  nullCount: v.optional(v.record(v.string(), v.number())),
})

/**
 * Statistics of a file, by which readers leave it out: rows, nulls of columns that hold no lists, and what their values lie
 * between.
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
 */
export type Statistics = v.InferOutput<typeof statistics>

/** @throws Error where they are not as this program writes them */
export const statisticsIn = (text: string): Statistics => v.parse(statistics, JSON.parse(text))

export function statisticsOf({ rows, columns }: DataFile): Statistics {
  if (columns === undefined) return { numRecords: rows }
  const bounded = columns.flatMap(({ name, bounds }) => {
    const between = bounds && jsonBounds(bounds)
    return between === undefined ? [] : [{ name, ...between }]
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

/** Columns of a table that statistics are of. */
export const scalarsOf = ({ columns }: TableSchema): readonly string[] =>
  columns.filter(({ type }) => !type.startsWith('list<')).map(({ name }) => name)

/** Statistics that say of a column which the file lacks that it is null; of a file that is gone nothing is known. */
export const withNulls = (of: Statistics, scalars: readonly string[]): Statistics =>
  of.nullCount === undefined
    ? of
    : {
        ...of,
        nullCount: Object.fromEntries(scalars.map((name) => [name, of.nullCount?.[name] ?? of.numRecords])),
      }

/** Whether statistics have bounds of all columns that have values; those of a file that is gone have none and need none. */
export const isBounded = (
  { numRecords, minValues = {}, nullCount = {} }: Statistics,
  scalars: readonly string[],
): boolean => scalars.every((name) => Object.hasOwn(minValues, name) || (nullCount[name] ?? 0) === numRecords)

export const withoutBounds = ({ numRecords, nullCount }: Statistics): Statistics => ({
  numRecords,
  nullCount,
})

/** Bounds as JSON has them, in which numbers are doubles. */
function jsonBounds({ least, most }: Bounds) {
  const [from, to] = [jsonOf(least), jsonOf(most)]
  if (from === undefined || to === undefined) return undefined
  // there is no -0, which readers find below 0
  return { least: Object.is(from, -0) ? -Number.MIN_VALUE : from, most: to }
}

function jsonOf(value: Scalar): string | boolean | number | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  const number = Number(value)
  const isExact = typeof value === 'bigint' ? Number.isSafeInteger(number) : Number.isFinite(number)
  return isExact ? number : undefined
}

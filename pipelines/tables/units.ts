import type { LakeFile } from '../../sinks/lake/lake.js'
import type { Database } from '../../sources/duckdb.js'
import type { Restriction } from './restriction.js'
import type { Units } from './unitsTable.js'

/**
 * Units and directions (the paper's section 3): how alike the images at the ends of directions are.
 *
 * @param files of the data set, whose metadata tell runs of the same layer apart. Default: none
 */
export async function units(
  database: Database,
  restriction: Restriction = {},
  files: readonly LakeFile[] = [],
): Promise<Units> {
  const { unitsOf } = await import('./unitsOf.js')
  return unitsOf(database, restriction, files)
}

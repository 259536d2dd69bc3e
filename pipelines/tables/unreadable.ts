import type { Database } from '../../sources/duckdb.js'
import { among, where } from './restriction.js'

/** How many images some steps could not read, each counted once, however many steps met it. */
export async function unreadableImages(database: Database, runs: readonly string[]): Promise<number> {
  const [{ images }] = await database.rows<{ readonly images: number }>(
    `SELECT count(DISTINCT (dataset, split, "index")) AS images FROM errors${where(among('run', runs))}`,
  )
  return images
}

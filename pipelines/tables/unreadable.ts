import type { Unreadable } from '../../operators/records/unreadable.js'
import type { Database } from '../../sources/duckdb.js'
import { among, where } from './restriction.js'
import { count, many } from './words.js'

/** The table has steps that failed, too. */
const OF_IMAGES = '"index" IS NOT NULL'

/** How many images some steps could not read, each counted once, however many steps met it. */
export async function unreadableImages(database: Database, runs: readonly string[]): Promise<number> {
  const [{ images }] = await database.rows<{ readonly images: number }>(
    `SELECT count(DISTINCT (dataset, split, "index")) AS images FROM errors${where(OF_IMAGES, among('run', runs))}`,
  )
  return images
}

/** How many reasons are told. */
const FEW = 3

/** Says how many images of a data set could not be read, and why the first of them; undefined where all could. */
export async function unreadableSentence(database: Database): Promise<string | undefined> {
  const rows = await database.rows<Pick<Unreadable, 'path' | 'reason'>>(
    `SELECT any_value(path) AS path, any_value(reason) AS reason
FROM errors${where(OF_IMAGES)}
GROUP BY dataset, split, "index"
ORDER BY dataset, split, "index"`,
  )
  if (rows.length === 0) return undefined
  const first = rows.slice(0, FEW).map(({ path, reason }) => `${path}: ${reason}`)
  const others = rows.length > FEW ? [`${count(rows.length - FEW)} more in the table errors`] : []
  const were = rows.length === 1 ? 'was' : 'were'
  return `${many(rows.length, 'image')} could not be read and ${were} left out. ${[...first, ...others].join('; ')}.`
}

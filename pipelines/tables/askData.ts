import type { Lake } from '../../sinks/lake/lake.js'
import { openDatabase, type Database } from '../../sources/duckdb.js'

/** Asks a data set, as far as it is committed, something by SQL. */
export async function askData<T>(lake: Lake, ask: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(lake.files().map(({ table, path }) => ({ table, paths: [path] })))
  try {
    return await ask(database)
  } finally {
    database.close()
  }
}

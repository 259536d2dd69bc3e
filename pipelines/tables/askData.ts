import type { Lake } from '../../sinks/lake/lake.js'
import { openDatabase, type Database } from '../../sources/duckdb.js'

export interface AskOptions {
  /** Ends the query that runs. */
  readonly signal?: AbortSignal | undefined
  /** Only some of the committed files. Default: all. */
  readonly files?: readonly { readonly table: string; readonly path: string }[] | undefined
}

/**
 * Asks a data set, as far as it is committed, something by SQL.
 *
 * @throws BlindspotError `bad-data` for files that cannot be read; the signal's reason
 * @example await askData(lake, (database) => database.rows('SELECT model, test_error FROM models'))
 */
export async function askData<T>(
  lake: Lake,
  ask: (database: Database) => Promise<T>,
  { signal, files = lake.files() }: AskOptions = {},
): Promise<T> {
  signal?.throwIfAborted()
  const database = await openDatabase(files.map(({ table, path }) => ({ table, paths: [path] })))
  const interrupt = () => database.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    return await ask(database)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', interrupt)
    database.close()
  }
}

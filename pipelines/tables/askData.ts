import { BlindspotError } from '../../operators/errors.js'
import type { TableName } from '../../operators/records/tables.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { orLost } from '../../sinks/lake/lostFile.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import type { Database } from '../../sources/duckdb.js'
import { mentions } from '../../sources/query/sqlText.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

export interface AskOptions {
  /** Ends the query that runs. */
  readonly signal?: AbortSignal | undefined
  /** The tables that are asked; the others are without rows, and damage to their files does not matter. Default: all. */
  readonly tables?: readonly TableName[] | undefined
  /** Only some of the committed files. Default: all. */
  readonly files?: readonly LakeFile[] | undefined
}

/**
 * Asks a data set, as far as it is committed, something by SQL. Beside the tables there is `runs`, which says what each `run` of the
 * files that are asked stands for; it is made when SQL first names it.
 *
 * @throws BlindspotError `bad-option` for SQL that is wrong, in DuckDB's words; `bad-data` for files that cannot be read, naming the
 * first that is not as it was committed; the signal's reason
 * @example
 * const lake = await openLake('results')
 * const rows = await askData(lake, (database) => database.rows('SELECT source_model, distortion FROM examples'))
 */
export async function askData<T>(
  lake: Lake,
  ask: (database: Database) => Promise<T>,
  options: AskOptions = {},
): Promise<T> {
  requireKnown<AskOptions>('askData', options, { signal: true, tables: true, files: true })
  requireLake('askData', lake)
  const { signal, tables, files: chosen } = options
  signal?.throwIfAborted()
  const files = chosen ?? (await lake.files())
  const asked = files.filter(({ table }) => tables?.some((name) => name === table) ?? true)
  let database: Database | undefined
  const interrupt = () => database?.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    const { openDatabase } = await import('../../sources/duckdb.js')
    const here = await localPaths(asked)
    const places = asked.map(({ table, path }) => ({ table, paths: [here.get(path) ?? path] }))
    database = await openDatabase(places)
    return await ask(withRuns(database, asked))
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof BlindspotError) || error.code === 'bad-data') await findDamage(lake, asked)
    throw await orLost(error, asked)
  } finally {
    signal?.removeEventListener('abort', interrupt)
    database?.close()
  }
}

/** A database with the table `runs`, whose footers are read where it is asked alone. */
function withRuns(database: Database, files: readonly LakeFile[]): Database {
  let made: Promise<void> | undefined
  const make = async () => {
    const { runsOf } = await import('../runs/runs.js')
    const { runsSql } = await import('../runs/runsView.js')
    const runs = await runsOf({ files: () => Promise.resolve([...files]) })
    for (const sql of runsSql(runs)) await database.rows(sql)
  }
  return {
    ...database,
    rows: async (sql) => {
      if (mentions(sql, 'runs')) await (made ??= make())
      return database.rows(sql)
    },
  }
}

/** An error that names the file that is damaged, if one is: DuckDB's does not. */
async function findDamage(lake: Lake, files: readonly { readonly path: string }[]): Promise<void> {
  const paths = new Set(files.map(({ path }) => path))
  await lake.verify((await lake.files()).filter(({ path }) => paths.has(path)))
}

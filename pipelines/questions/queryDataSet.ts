import { BlindspotError } from '../../operators/errors.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { orLost } from '../../sinks/lake/lostFile.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import type { Answer } from '../../sources/query/answer.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { isRemote } from '../../sources/place.js'
import type { Query, QueryOptions } from '../../sources/query/openQuery.js'
import { mentions } from '../../sources/query/sqlText.js'
import { runsOf } from '../runs/runs.js'
import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireText } from '../../operators/options/requireKinds.js'

export interface QueryDataSetOptions extends Omit<QueryOptions, 'prelude'> {
  /** Ends the query. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks a data set, as far as it is committed, one question of anybody's by SQL, over views with the names of the tables, and the
 * table `runs`, which says what each `run` stands for: it can
 * read the data set and nothing else, write nothing and change no setting. Rows come as they are made, in bounded memory.
 *
 * Only the tables that SQL names are opened, and what their columns hold is not checked, unlike by `askData`, whose tables are
 * for verdicts: a question is answered at once.
 *
 * @param read is given the answer; when it has ended the query is closed
 * @throws BlindspotError `bad-option` for SQL that is wrong, in DuckDB's words, or does more than ask; `bad-data` for files that
 * cannot be read, naming the first that is not as it was committed; the signal's reason
 * @example
 * const lake = await openLake('results')
 * await queryDataSet(lake, 'SELECT source_model, distortion FROM examples', async ({ chunks }) => {
 *   for await (const part of chunks) console.log(part.rows())
 * })
 */
export async function queryDataSet<T>(
  lake: Lake,
  sql: string,
  read: (answer: Answer) => Promise<T>,
  given: QueryDataSetOptions = {},
): Promise<T> {
  requireKnown<QueryDataSetOptions>('queryDataSet', given, { signal: true, memory: true, allow: true })
  requireLake('queryDataSet', lake)
  requireText('queryDataSet', sql, 'a text of SQL')
  const { signal, ...options } = given
  signal?.throwIfAborted()
  const { openQuery, tablesIn, unreadColumns, runsSql, ...macros } = await loaded()
  const prelude = [...macros.INTERVALS, ...macros.ATTACK_OPTIONS]
  const named = tablesIn(sql)
  const files = (await lake.files()).filter(({ table }) => named.some((name) => name === table))
  let query: Query | undefined
  try {
    const isFar = files.some(({ path }) => isRemote(path))
    const here = await localPaths(files, isFar ? await unreadColumns(sql, prelude) : [])
    const tables = files.map(({ table, path }) => ({ table, paths: [here.get(path) ?? path] }))
    const runs = mentions(sql, 'runs') ? await runsOf(lake) : []
    query = await openQuery(tables, sql, { ...options, prelude: [...prelude, ...runsSql(runs)] }, signal)
    return await read(query.answer)
  } catch (error) {
    signal?.throwIfAborted()
    // DuckDB names no file
    if (error instanceof BlindspotError && error.code === 'bad-data') await lake.verify(files)
    throw await orLost(error, files)
  } finally {
    query?.close()
  }
}

/** What asks is loaded when something is asked. */
async function loaded() {
  return {
    ...(await import('../../sources/query/openQuery.js')),
    ...(await import('../../sources/query/unreadColumns.js')),
    ...(await import('../runs/runsView.js')),
    ...(await import('./attackOptions.js')),
    ...(await import('./intervals.js')),
  }
}

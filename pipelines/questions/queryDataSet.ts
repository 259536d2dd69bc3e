import { BlindspotError } from '../../operators/errors.js'
import type { Lake } from '../../sinks/lake/lake.js'
import type { Answer } from '../../sources/query/answer.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { isRemote } from '../../sources/place.js'
import { openQuery, tablesIn, type Query, type QueryOptions } from '../../sources/query/openQuery.js'
import { unreadColumns } from '../../sources/query/unreadColumns.js'
import { mentions } from '../../sources/query/sqlText.js'
import { runsOf } from '../runs/runs.js'
import { runsSql } from '../runs/runsView.js'
import { ATTACK_OPTIONS } from './attackOptions.js'
import { INTERVALS } from './intervals.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

/** What every question has beside the tables. */
const MACROS: readonly string[] = [...INTERVALS, ...ATTACK_OPTIONS]

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
  const { signal, ...options } = given
  signal?.throwIfAborted()
  const named = tablesIn(sql)
  const files = (await lake.files()).filter(({ table }) => named.some((name) => name === table))
  let query: Query | undefined
  try {
    const isFar = files.some(({ path }) => isRemote(path))
    const here = await localPaths(files, isFar ? await unreadColumns(sql, MACROS) : [])
    const tables = files.map(({ table, path }) => ({ table, paths: [here.get(path) ?? path] }))
    const runs = mentions(sql, 'runs') ? await runsOf(lake) : []
    query = await openQuery(tables, sql, { ...options, prelude: [...MACROS, ...runsSql(runs)] }, signal)
    return await read(query.answer)
  } catch (error) {
    signal?.throwIfAborted()
    // DuckDB names no file
    if (error instanceof BlindspotError && error.code === 'bad-data') await lake.verify(files)
    throw error
  } finally {
    query?.close()
  }
}

import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { BlindspotError } from '../../operators/errors.js'
import { bareSql } from './sqlText.js'

/** What a statement that only asks begins with. */
const ASKING = [
  ...['select', 'from', 'with', 'values', 'table', 'pivot', 'unpivot'],
  ...['describe', 'desc', 'show', 'summarize', 'explain'],
]

/**
 * Looks at the words that a statement begins with, before DuckDB does, whose error would be of a file that it cannot write.
 *
 * @throws BlindspotError `bad-option` for one that does something else than to ask
 */
export function requireAsking(sql: string): void {
  const bare = bareSql(sql)
  const first = firstWord(bare)
  if (first === '')
    throw new BlindspotError('bad-option', 'expected a statement of SQL, as FROM models, got nothing')
  if (OTHERS.includes(first)) throw onlyAsking(first)
  if (first !== 'explain') return
  // EXPLAIN ANALYZE does what it explains
  const explained = firstWord(bare.replace(/^[\s(;]*explain\s+(?:analyze\b\s*)?(?:\([^)]*\)\s*(?=\w))?/i, ''))
  if (!ASKING.includes(explained)) throw onlyAsking(`explain ${explained}`)
}

const firstWord = (bare: string): string => (/[^\s(;]+/.exec(bare)?.[0] ?? '').toLowerCase()

/** What statements begin with that do something else than to ask; DuckDB's own kinds of statements have the last word. */
const OTHERS = [
  ...['copy', 'insert', 'update', 'delete', 'merge', 'create', 'alter', 'drop', 'truncate', 'comment'],
  ...['attach', 'detach', 'use', 'install', 'load', 'set', 'reset', 'pragma', 'call', 'checkpoint', 'force'],
  ...['export', 'import', 'vacuum', 'analyze', 'begin', 'commit', 'rollback', 'start', 'abort'],
  ...['prepare', 'execute', 'deallocate'],
]

const onlyAsking = (what: string) =>
  new BlindspotError(
    'bad-option',
    `${what.toUpperCase()}: a data set is only asked, by SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW TABLES, PIVOT or EXPLAIN; ` +
      'an answer is written to a file by --out, and DuckDB itself does the rest: duckdb -c "… \'DIR/examples/**/*.parquet\'"',
  )

/**
 * The one statement of a text, ready to run.
 *
 * @throws BlindspotError `bad-option` where it is not one, or does more than ask; DuckDB's own errors
 */
export async function prepared(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await import('@duckdb/node-api')
  const statements = await connection.extractStatements(sql)
  const { count } = statements
  // a pivot whose columns the rows tell is several to DuckDB: types of its own, then what is asked
  if (count !== 1 && !(count > 1 && isPivot(sql)))
    throw new BlindspotError('bad-option', `expected one statement of SQL, got ${count}`)
  for (let i = 0; i < count - 1; i++) {
    const before = await statements.prepare(i)
    if (before.statementType !== StatementType.CREATE) throw onlyAsking(StatementType[before.statementType])
    await before.run()
  }
  const statement = await statements.prepare(count - 1)
  const { statementType, parameterCount } = statement
  if (statementType !== StatementType.SELECT && statementType !== StatementType.EXPLAIN)
    throw onlyAsking(StatementType[statementType])
  if (parameterCount > 0)
    throw new BlindspotError('bad-option', `expected SQL without parameters, got ${parameterCount}`)
  return statement
}

/** Whether a text is one statement with a pivot in it. */
const isPivot = (sql: string): boolean => {
  const bare = bareSql(sql)
  return /\bpivot/i.test(bare) && !/;\s*\S/.test(bare)
}

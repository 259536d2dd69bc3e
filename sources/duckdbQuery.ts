import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { BlindspotError } from '../operators/errors.js'
import { temporaryName } from '../operators/lock/owner.js'
import { TABLES, isTableName } from '../operators/records/tables.js'
import type { Answer } from './answer.js'
import type { TableFiles } from './duckdb.js'
import { startDuckDB } from './duckdbInstance.js'
import { asPattern, quoted, viewOf } from './duckdbScan.js'
import { parquetMetadata } from './parquet.js'
import { bareSql, mentions } from './sqlText.js'
import { disk } from './store.js'

export interface QueryOptions {
  /** Memory that DuckDB takes at most, as `4GB`; what needs more goes to files of its own. Default `1GB`. */
  readonly memory?: string | undefined
  /** Files and folders beside the data set's that SQL may read, too. Default: none. */
  readonly allow?: readonly string[] | undefined
  /** Statements that are run before, such as macros. Default: none. */
  readonly prelude?: readonly string[] | undefined
}

/** A statement that runs. */
export interface Query {
  readonly answer: Answer
  close(): void
}

/** The tables that SQL may ask: names that are in it. */
export const tablesIn = (sql: string) =>
  Object.keys(TABLES)
    .filter(isTableName)
    .filter((name) => mentions(sql, name))

/**
 * Begins one statement of SQL that only asks, over views with the names of the tables, in a DuckDB that can read the files that
 * are given, write nothing, and have no setting changed. A table that the statement does not name is there without rows.
 *
 * @param signal ends it
 * @throws BlindspotError `bad-option` for SQL that is wrong or asks for more than that, in DuckDB's words; `bad-data` for what
 * cannot be read; also from the answer's chunks
 */
export async function openQuery(
  tables: readonly TableFiles[],
  sql: string,
  { memory, allow = [], prelude = [] }: QueryOptions,
  signal?: AbortSignal,
): Promise<Query> {
  requireAsking(sql)
  const named = tablesIn(sql)
  const settings = {
    ...(memory !== undefined && { memory_limit: memory }),
    // of this process alone: SQL can read what is in it
    temp_directory: join(tmpdir(), temporaryName('blindspot-query')),
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  }
  const { connection, close: end } = await startDuckDB(settings).catch((cause: unknown) => {
    throw memory === undefined
      ? cause
      : new BlindspotError(
          'bad-option',
          `memory ${memory}: expected a size as 4GB or 500MB (${(cause as Error).message})`,
          { cause },
        )
  })
  const interrupt = () => connection.interrupt()
  signal?.addEventListener('abort', interrupt)
  const close = () => {
    signal?.removeEventListener('abort', interrupt)
    end()
  }
  const failed = (cause: unknown): Error => (signal?.aborted ? (signal.reason as Error) : sqlError(cause))
  try {
    const paths: string[] = []
    for (const name of Object.keys(TABLES).filter(isTableName)) {
      const own = named.includes(name)
        ? tables.filter(({ table }) => table === name).flatMap((files) => files.paths)
        : []
      for (const path of own) {
        signal?.throwIfAborted()
        // DuckDB names no file, and trusts what a footer says
        await parquetMetadata(path)
      }
      await connection.run(viewOf(name, own)).catch((cause: unknown) => {
        throw failed(cause)
      })
      paths.push(...own)
    }
    for (const statement of prelude) await connection.run(statement)
    await shut(connection, paths, allow)
    // what tells of an error afterwards, see requireWhole
    await connection.run('BEGIN TRANSACTION')
    const statement = await prepared(connection, sql, failed)
    const result = await statement.stream().catch((cause: unknown) => {
      throw failed(cause)
    })
    signal?.throwIfAborted()
    const { answerOf } = await import('./answerChunks.js')
    const ended = async () => {
      signal?.throwIfAborted()
      await requireWhole(connection, sql).catch((cause: unknown) => {
        throw failed(cause)
      })
    }
    return { answer: answerOf(result, ended), close }
  } catch (error) {
    close()
    throw error
  }
}

/** Lets SQL read these files and folders and nothing else, for good. */
async function shut(
  connection: DuckDBConnection,
  paths: readonly string[],
  allow: readonly string[],
): Promise<void> {
  const [files, folders]: [string[], string[]] = [[...paths, ...paths.map(asPattern)], []]
  for (const path of allow) {
    const there = await disk.stat(path)
    if (there === undefined || there.kind === 'other')
      throw new BlindspotError('bad-option', `allow: ${path} is no file or folder that is there`)
    if (there.kind === 'folder') folders.push(path, resolve(path))
    else files.push(...[path, resolve(path)].flatMap((one) => [one, asPattern(one)]))
  }
  const list = (texts: readonly string[]) => `[${[...new Set(texts)].map(quoted).join(', ')}]`
  await connection.run(`SET allowed_paths = ${list(files)}`)
  await connection.run(`SET allowed_directories = ${list(folders)}`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}

/** What a statement that only asks begins with. */
const ASKING = [
  ...['select', 'from', 'with', 'values', 'table', 'pivot', 'unpivot'],
  ...['describe', 'desc', 'show', 'summarize', 'explain'],
]

/** Looks at the words that a statement begins with, before DuckDB does, whose error would be of a file that it cannot write. */
function requireAsking(sql: string): void {
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

/** The one statement of a text, ready to run. */
async function prepared(
  connection: DuckDBConnection,
  sql: string,
  failed: (cause: unknown) => Error,
): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await import('@duckdb/node-api')
  try {
    const statements = await connection.extractStatements(sql)
    // a pivot whose columns the rows tell is several to DuckDB: types of its own, then what is asked
    const isPivot = statements.count > 1 && isOne(sql)
    if (statements.count !== 1 && !isPivot)
      throw new BlindspotError('bad-option', `expected one statement of SQL, got ${statements.count}`)
    for (let i = 0; i < statements.count - 1; i++) await (await statements.prepare(i)).run()
    const statement = await statements.prepare(statements.count - 1)
    const { statementType, parameterCount } = statement
    if (statementType !== StatementType.SELECT && statementType !== StatementType.EXPLAIN)
      throw onlyAsking(StatementType[statementType])
    if (parameterCount > 0)
      throw new BlindspotError('bad-option', `expected SQL without parameters, got ${parameterCount}`)
    return statement
  } catch (cause) {
    throw cause instanceof BlindspotError ? cause : failed(cause)
  }
}

const isOne = (sql: string): boolean => {
  const bare = bareSql(sql)
  return /\bpivot/i.test(bare) && !/;\s*\S/.test(bare)
}

/**
 * Sees to it that an answer that has ended is whole. An error among its rows, or an interrupt, ends them like the last row; but
 * it leaves the transaction unusable. The error itself is told when the statement is run again, without keeping its rows.
 */
async function requireWhole(connection: DuckDBConnection, sql: string): Promise<void> {
  try {
    await connection.run('SELECT 1')
  } catch {
    await connection.run('ROLLBACK')
    try {
      await connection.run(`EXPLAIN ANALYZE\n${sql}`)
    } catch (cause) {
      const message = (cause as Error).message.replace(
        /^LINE (\d+):/m,
        (_, line: string) => `LINE ${Number(line) - 1}:`,
      )
      throw new Error(message, { cause })
    }
    throw new BlindspotError(
      'bad-data',
      'DuckDB ended the answer before its last row, and does not say why; ask again',
    )
  }
}

/** Errors of DuckDB's that are of files and not of what was asked. */
const OF_FILES = /^(IO|Invalid|Invalid Input|Serialization|INTERNAL|FATAL|HTTP) Error/

function sqlError(cause: unknown): Error {
  if (cause instanceof BlindspotError) return cause
  const message = (cause as Error).message
    .replace(/^Failed to extract statements: |\n\nPossible solutions:[^]*/g, '')
    .trimEnd()
  const ofFiles = OF_FILES.test(message) && !/LINE \d+:/.test(message)
  const more = HINTS.find(([of]) => of.test(message))?.[1]
  return new BlindspotError(
    ofFiles ? 'bad-data' : 'bad-option',
    more === undefined ? message : `${message}\n${more}`,
    { cause },
  )
}

const HINTS: readonly (readonly [of: RegExp, more: string])[] = [
  [/^Catalog Error: Table with name/, `The tables are ${Object.keys(TABLES).join(', ')}.`],
  [
    /^Permission Error: (Cannot access|File system)/,
    'SQL reads the tables of the data set by their names alone, and writes nothing; what else it may read is named by --allow PATH.',
  ],
  [/^Out of Memory Error/, 'More memory is given by --memory, as --memory 4GB.'],
]

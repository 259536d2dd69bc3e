import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { BlindspotError } from '../../operators/errors.js'
import { temporaryName } from '../../operators/lock/owner.js'
import { TABLES, isTableName } from '../../operators/records/tables.js'
import type { Answer } from './answer.js'
import type { TableFiles } from '../duckdb.js'
import { startDuckDB } from '../duckdbInstance.js'
import { asPattern, quoted, viewOf } from '../duckdbScan.js'
import { parquetMetadata } from '../parquet.js'
import { sqlError } from './sqlError.js'
import { mentions } from './sqlText.js'
import { prepared, requireAsking } from './statement.js'
import { isRemote } from '../place.js'
import { disk } from '../store.js'

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
  // DuckDB takes a negative size for no limit at all
  if (memory !== undefined && !/^\s*(?=.*[1-9])\d+(\.\d+)?\s*([KMGT]i?B|B|%)\s*$/i.test(memory))
    throw new BlindspotError('bad-option', `memory ${memory}: expected a size over 0 as 4GB or 500MB`)
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
  const failed = (cause: unknown): Error =>
    signal?.aborted ? (signal.reason as Error) : sqlError(cause, true)
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
    const statement = await prepared(connection, sql).catch((cause: unknown) => {
      throw failed(cause)
    })
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
    if (isRemote(path))
      throw new BlindspotError(
        'bad-option',
        `allow: ${path}: expected a file or folder of this machine; copy it first`,
      )
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

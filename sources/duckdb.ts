import { BlindspotError } from '../operators/errors.js'
import { TABLES, isTableName } from '../operators/records/tables.js'
import { startDuckDB } from './duckdbInstance.js'
import { viewOf } from './duckdbScan.js'
import { parquetMetadata } from './parquet.js'
import { sqlError } from './query/sqlError.js'
import { requireRows } from './requireRows.js'

/** Files of a table. */
export interface TableFiles {
  readonly table: string
  readonly paths: readonly string[]
}

/** The tables of a data set as DuckDB views, to be asked by SQL. */
export interface Database {
  /**
   * A query's rows as objects, for aggregates; 64-bit integers become numbers, lists arrays.
   *
   * @throws BlindspotError `bad-option` for SQL that is wrong, in DuckDB's words; `bad-data` for what cannot be read
   */
  rows<Row extends object>(sql: string): Promise<readonly Row[]>
  /** Ends a query that runs; it is an error then. */
  interrupt(): void
  close(): void
}

/**
 * Opens the tables of a data set as views of their names; a table without files is there without rows. What folders are
 * called says nothing about rows: those above a data set, such as `runs/seed=2`, are not its own.
 *
 * @param options.checked whether every row has to be one that its table can have, or footers alone are looked at. Default true
 * @throws BlindspotError `bad-data` for what cannot be read
 */
export async function openDatabase(
  tables: readonly TableFiles[],
  { checked = true }: { readonly checked?: boolean } = {},
): Promise<Database> {
  const { connection, close } = await startDuckDB()
  const read = async <Row extends object>(sql: string): Promise<readonly Row[]> => {
    const reader = await connection.runAndReadAll(sql)
    return reader.getRowObjectsJS().map((row) => withNumbers(row) as Row)
  }
  // SQL of ours is not wrong: what fails is what it reads
  const ours = <Row extends object>(sql: string) =>
    read<Row>(sql).catch((cause: unknown) => {
      throw unread(cause)
    })
  try {
    for (const name of Object.keys(TABLES).filter(isTableName)) {
      const paths = tables.filter(({ table }) => table === name).flatMap((files) => files.paths)
      if (checked) await requireRows(ours, name, paths)
      else for (const path of paths) await parquetMetadata(path)
      await ours(viewOf(name, paths))
    }
  } catch (error) {
    close()
    throw error
  }
  const rows = <Row extends object>(sql: string) =>
    read<Row>(sql).catch((cause: unknown) => {
      const error = sqlError(cause)
      throw error instanceof BlindspotError && error.code === 'bad-data' ? unread(cause) : error
    })
  return { rows, interrupt: () => connection.interrupt(), close }
}

const unread = (cause: unknown) =>
  new BlindspotError(
    'bad-data',
    `DuckDB cannot read the data set: ${(cause as Error).message}; were its files written by this version?`,
    { cause },
  )

/** A row with numbers for 64-bit integers; the row itself, since there are many. */
function withNumbers(row: Record<string, unknown>): object {
  for (const name in row) {
    const value = row[name]
    if (typeof value === 'bigint') row[name] = wholeNumber(name, value)
  }
  return row
}

function wholeNumber(column: string, value: bigint): number {
  if (Number.isSafeInteger(Number(value))) return Number(value)
  throw new RangeError(`column ${column}: expected whole numbers below 2^53, got ${value}`)
}

import { isList } from '../../operators/records/schema.js'
import { TABLES, isTableName } from '../../operators/records/tables.js'
import { startDuckDB } from '../duckdbInstance.js'
import { emptyTable } from '../duckdbScan.js'
import { bareSql } from './sqlText.js'

/** What would leave out a column because of rows that there are, or name it in a condition alone. */
const DISABLED = ['statistics_propagation', 'filter_pushdown', 'empty_result_pullup']

/** Statements of which a plan does not show all that is read: they are several, or plans themselves. */
const HIDDEN = /^\s*(explain|describe|show|summarize)\b|\b(un)?pivot/i

/** Columns of lists, such as images: most of a data set, and few questions are about them. */
const LISTS = Object.values(TABLES).flatMap(({ columns }) => columns.filter(isList).map(({ name }) => name))

/**
 * Columns of lists of the tables of a data set that SQL does not read, by DuckDB's plan of it over tables without rows; none where
 * that cannot be told.
 *
 * @param prelude statements that are run before
 */
export async function unreadColumns(
  sql: string,
  prelude: readonly string[] = [],
): Promise<readonly string[]> {
  const read = await columnsRead(sql, prelude)
  return read === undefined ? [] : [...new Set(LISTS)].filter((column) => !read.has(column))
}

/** Columns that SQL reads, by name; undefined where that cannot be told. */
async function columnsRead(
  sql: string,
  prelude: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  if (HIDDEN.test(bareSql(sql))) return undefined
  const { connection, close } = await startDuckDB()
  try {
    for (const name of Object.keys(TABLES).filter(isTableName)) await connection.run(emptyTable(name))
    for (const statement of prelude) await connection.run(statement)
    await connection.run(`SET disabled_optimizers = '${DISABLED.join()}'`)
    const reader = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${sql}`)
    const [[, plan]] = reader.getRowsJS()
    if (typeof plan !== 'string') return undefined
    return columnsIn(JSON.parse(plan))
  } catch {
    return undefined
  } finally {
    close()
  }
}

interface Node {
  readonly extra_info?: { readonly Projections?: string | readonly string[] }
  readonly children?: readonly Node[]
}

/** Names of the columns that the scans of a plan read. */
function columnsIn(plan: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  const look = ({ extra_info: { Projections: names = [] } = {}, children = [] }: Node): void => {
    for (const name of typeof names === 'string' ? [names] : names) found.add(name)
    children.forEach(look)
  }
  for (const node of plan as readonly Node[]) look(node)
  return found
}

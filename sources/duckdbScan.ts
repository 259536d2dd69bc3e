import { TABLES, type TableName } from '../operators/records/tables.js'

/** A text as SQL has it. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
/** A file as text of SQL: its name is no pattern. */
export const literal = (path: string) => quoted(asPattern(path))
/** A file as a pattern that finds it alone. */
export const asPattern = (path: string) => path.replace(/[[*?]/g, '[$&]')

/** Rows of files, by DuckDB: what folders are called says nothing about them. */
export const scan = (paths: readonly string[]) =>
  `SELECT * FROM read_parquet([${paths.map(literal).join(', ')}],
    union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true)`

/** A table as a view of its name; without files it is there without rows. */
export function viewOf(name: TableName, paths: readonly string[]): string {
  // columns that the files of an older version lack are there and null
  const scanned = paths.length > 0 ? `${scan(paths)} UNION ALL BY NAME ` : ''
  return `CREATE VIEW ${name} AS ${scanned}${withoutRows(name)}`
}

/** A table of a data set without rows. */
export const emptyTable = (name: TableName): string => `CREATE TABLE ${name} AS ${withoutRows(name)}`

function withoutRows(name: TableName): string {
  const columns = TABLES[name].columns.map(({ name: column, kind }) => `NULL::${kind.sql} AS "${column}"`)
  return `SELECT ${[...columns, 'NULL::VARCHAR AS filename', 'NULL::BIGINT AS file_row_number'].join(', ')} WHERE false`
}

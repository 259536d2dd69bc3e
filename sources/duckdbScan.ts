/** A text as SQL has it. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
/** A file as text of SQL: its name is no pattern. */
export const literal = (path: string) => quoted(path.replace(/[[*?]/g, '[$&]'))

/** Rows of files, by DuckDB: what folders are called says nothing about them. */
export const scan = (paths: readonly string[]) =>
  `SELECT * FROM read_parquet([${paths.map(literal).join(', ')}],
    union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true)`

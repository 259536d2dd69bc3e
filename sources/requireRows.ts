import { BlindspotError } from '../operators/errors.js'
import { checksOf, requiredColumns } from '../operators/records/checks.js'
import { TABLES, type TableName } from '../operators/records/tables.js'
import { scan } from './duckdbScan.js'
import { parquetMetadata } from './parquet.js'

/**
 * Checks that every row is one that the table can have: the checks of `readRecords` but for images, over whole
 * columns.
 */
export async function requireRows(
  rows: <Row extends object>(sql: string) => Promise<readonly Row[]>,
  name: TableName,
  paths: readonly string[],
): Promise<void> {
  const alike = new Map<string, { readonly columns: ReadonlySet<string>; readonly paths: string[] }>()
  for (const path of paths) {
    const { columns } = await parquetMetadata(path)
    const group = alike.get(columns.join()) ?? { columns: new Set(columns), paths: [] }
    alike.set(columns.join(), group)
    group.paths.push(path)
  }
  for (const { columns, paths: same } of alike.values()) {
    const checks = [
      ...requiredColumns(TABLES[name]).map((column) => ({
        columns: [column],
        expected: 'a value',
        sql: `"${column}" IS NOT NULL`,
      })),
      ...checksOf(TABLES[name]),
    ].flatMap(({ sql, ...check }) =>
      sql !== undefined && check.columns.every((column) => columns.has(column)) ? [{ sql, ...check }] : [],
    )
    const cases = checks.map(({ sql }, i) => `WHEN NOT coalesce(${sql}, false) THEN ${i}`)
    if (cases.length === 0) continue
    const found = (
      await rows<{ filename: string; row: number; broken: number }>(
        `SELECT * FROM (SELECT filename, file_row_number AS row, CASE ${cases.join(' ')} END AS broken
        FROM (${scan(same)})) WHERE broken IS NOT NULL LIMIT 1`,
      )
    ).at(0)
    if (found === undefined) continue
    const { columns: of, expected } = checks[found.broken]
    const told = await rows<Record<string, unknown>>(
      `SELECT ${of.map((column) => `"${column}"`).join(', ')} FROM (${scan([found.filename])})
        WHERE file_row_number = ${found.row}`,
    )
    const [got, ...beside] = of.map((column) => `${column} ${String(told[0][column])}`)
    throw new BlindspotError(
      'bad-data',
      `${found.filename}: column ${of[0]}, row ${found.row}: expected ${expected}, got ${[got, ...beside].join(', ')}`,
    )
  }
}

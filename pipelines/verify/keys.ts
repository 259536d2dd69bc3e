import { TABLES, type TableName } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { valueText } from '../../sinks/answer/valueText.js'
import { queryDataSet } from '../questions/queryDataSet.js'
import type { Fault } from './fault.js'

/** Rows of a table that are told of. */
const MOST = 20

/** Rows of a table that are there twice: with the same values in the columns that tell a row from every other. */
export async function keyFaults(
  lake: Lake,
  table: TableName,
  signal: AbortSignal | undefined,
): Promise<readonly Fault[]> {
  const { key } = TABLES[table]
  const columns = key.map((name) => `"${name}"`)
  const sql = `SELECT max_by(filename, (filename, file_row_number)), max((filename, file_row_number))[2], count(*), ${columns.join(', ')}
    FROM ${table} GROUP BY ${columns.join(', ')} HAVING count(*) > 1 ORDER BY 1, 2 LIMIT ${MOST}`
  const faults: Fault[] = []
  const names = new Map((await lake.files({ table })).map(({ path, file }) => [path, file]))
  await queryDataSet(
    lake,
    sql,
    async ({ chunks }) => {
      for await (const chunk of chunks)
        for (const [path, row, count, ...values] of chunk.rows())
          faults.push({
            file: names.get(valueText(path) ?? '') ?? valueText(path) ?? '',
            row: Number(row),
            column: null,
            message: `the row is there ${valueText(count)} times: ${key.map((name, i) => `${name} ${valueText(values[i]) ?? 'null'}`).join(', ')}`,
          })
    },
    { signal },
  )
  return faults
}

import { openLake, readRecords, TABLES, type Lake, type TableName } from 'blindspot'

/** What says when and where a row was made: no two runs have the same. */
const PASSING = new Set(['seconds', 'log'])

/** All committed rows of a data set but failures, as texts in one order: equal where the data sets are. */
export async function rowsIn(folder: string | Lake): Promise<readonly string[]> {
  const lake = typeof folder === 'string' ? await openLake(folder, { readOnly: true }) : folder
  const rows: string[] = []
  for (const table of Object.keys(TABLES) as TableName[])
    for (const { path, metadata } of await lake.files({ table })) {
      if (metadata['failed'] !== undefined) continue
      for await (const batch of readRecords(table, path)) rows.push(...textsOf(table, batch))
    }
  return rows.sort()
}

function textsOf(table: TableName, batch: object): readonly string[] {
  if (Array.isArray(batch))
    return batch.map((row: object) =>
      [
        table,
        ...Object.entries(row).map(([key, value]) => (PASSING.has(key) ? '' : `${key}=${String(value)}`)),
      ].join(' '),
    )
  const columns = Object.entries(batch)
  const { index } = batch as { readonly index: Int32Array }
  return Array.from(index, (_, row) =>
    [
      table,
      ...columns.map(([key, values]: [string, unknown]) => {
        if (!ArrayBuffer.isView(values) && !Array.isArray(values)) return `${key}=${String(values)}`
        const all = values as ArrayLike<unknown>
        const width = all.length / index.length
        return `${key}=${Array.prototype.slice.call(all, row * width, (row + 1) * width).join()}`
      }),
    ].join(' '),
  )
}

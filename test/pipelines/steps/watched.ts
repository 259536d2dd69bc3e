import { readRecords, type Lake, type TableName } from 'blindspot'

/** A data set whose writers do something before each batch, which they count over all of them. */
export function watched(lake: Lake, before: (batch: number) => void): Lake {
  let batches = 0
  const observed = <W extends { write(records: never): Promise<void> }>(writer: W): W => {
    const write = writer.write.bind(writer)
    return Object.assign(writer, {
      async write(records: never) {
        before(++batches)
        await write(records)
      },
    })
  }
  return {
    ...lake,
    writer: (table, options) => observed(lake.writer(table, options)),
    // a file for each batch
    parts: (table, options) =>
      observed(lake.parts(table, { ...options, rowsPerFile: Math.min(options.rowsPerFile ?? 1, 300) })),
  }
}

/** All rows of a table, or of a step's, as plain values. */
export async function rowsOf(
  lake: Lake,
  { table, step }: { readonly table: TableName; readonly step?: string },
): Promise<unknown[]> {
  const rows: unknown[] = []
  for (const { path } of await lake.files({ table, ...(step !== undefined && { step }) }))
    for await (const records of readRecords(table, path)) rows.push(...rowsIn(records))
  return rows
}

/** Of a columnar batch its rows; of rows themselves. */
function rowsIn(records: object): unknown[] {
  if (Array.isArray(records)) return records
  const columns = Object.entries(records)
  const n = (records as { index: Int32Array }).index.length
  return Array.from({ length: n }, (_, row) =>
    Object.fromEntries(
      columns.map(([name, value]) => [
        name,
        ArrayBuffer.isView(value) && 'length' in value
          ? [
              ...(value as Float32Array).subarray(
                ((value.length as number) / n) * row,
                ((value.length as number) / n) * (row + 1),
              ),
            ]
          : value,
      ]),
    ),
  )
}

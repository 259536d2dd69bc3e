import { stringify } from 'csv-stringify/sync'
import type { Answer } from '../../sources/query/answer.js'
import { valueText } from './valueText.js'

/**
 * An answer as CSV with a head: null is nothing, an empty text is `""`, and so is null where there is one column alone, since
 * readers leave out a line without anything. Values are as they are: unlike the CSV of tables, a text that a spreadsheet takes
 * for a formula is not changed.
 */
export async function* csvAnswer({ columns, chunks }: Answer): AsyncGenerator<string, void, undefined> {
  yield lines([columns.map(({ name }) => name)])
  const nothing = columns.length === 1 ? '' : null
  for await (const chunk of chunks)
    yield lines(chunk.rows().map((row) => row.map((value) => valueText(value) ?? nothing)))
}

const lines = (rows: readonly (readonly (string | null)[])[]) =>
  stringify(
    rows.map((row) => [...row]),
    { quoted_match: /^$|[\r\n]/ },
  )

import { within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { tableCsv } from './csv.js'
import { tableMarkdown } from './markdown.js'
import type { Table } from './table.js'

/** Writes a table as NAME.csv and NAME.md into a folder; gives their paths. */
export async function writeTable(folder: string, name: string, table: Table): Promise<readonly string[]> {
  const [csv, markdown] = ['csv', 'md'].map((form) => within(folder, `${name}.${form}`))
  await disk.put(csv, tableCsv(table))
  await disk.put(markdown, tableMarkdown(table))
  return [csv, markdown]
}

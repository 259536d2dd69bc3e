import { join } from 'node:path'
import CliTable from 'cli-table3'
import { stringify } from 'csv-stringify/sync'
import { markdownTable } from 'markdown-table'
import { makeFolder } from '../operators/lock/makeFolder.js'
import { disk } from '../sources/store.js'

/** A table for people: a caption, a header, cells as text (line breaks allowed), notes below. */
export interface PrintedTable {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly notes: readonly string[]
}

/** A table for programs: one row per fact, columns by name. */
export type TidyTable = readonly Readonly<Record<string, string | number | null>>[]

/** As box-drawing text for a terminal. */
export function tableText({ title, header, rows, notes }: PrintedTable): string {
  const table = new CliTable({
    head: [...header],
    style: { head: [], border: [], compact: false },
    colAligns: header.map((_, column) => (column === 0 ? 'left' : 'right')),
  })
  for (const row of rows) table.push([...row])
  return [title, table.toString(), ...notes, ''].join('\n')
}

/** As GitHub Markdown. */
export function tableMarkdown({ title, header, rows, notes }: PrintedTable): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('\n', '<br>')))
  const align = header.map((_, column) => (column === 0 ? 'l' : 'r'))
  return [
    `### ${title}`,
    '',
    markdownTable(cells, { align }),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n')
}

/** Writes NAME.csv (tidy) and NAME.md (printed) into a folder; gives their paths. */
export async function writeTable(
  folder: string,
  name: string,
  printed: PrintedTable,
  tidy: TidyTable,
): Promise<readonly string[]> {
  makeFolder(folder)
  const csv = join(folder, `${name}.csv`)
  const markdown = join(folder, `${name}.md`)
  await disk.put(csv, stringify([...tidy], { header: true }))
  await disk.put(markdown, tableMarkdown(printed))
  return [csv, markdown]
}

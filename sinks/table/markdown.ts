import { markdownTable } from 'markdown-table'
import { linesOf } from './lines.js'
import type { Grid, Table } from './table.js'

/** A table as GitHub Markdown, with all that it says. */
export function tableMarkdown(table: Table): string {
  const { title, claim, verdict, missing, folded = [], notes, queries } = table
  return [
    `### ${title}`,
    ...(claim === '' ? [] : [claim]),
    ...(verdict ? [`**${verdict.sentence}**`, `Rule: ${verdict.rule}.`] : []),
    ...missing.map((line) => `Missing: ${line}.`),
    ...gridMarkdown(table),
    ...folded.flatMap((grid) => [`#### ${grid.title}`, ...gridMarkdown(grid)]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
    ...queries.map((query) => `\`\`\`sql\n${query}\n\`\`\``),
    '',
  ].join('\n\n')
}

function gridMarkdown(grid: Grid): readonly string[] {
  const { header, rows } = linesOf(grid)
  if (rows.length === 0) return []
  const groups = rows.map(({ group }) => group)
  const cells = rows.flatMap(({ group, cells: own }, i) => [
    ...(group === undefined || group === groups[i - 1]
      ? []
      : [[`**${group}**`, ...own.slice(1).map(() => '')]]),
    own.map((lines) => lines.join('<br>')),
  ])
  const escaped = [header, ...cells].map((row) => row.map((text) => text.replaceAll('|', '\\|')))
  return [markdownTable(escaped, { align: header.map((_, column) => (column === 0 ? 'l' : 'r')) })]
}

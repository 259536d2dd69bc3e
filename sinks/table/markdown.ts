import { markdownTable } from 'markdown-table'
import { printable } from '../../operators/errors.js'
import { linesOf } from './lines.js'
import type { Grid, Table } from './table.js'

/** A table as GitHub Markdown, with all that it says; what names and sentences have in them is text, not Markdown. */
export function tableMarkdown(table: Table): string {
  const { title, claim, verdict, missing, folded = [], notes, queries } = table
  return [
    `### ${literal(title)}`,
    ...(claim === '' ? [] : [paragraph(claim)]),
    ...(verdict ? [`**${literal(verdict.sentence)}**`, `Rule: ${literal(verdict.rule)}.`] : []),
    ...missing.map((line) => `Missing: ${literal(line)}.`),
    ...gridMarkdown(table),
    ...folded.flatMap((grid) => [`#### ${literal(grid.title)}`, ...gridMarkdown(grid)]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${paragraph(note)}`).join('\n')]),
    ...queries.map((query) => fenced(query)),
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
      : [[`**${literal(group)}**`, ...own.slice(1).map(() => '')]]),
    own.map((lines) => lines.map(literal).join('<br>')),
  ])
  const escaped = [header.map(literal), ...cells].map((row) => row.map((text) => text.replaceAll('|', '\\|')))
  return [markdownTable(escaped, { align: header.map((_, column) => (column === 0 ? 'l' : 'r')) })]
}

/** What begins or ends something in GitHub Markdown, and is so neither between our numbers nor alone. */
const SPECIAL = [
  /[`*_~$]/, // code, emphasis, math
  /<(?=[a-z/!?])/, // HTML, an address
  /&(?=#?\w+;)/, // an entity
  /\[(?![−+]?[\d.]+(?:, [−+]?[\d.]+\]| %\])(?![(:[]))/, // a link; no interval
  /\\(?=[!-/:-@[-`{-~]|$)/, // an escape
]
const INLINE = new RegExp(SPECIAL.map(({ source }) => source).join('|'), 'gi')

/** A text of one line as Markdown that shows it as it is. */
const literal = (text: string): string => printable(text).replace(INLINE, '\\$&')

/** The same where a line begins, which could begin a heading, a quotation, a list or a rule, too. */
const paragraph = (text: string): string =>
  literal(text).replace(/^\s*(?:[#>+=-]|\d+(?=[.)]\s))/, (start) =>
    /\d$/.test(start) ? `${start}\\` : start.replace(/.$/, '\\$&'),
  )

/** SQL as a block of code, which no name in it ends. */
function fenced(query: string): string {
  const longest = Math.max(2, ...(query.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}sql\n${printable(query, '\n')}\n${fence}`
}

// `npm run results [DIR]`: the tables of a run, as its Markdown files have them, to their marks in docs/results.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'

const PAGE = 'docs/results.md'
const MARK = /(?<=<!-- (?<name>\w+)\.md -->\n)[^]*?(?=<!-- end -->)/g

const [folder = 'results'] = process.argv.slice(2)
const page = readFileSync(PAGE, 'utf8').replaceAll(MARK, (...found) => {
  const { name = '' } = found.at(-1) as Record<string, string | undefined>
  return `\n${told(readFileSync(join(folder, 'tables', `${name}.md`), 'utf8'))}\n\n`
})
writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }))

/** What a table says, without its rule, the tables folded away in it and its SQL. */
function told(text: string): string {
  const parts = text.trim().split('\n\n')
  return parts
    .filter((part, i) => !/^(Rule: |#### |```sql)/.test(part) && !parts[i - 1]?.startsWith('#### '))
    .join('\n\n')
}

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { QUERIES } from '../docs/introduction.js'
import { page, PAGE_NAMES } from '../docs/pages.js'
import { program } from '../pipelines/commands/program.js'
import { QUESTIONS } from '../pipelines/questions/questions.js'
import { openDatabase } from '../sources/duckdb.js'

t.test('the pages that are made from code are those that are there', async (t) => {
  for (const name of PAGE_NAMES)
    t.equal(readFileSync(`docs/${name}`, 'utf8'), await page(name), `docs/${name}: npm run docs`)
})

t.test('the queries of the data dictionary ask for what there is', async (t) => {
  const database = await openDatabase([])
  t.teardown(() => database.close())
  for (const sql of QUERIES) {
    const asked = sql.replace(/'results\/(\w+)\/\*\*\/\*\.parquet'/g, '$1')
    t.notMatch(asked, /parquet/)
    t.same(await database.rows(asked), [])
  }
})

t.test('the page of queries has every ready question, in their words and order', (t) => {
  const listed = readFileSync('docs/query.md', 'utf8').match(/^- `[a-z-]+`: .*$/gm)
  t.same(
    listed,
    QUESTIONS.map(({ name, question }) => `- \`${name}\`: ${question}`),
  )
  t.end()
})

t.test('the command lines of the documents are of commands and options that there are', (t) => {
  const documents = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
  const lines = documents
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) =>
      readFileSync(name, 'utf8')
        .split('\n')
        .flatMap((line) => line.split(' | '))
        .map((line) => ({ name, line: line.trim() })),
    )
  let checked = 0
  for (const { name, line } of lines) {
    const match = /^(?:npx )?blindspot ((?!\[)\S.*)$/.exec(line)
    if (!match) continue
    checked++
    const [word, ...rest] = match[1].replace(/ #.*/, '').split(/\s+/)
    const whole = program.commands.find((one) => one.name() === word)
    const command = whole?.commands.length ? whole.commands.find((one) => one.name() === rest[0]) : whole
    if (!command && word.startsWith('-')) continue
    t.ok(command, `${name}: ${line}`)
    const known = command?.options.map(({ long }) => long) ?? []
    for (const option of rest.filter((part) => part.startsWith('--')))
      t.ok(known.includes(option.split('=', 1)[0]), `${name}: ${line}: ${option}`)
  }
  t.ok(checked > 30, `${checked} command lines`)
  t.end()
})

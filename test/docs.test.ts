import { readFileSync } from 'node:fs'
import t from 'tap'
import { QUERIES } from '../docs/introduction.js'
import { page, PAGE_NAMES } from '../docs/pages.js'
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

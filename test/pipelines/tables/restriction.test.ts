import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { writtenBy } from '../../../pipelines/tables/restriction.js'

t.test('which step wrote a file is told by its name, whichever of its name it is', async (t) => {
  const connection = await (await DuckDBInstance.create()).connect()
  const names = ['a-00000', 'a-00001.2', 'a-00000-00000', 'a-00000.2-00000', 'a%20b-00000.13', 'b-00000']
  const written = async (...steps: string[]) => {
    const files = names.map((name) => `('/set/scores/shown=x/part-${name}.parquet')`).join(', ')
    const sql = `SELECT filename FROM (VALUES ${files}) AS t(filename) WHERE ${writtenBy(steps) ?? ''}`
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson()
    return rows.map(({ filename }) => /part-(.*)\.parquet/.exec(JSON.stringify(filename))?.[1])
  }
  t.same(await written('a'), ['a-00000', 'a-00001.2'])
  t.same(await written('a-00000', 'a b'), ['a-00000-00000', 'a%20b-00000.13'])
  t.same(await written('a-00000.2'), ['a-00000.2-00000'])
  connection.closeSync()
})

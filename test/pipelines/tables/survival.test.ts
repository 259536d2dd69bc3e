import { join } from 'node:path'
import t from 'tap'
import { askData } from '../../../pipelines/tables/askData.js'
import { survivalOf } from '../../../pipelines/tables/survival.js'
import { dataSetTables } from '../../../pipelines/tables/tables.js'
import { tidy } from '../../../sinks/table/csv.js'
import { tableText } from '../../../sinks/table/text.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { put, scoresOf, small } from '../dataSet.js'
import { rounded } from './asked.js'

t.test('what fools after being stored, and what is still the target', async (t) => {
  const lake = await small(join(t.testdir(), 'set'))
  const tablesNow = () => askData(lake, async (database) => dataSetTables(database, await lake.files()))
  const ids = async () => (await tablesNow()).tables.map(({ id }) => id)
  t.notOk((await ids()).includes('survival'), 'without a stored example there is no such table')
  const [before] = (await tablesNow()).tables.slice(1)

  const [a, b] = ['FC10(1)', 'AE400-10']
  // the first 90 fool, 60 of them as another class than their target
  const png = scoresOf(a, a, 100, 90, { kind: 'png' })
  const prediction = png.prediction.map((k, i) => (i < 60 ? (png.label[i] + 2) % 10 : k))
  await put(lake, 'scores', { shown: 'png' }, { ...png, prediction }, scoresOf(a, b, 100, 7, { kind: 'png' }))
  await put(
    lake,
    'scores',
    { shown: 'jpeg' },
    ...[50, 95].map((quality) => scoresOf(a, a, 100, quality, { kind: 'jpeg', quality })),
  )

  const table = await askData(lake, survivalOf)
  if (!table) throw new Error('no table')
  t.same(
    table.columns.map(({ title }) => title),
    ['by', 'fed to', 'float32', 'PNG', 'JPEG 95', 'JPEG 50'],
  )
  const lines = tidy(table).map((line) => [
    ...[line['made_for'], line['fed_to'], line['stored'], line['n'], line['fooled'], line['fools']],
    ...[rounded(Number(line['fools_low'])), rounded(Number(line['fools_high'])), line['target']],
  ])
  // statsmodels: proportion_confint(count, 100, method='wilson')
  t.same(lines, [
    [a, a, 'float32', 100, 100, 1, 0.963, 1, 1],
    [a, a, 'PNG', 100, 90, 0.9, 0.8256, 0.9448, 0.3],
    [a, a, 'JPEG 95', 100, 95, 0.95, 0.8882, 0.9785, 0.95],
    [a, a, 'JPEG 50', 100, 50, 0.5, 0.4038, 0.5962, 0.5],
    [a, b, 'float32', 100, 60, 0.6, 0.502, 0.6906, 0.6],
    [a, b, 'PNG', 100, 7, 0.07, 0.0343, 0.1375, 0.07],
  ])
  t.match(tableText(table, { width: 120 }), /PNG.*90\.0 \[82\.6, 94\.5\].*30\.0 target/s)
  t.ok((await ids()).includes('survival'))
  t.same((await tablesNow()).tables[1].rows, before.rows, 'they are no rows of Table 2')
  const none = await openLake(join(t.testdir(), 'none'))
  t.equal(await askData(none, survivalOf), undefined)
})

import { join } from 'node:path'
import t from 'tap'
import { tableCsv, tidy } from '../../../sinks/table/csv.js'
import { tableMarkdown } from '../../../sinks/table/markdown.js'
import { tableText } from '../../../sinks/table/text.js'
import type { Cell, Measure, Table } from '../../../sinks/table/table.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { askData } from '../../../pipelines/tables/askData.js'
import { overSeeds } from '../../../pipelines/tables/overSeeds.js'
import { dataSetTables } from '../../../pipelines/tables/tables.js'
import { examplesOf, modelOf, put, scoresOf } from '../dataSet.js'
import { measureAt, rounded, tablesOf } from './asked.js'

const error = (value: number, rest: Partial<Measure> = {}): Measure => ({
  ...{ value, low: value / 2, high: Math.min(1, 2 * value), n: 100, unit: 'percent', digits: 1 },
  ...rest,
})
const VERDICT = { state: 'holds', sentence: 'Holds: here.', rule: 'holds where it does' } as const
const table = (
  rows: Readonly<Record<string, readonly (Cell | undefined)[]>>,
  rest: Partial<Table> = {},
): Table => ({
  ...{ id: 'a', title: 'A', claim: '', verdict: undefined, missing: [], of: 'model', notes: [], queries: [] },
  columns: [
    { key: 'error', title: 'b', line: { fed_to: 'b' }, names: { n: 'n' } },
    { key: 'error', title: 'c', line: { fed_to: 'c' }, names: { n: 'n' } },
  ],
  rows: Object.entries(rows).map(([name, cells]) => ({ name, keys: { model: name }, n: 100, cells })),
  ...rest,
})
const seedsOf = (of: Table, row: string, column: string) => {
  const part = measureAt(of, row, column).more?.find(({ key }) => key === 'error_seeds_mean')
  if (!part || !('value' in part)) throw new Error('no mean over seeds')
  return [part.before, ...[part.value, part.low, part.high].map((each) => rounded(each, 4)), part.n]
}

t.test('cells say the mean over seeds with Student’s interval', (t) => {
  const two = overSeeds([table({ x: [error(0.4)] }), table({ x: [error(0.42)] })])
  // a standard error of 0.01, 12.706 times
  t.same(seedsOf(two, 'x', 'b'), ['over 2 seeds', 0.41, rounded(0.41 - 0.12706), rounded(0.41 + 0.12706), 2])
  const three = overSeeds(
    [0.068, 0.07, 0.069].map((value) => table({ x: [error(value)] })) as [Table, Table, Table],
  )
  const half = (4.30265 * 0.001) / Math.sqrt(3)
  t.same(seedsOf(three, 'x', 'b'), ['over 3 seeds', 0.069, rounded(0.069 - half), rounded(0.069 + half), 3])
  t.same(measureAt(three, 'x', 'b').value, 0.068, 'what it is beside is of the first seed')
  t.match(tableText(three), /6\.8 \[3\.4, 13\.6\] *│.*\n│ +│ over 3 seeds 6\.9 \[6\.7, 7\.1\] *│/)
  t.match(tableMarkdown(three), '6.8 [3.4, 13.6]<br>over 3 seeds 6.9 [6.7, 7.1]')
  const [line] = tidy(three)
  t.same(
    [
      line['n'],
      line['error'],
      line['error_seeds_n'],
      rounded(Number(line['error_seeds_mean'])),
      rounded(Number(line['error_seeds_low'])),
      rounded(Number(line['error_seeds_high'])),
    ],
    [100, 0.068, 3, 0.069, rounded(0.069 - half), rounded(0.069 + half)],
  )
  t.same(
    seedsOf(overSeeds([table({ x: [error(0)] }), table({ x: [error(0.1)] })]), 'x', 'b').slice(2, 4),
    [0, 0.6853],
    'a share is one',
  )
  t.match(three.notes, [/^Over 3 seeds: .*Student’s t/])
  t.end()
})

t.test(
  'rows and columns are the same by name, whatever their order, and one that a seed lacks is not counted',
  (t) => {
    const first = table({ x: [error(0.1), error(0.2)], y: [error(0.3), undefined] })
    const { columns } = first
    const turned = table(
      { y: [undefined, error(0.5)], x: [error(0.4), error(0.3)] },
      { columns: columns.toReversed() },
    )
    const lacking = table({ y: [error(NaN), undefined], z: [error(0.9), undefined] })
    const all = overSeeds([first, turned, lacking])
    t.same(
      all.rows.map(({ name }) => name),
      ['x', 'y'],
    )
    t.same(seedsOf(all, 'x', 'b').slice(0, 2), ['over 2 of 3 seeds', 0.2])
    t.same(seedsOf(all, 'x', 'c').slice(0, 2), ['over 2 of 3 seeds', 0.3])
    t.same(seedsOf(all, 'y', 'b').slice(0, 2), ['over 2 of 3 seeds', 0.4])
    t.equal(all.rows[1].cells[1], undefined)
    const alone = overSeeds([first, table({})])
    t.same(seedsOf(alone, 'x', 'b'), ['over 1 of 2 seeds', 0.1, NaN, NaN, 1])
    t.match(tableCsv(alone), /^x,b,100,0\.1,0\.05,0\.2,1,0\.1,,$/m)
    t.equal(overSeeds([first]), first)
    t.end()
  },
)

t.test('texts, counts and what was chosen have no seeds; other numbers of a cell have them in files', (t) => {
  const cells = (value: number): Cell[] => [
    error(value, {
      more: [
        { key: 'clean_error', ...error(value / 2) },
        { key: 'word', text: 'alike' },
      ],
    }),
    { value: 0.1, unit: 'rms', digits: 3 },
  ]
  const both = overSeeds([table({ x: cells(0.2) }), table({ x: cells(0.4) })])
  t.same(both.rows[0].cells[1], { value: 0.1, unit: 'rms', digits: 3 })
  t.same(
    measureAt(both, 'x', 'b').more?.map(({ key, aside = false }) => [key, aside]),
    [
      ['clean_error', false],
      ['word', false],
      ['error_seeds_mean', false],
      ['clean_error_seeds_mean', true],
    ],
  )
  t.match(tidy(both)[0], {
    clean_error: 0.1,
    clean_error_seeds_mean: 0.15000000000000002,
    clean_error_seeds_n: 2,
  })
  const texts = table({ x: [{ text: 'P1' }, { value: 12, unit: 'count', digits: 0 }] })
  t.same(overSeeds([texts, texts]).rows, texts.rows)
  t.end()
})

t.test('a verdict says with how many seeds it is the same', (t) => {
  const of = (...states: readonly (Table['verdict'] & object)['state'][]) => {
    const [first, ...others] = states.map((state) => table({}, { verdict: { ...VERDICT, state } }))
    return overSeeds([first, ...others]).verdict
  }
  t.match(of('holds', 'holds'), {
    state: 'holds',
    sentence: 'Holds: here. That is of the first seed; the claim holds with 2 of 2 seeds.',
  })
  t.match(
    of('holds', 'no', 'partly', 'open', 'no')?.sentence,
    /the claim holds with 1 of 5 seeds, holds in part with 1 of 5 seeds, does not hold with 2 of 5 seeds, cannot be judged with 1 of 5 seeds\.$/,
  )
  t.equal(overSeeds([table({}), table({}, { verdict: VERDICT })]).verdict, undefined)
  t.end()
})

/** Two networks of Tables 1 and 2, and one of Table 3, of some seeds; files of the second have other errors and distortions. */
async function seeded(folder: string, seeds: readonly number[]): Promise<Lake> {
  const lake = await openLake(folder)
  const [a, b, half] = ['FC10(1)', 'AE400-10', 'FC100-100-10@P1']
  for (const seed of seeds) {
    const named = (name: string) => (seed === 1 ? name : `${name}#${seed}`)
    for (const name of [a, b, half]) {
      const record = { ...modelOf(named(name), 0.1, 0.1 + 0.02 * seed), configuration: name, seed }
      await put(lake, 'models', { name: named(name) }, [record])
      await put(
        lake,
        'examples',
        { source: named(name) },
        examplesOf(named(name), Array<number>(20).fill(0.05 * seed)),
      )
    }
    const scores = [a, b].map((victim) => scoresOf(named(a), named(victim), 20, victim === a ? 20 : 4 * seed))
    await put(lake, 'scores', { shown: named(a) }, ...scores)
    const noise = {
      ...scoresOf('', named(b), 20, seed, { kind: 'gaussian', stddev: 0.1 }),
      run: `noise of ${seed}`,
    }
    await put(lake, 'scores', { shown: seed === 1 ? 'gaussian 0.1' : `gaussian 0.1#${seed}` }, noise)
    const clean = { ...scoresOf('', named(half), 20, seed, { kind: 'clean' }), run: `clean of ${seed}` }
    await put(lake, 'scores', { shown: seed === 1 ? 'clean P1' : `clean P1#${seed}` }, clean)
  }
  return lake
}

t.test('Tables 1 to 4 of a data set of several seeds', async (t) => {
  const root = t.testdir()
  const lake = await seeded(join(root, 'three'), [1, 2, 3])
  const { table1, table2, table3 } = await tablesOf(lake)
  const names = (of: Table) => of.rows.map(({ name }) => name)
  t.same(
    [names(table1), names(table2), names(table3)],
    [['FC10(1)', 'AE400-10'], ['FC10(1)', 'gaussian 0.1'], ['FC100-100-10@P1']],
  )
  const mean = (of: Table, row: string, column: string, key: string) => {
    const cell = measureAt(of, row, column)
    const part = cell.more?.find((one) => one.key === `${key}_seeds_mean`)
    return [rounded(cell.value), part && 'value' in part ? [rounded(part.value), part.n] : undefined]
  }
  t.same(mean(table1, 'FC10(1)', 'test error %', 'test_error'), [0.12, [0.14, 3]])
  t.same(mean(table1, 'FC10(1)', 'average distortion', 'distortion'), [0.05, [0.1, 3]])
  t.same(mean(table2, 'FC10(1)', 'AE400-10', 'error'), [0.2, [0.4, 3]])
  t.same(mean(table2, 'gaussian 0.1', 'AE400-10', 'error'), [0.05, [0.1, 3]])
  t.same(mean(table3, 'FC100-100-10@P1', 'error P1 %', 'p1_error'), [0.05, [0.1, 3]])
  t.match(table1.verdict?.sentence, /with \d of 3 seeds\.$/)

  // the first seed's numbers and notes are what they are without others
  const alone = await tablesOf(await seeded(join(root, 'one'), [1]))
  for (const [name, table] of Object.entries({ table1, table2, table3 })) {
    const own = alone[name as 'table1']
    t.same(
      own.rows.map((row) => row.keys),
      table.rows.map((row) => row.keys),
    )
    t.notMatch(tableCsv(own), /seeds/)
    t.same(table.notes.slice(0, -1), own.notes)
  }
  const runs = ['FC10(1)', 'AE400-10', 'FC100-100-10@P1'].map((name) => `run of ${name} random`)
  const asked = await tablesOf(lake, { runs })
  t.notMatch(tableCsv(asked.table1), /seeds/, 'of the runs of one seed there are no others')
  t.same(names(asked.table1), ['FC10(1)', 'AE400-10'])
  const seconds = await tablesOf(await seeded(join(root, 'second'), [2, 3]))
  t.same(names(seconds.table1).length, 6, 'of no network of the paper’s own name there are no seeds')

  // the page has the tables of the paper and of a sweep: training with several seeds is one
  const { tables, configurations, ofPaper } = await askData(lake, async (database) =>
    dataSetTables(database, await lake.files(), {}, { seed: 1 }),
  )
  t.same(
    tables.map(({ id }) => id),
    ['table1', 'table2', 'table3', 'table4', 'sweep', 'transfer-matrix', 'attacks', 'robust-accuracy'],
  )
  t.ok(ofPaper)
  t.same(
    configurations.map(({ networks }) => networks.length),
    [3, 3, 3],
  )
})

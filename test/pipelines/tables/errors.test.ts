import { join } from 'node:path'
import t from 'tap'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { examplesOf, put, scoresOf, small } from '../dataSet.js'
import { cellsOf, measureAt, rounded, tablesOf } from './asked.js'

const [A, B] = ['FC10(1)', 'AE400-10']
const [P1, P2] = ['FC100-100-10@P1', 'FC100-100-10@P2']
const sentence = async (lake: Lake) => (await tablesOf(lake)).table2.verdict?.sentence

t.test('the numbers are those of the rows', async (t) => {
  const { table2 } = await tablesOf(await small(join(t.testdir(), 'set')))
  const numbers = (row: string, column: string) => {
    const { value, low, high, n, count, paper, differs, more = [] } = measureAt(table2, row, column)
    const [right] = more
    return [
      ...[value, low, high].map((each) => rounded(each, 3)),
      n,
      count,
      paper,
      differs,
      'value' in right && right.value,
    ]
  }
  // statsmodels: proportion_confint(60, 100, method='wilson'), (10, 100)
  t.same(numbers(A, B), [0.6, 0.502, 0.691, 100, 60, 0.344, true, 0.6])
  t.same(numbers('gaussian 0.3', A), [0.1, 0.055, 0.174, 100, 10, 0.227, false, 0.1])
  t.equal(measureAt(table2, A, A).value, 1)
  t.equal(rounded(measureAt(table2, A, 'distortion').value, 3), 0.102)
  t.same(
    table2.rows.map(({ name, n }) => [name, n]),
    [A, B, 'gaussian 0.1', 'gaussian 0.3'].map((name) => [name, 100]),
    'the noise of the figure is none of the table’s',
  )
  t.match(
    table2.verdict?.sentence,
    /Holds: in 2 of 2 cells.* loses 60\.0 % to them, 5\.0 to 10\.0 % to the noise/,
  )
  t.match((await tablesOf(await openLake(join(t.testdir(), 'none')))).table4, {
    rows: [],
    missing: ['no scores'],
    verdict: undefined,
  })
})

t.test(
  'a network that is not of the paper has a row and a column, and takes nothing from the others',
  async (t) => {
    const lake = await small(join(t.testdir(), 'set'))
    const own = 'CNN16x5-32x5-128-10'
    await put(lake, 'examples', { source: own }, examplesOf(own, Array<number>(100).fill(0.05)))
    await put(lake, 'scores', { shown: own }, scoresOf(own, A, 100, 20), scoresOf(own, own, 100, 100))
    await put(lake, 'scores', { shown: `${A} again` }, scoresOf(A, own, 100, 30))
    // images of the other split, as when all examples of a data set are shown to a network
    await put(lake, 'scores', { shown: P1 }, scoresOf(P1, own, 100, 10, { split: 'test' }))
    const { table2 } = await tablesOf(lake)
    const cell = (row: string, column: string) => {
      const { value, paper } = measureAt(table2, row, column)
      return [value, paper]
    }
    t.same(
      table2.rows.map(({ name }) => name).filter((name) => !name.startsWith('gaussian')),
      [A, B, `${P1}, mnist test`, own].filter((name) => table2.rows.some((row) => row.name === name)),
    )
    t.ok(table2.rows.some(({ name }) => name === `${P1}, mnist test`))
    t.same(
      [cell(own, A), cell(own, own), cell(A, own), cell(A, B)],
      [
        [0.2, undefined],
        [1, undefined],
        [0.3, undefined],
        [0.6, 0.344],
      ],
    )
  },
)

t.test('verdicts follow the rows', async (t) => {
  const root = t.testdir()
  t.match(
    await sentence(await small(join(root, 'level'), 8)),
    /Not sure: in 0 of 2 cells/,
    'what is not above noise for certain is not below it for certain',
  )
  t.match(
    await sentence(await small(join(root, 'less'), 0, [40, 5])),
    /Does not hold: in 0 of 2 cells.* In 1 the noise fools more often/,
  )
})

t.test('Table 4: amplified examples, and the paper’s formula by the size of the images', async (t) => {
  const lake = await openLake(join(t.testdir(), 'halves'))
  const test = { split: 'test', shape: [3, 5, 1] as const }
  for (const [from, to] of [
    [P1, P2],
    [P2, P1],
  ]) {
    await put(lake, 'examples', { source: from }, examplesOf(from, Array<number>(100).fill(0.05), test))
    const scored = (name: string, ...rows: Parameters<typeof scoresOf>[]) =>
      put(lake, 'scores', { shown: name }, ...rows.map((row) => scoresOf(...row)))
    await scored(from, [from, to, 100, 8, test], [from, from, 100, 100, test])
    await scored(`${from}, RMS 0.1`, [from, to, 100, 70, { kind: 'amplified', stddev: 0.1, ...test }])
    // the images have 15 values
    await scored(`${from}, L2 0.1`, [
      from,
      to,
      100,
      0,
      { kind: 'amplified', stddev: 0.1 / Math.sqrt(15), ...test },
    ])
    for (const stddev of [0.06, 0.1])
      await scored(`gaussian ${stddev}`, ['', to, 100, 2, { kind: 'gaussian', stddev, ...test }])
  }
  const { table4, table2 } = await tablesOf(lake)
  // 8 against 2 of 100 is no certain difference for four comparisons at once
  t.match(table4.verdict?.sentence, /Holds in part: in 2 of 4 cells.*disjoint halves: 2 of 4/)
  t.equal(measureAt(table4, `${P1}, RMS 0.1`, P2).value, 0.7)
  t.match(measureAt(table4, `${P1}, L2 0.1`, P2), { value: 0, n: 100, paper: undefined })
  t.match(table4.notes.join('\n'), /FC100-100-10@P2 is the paper’s FC100-100-10′/)
  t.same(table2.rows, [], 'networks of halves are in no other table')
})

t.test('few images: not sure', async (t) => {
  const root = t.testdir()
  const models = ['a', 'b', 'c', 'd', 'e']
  /** Twenty cells of two networks of so few images, and what the verdict on them is. */
  const verdictOf = async (n: number, errors: number, noise: number) => {
    const lake = await openLake(join(root, `${n} ${errors} ${noise}`))
    await put(lake, 'examples', {}, ...models.map((from) => examplesOf(from, Array<number>(n).fill(0.05))))
    const kind = { kind: 'gaussian', stddev: 0.1 } as const
    await put(
      lake,
      'scores',
      {},
      ...models.flatMap((from) => models.map((to) => scoresOf(from, to, n, errors))),
      ...models.map((to) => scoresOf('', to, n, noise, kind)),
    )
    return await sentence(lake)
  }
  t.match(await verdictOf(9, 5, 2), /Not sure: in 0 of 20 cells/)
  t.match(await verdictOf(19, 7, 4), /Not sure: in 0 of 20 cells/)
  t.match(await verdictOf(19, 4, 7), /Not sure: in 0 of 20 cells/, 'in either direction')
  t.match(
    await verdictOf(5, 5, 2),
    /Not sure: in 0 of 20 cells.* Too few images: with 5 images .* no error could have been told from the noise’s/,
  )
  t.match(await verdictOf(100, 90, 5), /Holds: in 20 of 20 cells/)
  t.match(await verdictOf(100, 0, 60), /Does not hold: in 0 of 20 cells.* In 20 the noise fools more often/)
})

t.test('data sets of one’s own', async (t) => {
  const root = t.testdir()
  // as a pipeline in code writes it, without a partition
  const bare = await openLake(join(root, 'bare'))
  const noise = { kind: 'gaussian' as const, stddev: 1 }
  await put(bare, 'scores', {}, scoresOf('a', 'b', 100, 50), scoresOf('b', 'a', 100, 50))
  await put(bare, 'scores', {}, scoresOf('', 'a', 100, 2, noise), scoresOf('', 'b', 100, 2, noise))
  const { table2 } = await tablesOf(bare)
  t.match(
    table2.verdict?.sentence,
    /Not sure\. 2 of 2 cells could not be compared.*no examples to know the size from/,
  )
  t.same(table2.missing, [], 'nobody’s own networks are missing')
  t.equal(measureAt(table2, 'gaussian 1', 'a').value, 0.02, 'noise of any size that they were shown')

  const scored = await small(join(root, 'scored'))
  await put(scored, 'scores', { shown: A }, scoresOf(A, B, 100, 60))
  t.match(
    measureAt((await tablesOf(scored)).table2, A, B),
    { value: 0.6, n: 100 },
    'nor examples scored again',
  )
})

t.test('several rows of an image are one', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const nine = {
    ...scoresOf('a', 'b', 27, 9),
    index: Int32Array.from({ length: 27 }, (_, i) => Math.floor(i / 9)),
  }
  const noise = { kind: 'gaussian' as const, stddev: 0.1 }
  await put(lake, 'scores', {}, nine)
  for (const seed of [1, 2])
    await put(lake, 'scores', {}, { ...scoresOf('', 'b', 30, seed, noise), seed, run: `noise ${seed}` })
  const { table2 } = await tablesOf(lake)
  const { value, low, high, n } = measureAt(table2, 'a', 'b')
  // statsmodels: proportion_confint(1, 3, method='wilson')
  t.same(
    [value, low, high].map((each) => rounded(each)),
    [0.3333, 0.0615, 0.7923],
  )
  t.equal(n, 3)
  t.equal(measureAt(table2, 'gaussian 0.1', 'b').n, 30, 'nor are two seeds of noise more images than one')
})

t.test('of the first attacked images, and the first under noise', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const sizes = [0.1, 0.1, NaN, 0.1, 0.1, 0.1]
  await put(lake, 'examples', { source: A }, examplesOf(A, sizes))
  const noise = { kind: 'gaussian' as const, stddev: 0.1 }
  const step = async (name: string, ...rows: ReturnType<typeof scoresOf>[]) => {
    const writer = lake.writer('scores', { step: name, partition: { shown: name } })
    for (const row of rows) await writer.write(row)
    await writer.close()
  }
  await step('made', scoresOf(A, B, 6, 3), scoresOf(A, 'FC10(1e-2)', 6, 6))
  await step('noisy', scoresOf('', B, 6, 1, noise))
  await step('again', scoresOf(A, B, 6, 6))
  const of = async (restriction: Parameters<typeof tablesOf>[1]) => {
    const cells = cellsOf((await tablesOf(lake, restriction)).table2)
    return Object.entries(cells).flatMap(([row, own]) =>
      Object.entries(own).flatMap(([column, cell]) =>
        cell && 'count' in cell ? [[row, column, cell.count, cell.n]] : [],
      ),
    )
  }
  t.same(await of({ first: 4, runs: ['run of FC10(1) random', 'made', 'noisy'], victims: [B] }), [
    [A, B, 3, 4],
    ['gaussian 0.1', B, 1, 4],
  ])
  t.same(await of({ first: 2, runs: ['run of FC10(1) random', 'made'] }), [
    [A, 'FC10(1e-2)', 2, 2],
    [A, B, 2, 2],
  ])
  t.same(await of({ runs: ['again'] }), [[A, B, 6, 6]])
  t.same(await of({ runs: [] }), [])
})

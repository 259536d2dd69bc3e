import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isMeasure } from '../../../sinks/table/numbers.js'
import { tableCsv, tidy } from '../../../sinks/table/csv.js'
import { tableMarkdown } from '../../../sinks/table/markdown.js'
import type { Grid } from '../../../sinks/table/table.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { askData } from '../../../pipelines/tables/askData.js'
import type { DataSetTables } from '../../../pipelines/tables/dataSet.js'
import { meanOverPairs, type Pair } from '../../../pipelines/tables/meanOverPairs.js'
import { meanOverSeeds } from '../../../pipelines/tables/meanOverSeeds.js'
import type { Restriction } from '../../../pipelines/tables/restriction.js'
import { sweepLines } from '../../../pipelines/tables/sweepLines.js'
import { sweepTables } from '../../../pipelines/tables/sweepTables.js'
import { dataSetTables } from '../../../pipelines/tables/tables.js'
import { examplesOf, modelOf, put, small } from '../dataSet.js'
import { query } from '../recount.js'
import { nameOf, recordOf, sweepSet, type Errors, type Trained } from '../sweepSet.js'
import { measureAt, rounded } from './asked.js'

/** Quantiles of Student's t at 97.5 %, as any table of it has them, by degrees of freedom. */
const T = [NaN, 12.706204736, 4.30265273, 3.182446305]
const root = t.testdir()

const tablesOf = (lake: Lake, restriction?: Restriction) =>
  askData(lake, (database) => sweepTables(database, restriction))
const pageOf = (lake: Lake): Promise<DataSetTables> =>
  askData(lake, async (database) => dataSetTables(database, await lake.files()))
const numbers = (grid: Grid, row: string, column: string) => {
  const { value, low, high, n } = measureAt(grid, row, column)
  return [...[value, low, high].map((each) => rounded(each, 6)), n]
}
const close = (t: Test, found: unknown, wanted: readonly number[], message = 'by hand') =>
  t.same(found, [...wanted.slice(0, 3).map((each) => rounded(each, 6)), wanted[3]], message)
const meansOf = (pairs: readonly Pair[]) => {
  const { value, low, high, n } = meanOverPairs(pairs)
  return [...[value, low, high].map((one) => rounded(one, 6)), n]
}
/** Mean, interval and N of a few numbers, as a person would write it down. */
function byHand(values: readonly number[], least = -Infinity, most = Infinity) {
  const n = values.length
  const mean = values.reduce((a, b) => a + b) / n
  const deviation = Math.sqrt(values.map((each) => (each - mean) ** 2).reduce((a, b) => a + b) / (n - 1))
  const half = (T[n - 1] * deviation) / Math.sqrt(n)
  return [mean, Math.max(least, mean - half), Math.min(most, mean + half), n]
}

t.test('means over seeds, with Student’s t', (t) => {
  const { low, high, ...rest } = meanOverSeeds([1, 3])
  t.same(rest, { n: 2, value: 2 })
  // 12.706 standard errors of √2 / √2
  t.same([rounded(low, 3), rounded(high, 3)], [rounded(2 - 12.706, 3), rounded(2 + 12.706, 3)])
  const three = meanOverSeeds([1, NaN, 2, 3])
  t.same([three.n, rounded(three.high, 3)], [3, rounded(2 + 4.30265 / Math.sqrt(3), 3)], 'NaN is none')
  t.match(meanOverSeeds([0.4]), { n: 1, value: 0.4, low: NaN, high: NaN }, 'one seed has no interval')
  t.match(meanOverSeeds([]), { n: 0, value: NaN, low: NaN, high: NaN })
  t.match(meanOverSeeds([0, 1], { least: 0, most: 1 }), { low: 0, high: 1 }, 'a share is one')
  t.same(meanOverSeeds([0.2, 0.2]), { n: 2, value: 0.2, low: 0.2, high: 0.2 })
  // 1 − 0.05 / (2 · 5) of Student's t with 2 degrees of freedom: 9.9248
  t.equal(
    rounded(meanOverSeeds([1, 2, 3], { comparisons: 5 }).high, 3),
    rounded(2 + 9.92484 / Math.sqrt(3), 3),
  )
  t.same(meanOverSeeds([0.1, 0.2, 0.3, 0.7]), meanOverSeeds([0.7, 0.1, 0.3, 0.2]), 'in any order')
  t.end()
})

t.test('means over pairs of networks', (t) => {
  const pairs = (rows: readonly (readonly number[])[]): readonly Pair[] =>
    rows.flatMap((row, i) => row.map((value, j) => ({ source: `a${i}`, victim: `b${j}`, value })))
  // sources alone differ: the interval is Student's over the three of them
  const apart = pairs([
    [0.1, 0.1, 0.1],
    [0.2, 0.2, 0.2],
    [0.6, 0.6, 0.6],
  ])
  t.same(
    meansOf(apart).slice(0, 3),
    byHand([0.1, 0.2, 0.6], 0, 1)
      .slice(0, 3)
      .map((one) => rounded(one, 6)),
  )
  t.equal(meanOverPairs(apart).n, 9)
  t.same(
    meanOverPairs(pairs([[0.1, 0.3]])).high,
    meanOverPairs(pairs([[0.1], [0.3]])).high,
    'of one network on one side it is over the other',
  )
  t.same(rounded(meanOverPairs(pairs([[0.4], [0.5]])).low, 6), rounded(Math.max(0, byHand([0.4, 0.5])[1]), 6))
  // pairs that share none are as so many seeds
  const matched = [0.1, 0.2, 0.6].map((each, i) => ({ source: `a${i}`, victim: `b${i}`, value: each }))
  close(t, meansOf(matched), byHand([0.1, 0.2, 0.6], 0, 1))
  // additive in sources and victims: the variances of both means add up, but for what pairs have
  const both = pairs([
    [0.2, 0.3, 0.4],
    [0.3, 0.4, 0.5],
    [0.4, 0.5, 0.6],
  ])
  const [rows, cells] = [
    0.01 / 3,
    both.map((pair) => (pair.value - 0.4) ** 2).reduce((a, b) => a + b) / 8 / 9,
  ]
  t.equal(rounded(meanOverPairs(both).high, 6), rounded(0.4 + T[2] * Math.sqrt(rows + rows - cells), 6))
  // within a group: each network is left out with the pairs that it is in, as source or victim
  const within = [
    ['x', 'y', 0.1],
    ['y', 'x', 0.2],
    ['x', 'z', 0.3],
    ['z', 'x', 0.4],
    ['y', 'z', 0.5],
    ['z', 'y', 0.6],
  ] as const
  const own = within.map(([source, victim, each]) => ({ source, victim, value: each / 10 }))
  // without x 0.055, without y 0.035, without z 0.015
  t.equal(rounded(meanOverPairs(own).high, 6), rounded(0.035 + T[2] * Math.sqrt((2 / 3) * 0.0008), 6))
  t.match(
    meanOverPairs(own.slice(0, 2)),
    { n: 2, low: NaN, high: NaN },
    'two networks are in all pairs of theirs',
  )
  t.match(meanOverPairs([]), { n: 0, value: NaN, low: NaN })
  t.match(meanOverPairs(own.slice(0, 1)), { n: 1, value: 0.01, low: NaN })
  t.same(meanOverPairs([...own].reverse()), meanOverPairs(own), 'in any order')
  t.end()
})

const A = 'FC20-10(1e-4)'
const B = 'FC20-10(1e-2)'
const around = (mean: number) => [0.5, 1, 1.5].map((times) => times * mean)
const NETWORKS: readonly Trained[] = [
  { architecture: A, seed: 1, testError: 0.02, distortions: around(0.04) },
  { architecture: A, seed: 2, testError: 0.03, distortions: [...around(0.05), NaN] },
  { architecture: A, seed: 3, testError: 0.05, distortions: around(0.07) },
  { architecture: B, seed: 1, testError: 0.04, distortions: around(0.08) },
  { architecture: B, seed: 2, testError: 0.07, distortions: around(0.1) },
]
/** Errors of 20: on a network's own examples all, on others' by both seeds. */
const errors: Errors = (source, victim) => [
  source === victim
    ? 20
    : source.seed + 2 * victim.seed + (source.architecture === victim.architecture ? 4 : 0),
  20,
]
const noise = ({ seed }: Trained) => [seed, 20] as const
const lake = await sweepSet(join(root, 'set'), NETWORKS, errors, noise)

t.test('the numbers of each configuration are those of its networks', async (t) => {
  const { sweep, transferMatrix } = await tablesOf(lake)
  t.same(
    sweep.rows.map(({ name, n, keys }) => [name, n, keys['width'], keys['depth'], keys['weight_decay']]),
    [
      [A, 3, 20, 1, 1e-4],
      [B, 2, 20, 1, 1e-2],
    ],
  )
  close(t, numbers(sweep, A, 'test error %'), byHand([0.02, 0.03, 0.05], 0))
  close(t, numbers(sweep, A, 'minimal distortion'), byHand([0.04, 0.05, 0.07], 0))
  close(t, numbers(sweep, A, 'success %'), byHand([1, 0.75, 1], 0, 1))
  close(t, numbers(sweep, B, 'minimal distortion'), byHand([0.08, 0.1], 0))
  // of A's seeds on B's: (s + 2) / 20 and (s + 4) / 20, so s + 3; of B's on A's three: s + 2, s + 4, s + 6
  close(t, numbers(sweep, A, 'transfer error %'), byHand([4 / 20, 5 / 20, 6 / 20], 0))
  close(t, numbers(sweep, B, 'transfer error %'), byHand([5 / 20, 6 / 20], 0, 1))

  // rows and columns: A, B; s + 2 v of 20, and 4 more on the diagonal, where none is its own victim
  const cell = (row: string, column: string) => numbers(transferMatrix, row, column)
  t.same(
    transferMatrix.columns.map(({ title }) => title),
    [A, B],
  )
  t.same([cell(A, B)[0], cell(A, B)[3]], [0.25, 6], '6 pairs of (s + 2 v) / 20')
  const pairs = [1, 2, 3].flatMap((s) =>
    [1, 2].map((v) => ({ source: `${s}`, victim: `v${v}`, value: (s + 2 * v) / 20 })),
  )
  t.same(cell(A, B), meansOf(pairs))
  // (1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2): 9, 11, 8, 12, 9, 11
  t.same([cell(A, A)[0], cell(A, A)[3]], [0.5, 6])
  t.same(
    cell(B, B),
    [8.5 / 20, NaN, NaN, 2].map((one, i) => (i < 3 ? rounded(one, 6) : one)),
    'two networks: no interval',
  )
  close(t, cell('gaussian 0.1', A), byHand([1 / 20, 2 / 20, 3 / 20], 0))
  t.match(
    transferMatrix.notes.join(' '),
    /a network’s own examples, which fool it by construction, are left out/,
  )
})

t.test('counted again from the files by SQL alone', async (t) => {
  const recount = (sql: string) =>
    query(lake.folder, sql, { tables: ['models', 'examples', 'scores'], printed: [] })
  const [row] = await recount(`SELECT avg(error) AS mean, stddev_samp(error) AS deviation, count(*)::int AS n
    FROM (SELECT avg(test_error) AS error FROM models WHERE configuration = '${A}' GROUP BY seed)`)
  const { sweep } = await tablesOf(lake)
  const { value, high } = measureAt(sweep, A, 'test error %')
  t.equal(rounded(value, 9), rounded(Number(row['mean']), 9))
  t.equal(
    rounded(high, 6),
    rounded(Number(row['mean']) + (T[2] * Number(row['deviation'])) / Math.sqrt(3), 6),
  )
  const transfer = await recount(`WITH networks AS (SELECT model, configuration FROM models),
    pairs AS (
      SELECT s.source_model, v.configuration, avg(s.error::int) FILTER (NOT s.clean_error) AS error
      FROM scores s JOIN networks a ON a.model = s.source_model JOIN networks v ON v.model = s.model
      WHERE s.kind = 'adversarial' AND a.configuration <> v.configuration
      GROUP BY s.source_model, v.configuration, s.model
    )
    SELECT source_model, avg(error) AS error FROM (
      SELECT source_model, configuration, avg(error) AS error FROM pairs GROUP BY ALL
    ) GROUP BY source_model ORDER BY source_model`)
  const [grid] = sweep.folded ?? []
  t.same(
    transfer.map((each) => [each['source_model'], rounded(Number(each['error']), 9)]),
    NETWORKS.map(nameOf)
      .sort()
      .map((name) => [name, rounded(measureAt(grid, name, 'transfer error %').value, 9)]),
  )
})

t.test('more weight decay buys distance, or does not', async (t) => {
  const decayed = async (folder: string, slopes: readonly number[], lambdas = ['0', '1e-4', '1e-2']) => {
    const networks = slopes.flatMap((slope, seed) =>
      lambdas.map((lambda, i): Trained => ({
        architecture: `FC20-10(${lambda})`,
        ...{ seed, testError: 0.02 + 0.01 * i },
        // two decades from one to the next
        distortions: around(0.05 + 2 * slope * i),
      })),
    )
    return (await tablesOf(await sweepSet(join(root, folder), networks))).decay
  }
  const grows = await decayed('grows', [0.01, 0.012, 0.011])
  t.equal(grows.verdict?.state, 'holds')
  t.match(
    grows.verdict?.sentence,
    /^Holds: in 1 of 1 architecture .*; it changes by \+0\.0110 per decade of λ, and the test error by \+0\.50 points/,
  )
  // λ = 0 has no logarithm: of 1e-4 and 1e-2 alone
  close(t, numbers(grows, 'FC20-10', 'per decade of λ'), byHand([0.01, 0.012, 0.011]))
  t.same(numbers(grows, 'FC20-10', 'points per decade').slice(0, 1), [0.005])
  t.match(grows.rows[0].cells[0], { text: '0 to 1e-2' })
  t.equal((await decayed('falls', [-0.01, -0.009, -0.011])).verdict?.state, 'no')
  t.equal((await decayed('unsure', [0.01, -0.012])).verdict?.state, 'open')
  const one = await decayed('one', [0.01])
  t.match(one.verdict, { state: 'open', sentence: /Too few seeds to say: FC20-10\.$/ })
  t.same(numbers(one, 'FC20-10', 'per decade of λ'), [0.01, NaN, NaN, 1])
  const none = await decayed('none', [0.01, 0.02], ['0', '1e-3'])
  t.same([none.verdict, none.rows.length], [undefined, 1], 'one λ above 0 has no trend')
  t.same((await decayed('alone', [0.01, 0.02], ['1e-3'])).missing, ['no architecture with two weight decays'])
})

t.test('one seed has the interval over images, and says so', async (t) => {
  const networks = NETWORKS.filter(({ seed }) => seed === 1)
  const own = await sweepSet(join(root, 'single'), networks, errors)
  const { sweep, transferMatrix } = await tablesOf(own)
  const cell = measureAt(sweep, A, 'test error %')
  // 200 of 10,000: Wilson
  t.same([cell.n, rounded(cell.low), rounded(cell.high)], [10_000, 0.0174, 0.0229])
  t.match(cell.more, [{ text: 'one network', shown: true }])
  t.same(numbers(sweep, A, 'minimal distortion')[3], 3, 'images')
  t.same(numbers(sweep, A, 'transfer error %').slice(0, 1), [0.15])
  t.same([numbers(transferMatrix, A, B)[0], numbers(transferMatrix, A, B)[3]], [0.15, 20])
  t.equal(transferMatrix.rows[0].cells[0], undefined, 'there is no other seed')
})

t.test('seeds, successes and scores that are not there', async (t) => {
  const gone: readonly Trained[] = [
    { architecture: A, seed: 1, testError: NaN, distortions: [NaN, NaN] },
    { architecture: A, seed: 2, testError: 0.03, distortions: around(0.05) },
    { architecture: A, seed: 3, testError: 0.05, distortions: around(0.07) },
    { architecture: B, seed: 1, testError: 0.04 },
  ]
  const own = await sweepSet(join(root, 'gone'), gone, (source, victim) =>
    source.seed === 2 && victim.architecture === B ? [1, 2] : undefined,
  )
  const { sweep, transferMatrix, decay } = await tablesOf(own)
  close(t, numbers(sweep, A, 'minimal distortion'), byHand([0.05, 0.07], 0), 'of two seeds')
  close(t, numbers(sweep, A, 'test error %'), byHand([0.03, 0.05], 0))
  close(t, numbers(sweep, A, 'success %'), byHand([0, 1, 1], 0, 1))
  t.match(measureAt(sweep, A, 'transfer error %'), { value: 0.5, n: 2, more: [{ text: 'one network' }] })
  const [row] = sweep.rows.filter(({ name }) => name === B)
  t.same(
    row.cells.map((each) => each !== undefined),
    [true, true, false, false, false, true],
  )
  t.same(
    transferMatrix.rows.map(({ name }) => name),
    [A],
    'nothing was made for B',
  )
  t.equal(decay.verdict, undefined, 'no seed has both')
  for (const table of [sweep, transferMatrix, decay])
    t.notMatch(tableCsv(table) + tableMarkdown(table), /NaN|undefined/)
})

t.test('names are anybody’s, and the order of rows and files is no matter', async (t) => {
  const odd = { recipe: ' epochs=5, a#b "c"' }
  const networks = NETWORKS.map((network) => ({ ...network, ...odd }))
  const [one, other] = await Promise.all(
    [networks, [...networks].reverse()].map((own, i) => sweepSet(join(root, `odd${i}`), own, errors, noise)),
  )
  const [first, second] = await Promise.all([tablesOf(one), tablesOf(other)])
  t.same(
    Object.values(second).map((table) => tidy(table)),
    Object.values(first).map((table) => tidy(table)),
  )
  t.same(
    first.sweep.rows.map(({ name }) => name),
    [`${A}${odd.recipe}`, `${B}${odd.recipe}`],
  )
  t.same(
    first.decay.rows.map(({ name }) => name),
    [`FC20-10${odd.recipe}`],
  )
  t.match(tableCsv(first.sweep), /"FC20-10\(1e-4\) epochs=5, a#b ""c"""/)
})

t.test('lines along width and depth', async (t) => {
  const sizes = [
    'FC10-10(1e-4)',
    'FC20-10(1e-4)',
    'FC20-20-10(1e-4)',
    'FC20-10(1e-2)',
    'FC30-30-10',
    'FC20-20-10',
  ]
  const own = await sweepSet(
    join(root, 'sizes'),
    sizes.flatMap((architecture) => [1, 2].map((seed) => ({ architecture, seed, testError: 0.1 }))),
  )
  const { configurations } = await pageOf(own)
  const lines = (axis: 'decay' | 'width' | 'depth') =>
    sweepLines(configurations, axis).map(({ name, points }) => [
      name,
      ...points.map(({ at, numbers: { configuration } }) => `${at}: ${configuration.name}`),
    ])
  t.same(lines('decay'), [['FC20-10', '0.0001: FC20-10(1e-4)', '0.01: FC20-10(1e-2)']])
  t.same(lines('width'), [
    ['FC, depth 1, sigmoid, λ 1e-4', '10: FC10-10(1e-4)', '20: FC20-10(1e-4)'],
    ['FC, depth 2, sigmoid, λ as usual', '20: FC20-20-10', '30: FC30-30-10'],
  ])
  t.same(lines('depth'), [['FC, width 20, sigmoid, λ 1e-4', '1: FC20-10(1e-4)', '2: FC20-20-10(1e-4)']])
})

t.test('only the networks of a sweep make one, and its tables are in the place of the paper’s', async (t) => {
  const ids = async (of: Lake) => (await pageOf(of)).tables.map(({ id }) => id)
  t.same(await ids(lake), ['sweep', 'transfer-matrix', 'decay', 'attacks', 'robust-accuracy'])
  t.same(await ids(await small(join(root, 'paper'))), ['table1', 'table2', 'attacks', 'robust-accuracy'])
  const sweepless = await pageOf(await small(join(root, 'small')))
  t.same([sweepless.configurations, sweepless.sweep.sweep.rows], [[], []])
  t.match(sweepless.sweep.sweep.missing, ['no networks of several configurations or seeds'])

  // networks of one's own names that are no sweep's
  const own = await openLake(join(root, 'own'))
  for (const name of ['mine', 'yours']) {
    await put(own, 'models', { name }, [{ ...modelOf(name, 0.1, 0.2), architecture: 'FC10(1)' }])
    await put(own, 'examples', { source: name }, examplesOf(name, [0.1]))
  }
  t.same(await ids(own), ['networks', 'attacks', 'robust-accuracy'])
  const alone = await sweepSet(join(root, 'single architecture'), NETWORKS.slice(0, 1))
  t.same(await ids(alone), ['networks', 'attacks', 'robust-accuracy'], 'one network is none')
  t.same(await ids(await sweepSet(join(root, 'two'), NETWORKS.slice(0, 2))), [
    'sweep',
    'transfer-matrix',
    'attacks',
    'robust-accuracy',
  ])
})

t.test('of the rows of some runs, and one network of each seed', async (t) => {
  const runs = NETWORKS.filter(({ architecture }) => architecture === A).map(
    (network) => `run of ${nameOf(network)} random`,
  )
  const { sweep } = await tablesOf(lake, { runs })
  t.same(
    sweep.rows.map(({ name }) => name),
    [A],
  )
  const twice = await sweepSet(join(root, 'twice'), NETWORKS)
  const copy = { ...recordOf(NETWORKS[0]), model: 'a copy of it' }
  await put(twice, 'models', { name: copy.model }, [copy])
  t.equal((await tablesOf(twice)).sweep.rows[0].n, 3, 'the same training by another name is no further seed')
  t.ok(
    sweep.rows.every(({ cells }) =>
      cells.every((cell) => cell === undefined || !isMeasure(cell) || cell.value >= 0),
    ),
  )
})

t.test('the queries of docs/report.md give the same', async (t) => {
  const page = readFileSync('docs/report.md', 'utf8')
  const [, section = ''] = page.split('## Its numbers over seeds')
  const queries = [...section.matchAll(/```sql\n([^]*?)```/g)].map(([, sql]) => sql)
  t.equal(queries.length, 3)
  const ask = (sql: string) =>
    query(lake.folder, sql, { tables: ['models', 'examples', 'scores'], printed: [] })
  const [configurations, pairs, slopes] = await Promise.all(queries.map(ask))
  const { sweep, transferMatrix, decay } = await tablesOf(lake)
  const told = (row: Readonly<Record<string, unknown>>, ...names: readonly string[]) =>
    names.map((name) => rounded(Number(row[name]), 9))
  t.same(
    configurations.map((row) => [row['configuration'], ...told(row, 'seeds', 'test_error', 'distortion')]),
    [B, A].map((name) => {
      const [error, distortion] = ['test error %', 'minimal distortion'].map((column) =>
        measureAt(sweep, name, column),
      )
      return [name, error.n, rounded(error.value, 9), rounded(distortion.value, 9)]
    }),
  )
  const { low = NaN, value } = measureAt(sweep, A, 'minimal distortion')
  t.equal(rounded(value - T[2] * Number(configurations[1]['distortion_se']), 9), rounded(low, 9))
  t.same(
    pairs.map((row) => [row['made_for'], row['fed_to'], ...told(row, 'pairs', 'error')]),
    [B, A].flatMap((row) =>
      [B, A].map((column) => {
        const cell = measureAt(transferMatrix, row, column)
        return [row, column, cell.n, rounded(cell.value, 9)]
      }),
    ),
  )
  const slope = measureAt(decay, 'FC20-10', 'per decade of λ')
  t.same(
    slopes.map((row) => [row['architecture'], rounded(Number(row['per_decade']), 9)]),
    [['FC20-10', rounded(slope.value, 9)]],
    'of the seeds that have both, and here of none that has not',
  )
})

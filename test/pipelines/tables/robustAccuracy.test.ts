import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import t from 'tap'
import {
  askData,
  openLake,
  readExamples,
  report,
  robustAccuracy,
  robustAccuracyTable,
  tableCsv,
  tableText,
  type Epsilons,
  type Lake,
  type PerturbationNorm,
  type RobustAccuracy,
} from 'blindspot'
import { randomFor } from '../../../operators/random.js'
import type { AdversarialBatch } from '../../../operators/records/adversarial.js'
import { REASONS, STATUSES, type Reason } from '../../../operators/records/codes.js'
import { proportion } from '../../../pipelines/tables/statistics.js'
import { all } from '../page.js'
import { answered } from '../questions/asked.js'
import { examplesOf, put } from '../dataSet.js'
import { measureAt } from './asked.js'

/** What came of a row: lengths of its perturbation, or why it has none. */
type Made =
  | { readonly at: number; readonly l2: number; readonly rms: number; readonly linf: number }
  | { readonly at: number; readonly reason: Reason; readonly gone?: boolean }

/** Rows of any images, several of one too. */
function rowsOf(
  model: string,
  made: readonly Made[],
  more: Partial<AdversarialBatch> = {},
): AdversarialBatch {
  const found = made.map((one) => ('l2' in one ? one : undefined))
  const reason = made.map((one) => ('reason' in one ? one.reason : 'none'))
  const skipped = (one: Reason) => one === 'misclassified' || one === 'already-target'
  const numbers = (of: (one: { l2: number; rms: number; linf: number }) => number) =>
    Float64Array.from(found, (one) => (one ? of(one) : NaN))
  const usual = examplesOf(
    model,
    made.map(() => 0.1),
  )
  const label = Int32Array.from(made, ({ at }) => at % 10)
  return {
    ...usual,
    index: Int32Array.from(made, ({ at }) => at),
    label,
    target: label.map((one, i) => (reason[i] === 'already-target' ? one : (one + 1 + i) % 10)),
    prediction: label.map((one, i) => {
      const row = made[i]
      return 'gone' in row ? -1 : reason[i] === 'misclassified' ? (one + 3) % 10 : one
    }),
    adversarialPrediction: label.map((one, i) => (found[i] ? (one + 1) % 10 : -1)),
    status: Uint8Array.from(reason, (one) =>
      STATUSES.indexOf(one === 'none' ? 'success' : skipped(one) ? 'skipped' : 'failed'),
    ),
    reason: Uint8Array.from(reason, (one) => REASONS.indexOf(one)),
    distortion: numbers(({ rms }) => rms),
    l2: numbers(({ l2 }) => l2),
    linf: numbers(({ linf }) => linf),
    ...more,
  }
}

/** Many images with several rows of every kind, by chance. */
function chance(name: string, images: number): readonly Made[] {
  const random = randomFor(3, 'accuracy', name)
  return Array.from({ length: images }, (_, i) => i).flatMap((at): readonly Made[] => {
    const kind = random.uniform()
    if (kind < 0.1) return [{ at, reason: 'misclassified' }]
    if (kind < 0.15) return [{ at, reason: 'already-target' }]
    if (kind < 0.18) return [{ at, reason: 'non-finite', gone: true }]
    return Array.from({ length: 1 + random.integer(3) }, (): Made => {
      if (random.uniform() < 0.1) return { at, reason: 'budget' }
      const l2 = 4 * random.uniform()
      return { at, l2, rms: l2 / 4, linf: l2 * (0.2 + 0.8 * random.uniform()) }
    })
  })
}

/** The same by reading the rows one after the other. */
async function recount(
  lake: Lake,
  run: string,
  norm: PerturbationNorm,
  epsilon: number,
  first = Infinity,
): Promise<{ readonly n: number; readonly correct: number }> {
  const images = new Map<number, { wrong: boolean; attacked: boolean; nearest: number }>()
  const files = (await lake.files({ table: 'examples' })).map(({ path }) => path)
  for await (const batch of readExamples(files)) {
    if (batch.run !== run) continue
    for (const [row, at] of batch.index.entries()) {
      if (!images.has(at) && images.size === first) continue
      const image = images.get(at) ?? { wrong: false, attacked: false, nearest: Infinity }
      images.set(at, image)
      const status = STATUSES[batch.status[row]]
      image.wrong ||= batch.prediction[row] !== batch.label[row]
      image.attacked ||= status !== 'skipped'
      const length = { l2: batch.l2, rms: batch.distortion, linf: batch.linf }[norm][row]
      if (status === 'success') image.nearest = Math.min(image.nearest, length)
    }
  }
  const counted = [...images.values()].filter(({ wrong, attacked }) => wrong || attacked)
  return {
    n: counted.length,
    correct: counted.filter(({ wrong, nearest }) => !wrong && !(nearest <= epsilon)).length,
  }
}

const lake = await openLake(join(t.testdir(), 'set'))
const [a, b] = [chance('A', 400), chance('B', 150)]
await put(lake, 'examples', { source: 'A' }, rowsOf('A', a))
const ddn = { run: 'B by ddn', method: 'ddn', goal: 'untargeted', options: 'iterations=300' } as const
await put(lake, 'examples', { source: 'B' }, rowsOf('B', b, ddn))
const usual = 'run of A random'

t.test('the same as counted row by row', async (t) => {
  await askData(lake, async (database) => {
    const epsilons = { l2: [1.5, 0, 0.25, 0.25], rms: [0.1, 1 / 3], linf: [8 / 255, 0.3] }
    const lines = await robustAccuracy(database, { epsilons })
    t.same(
      lines.map(({ sourceModel, norm, epsilon }) => [sourceModel, norm, epsilon]),
      ['A', 'B'].flatMap((model) => [
        ...[0, 0.25, 1.5].map((epsilon) => [model, 'l2', epsilon]),
        ...[0.1, 1 / 3].map((epsilon) => [model, 'rms', epsilon]),
        ...[8 / 255, 0.3].map((epsilon) => [model, 'linf', epsilon]),
      ]),
      'each budget once, in order, to the bit',
    )
    const same = async (line: RobustAccuracy, first?: number) => {
      const { n, correct } = await recount(lake, line.run, line.norm, line.epsilon, first)
      t.match(line, { correct, accuracy: proportion(correct, n) })
    }
    for (const line of lines) await same(line)
    t.match(lines.at(-1), { ...ddn, dataset: 'mnist', split: 'train' })
    const some = await robustAccuracy(database, { runs: [usual], first: 30, epsilons: { l2: [0, 1] } })
    t.ok(some.every(({ run }) => run === usual))
    for (const line of some) await same(line, 30)
    // one that is at a distance that a row has is within
    const exact = a.find((one) => 'l2' in one && a.filter((other) => other.at === one.at).length === 1)
    const at = exact && 'l2' in exact ? exact.l2 : NaN
    const [on, below] = await Promise.all(
      [at, at * (1 - 1e-12)].map((epsilon) =>
        robustAccuracy(database, { runs: [usual], epsilons: { l2: [epsilon], rms: [], linf: [] } }),
      ),
    )
    await same(on[0])
    t.equal(below[0].correct, on[0].correct + 1, 'at ε is within ε')
    t.same(await robustAccuracy(database, { epsilons: { l2: [], rms: [], linf: [] } }), [])
    t.same(await robustAccuracy(database, { runs: [] }), [])
  })
})

t.test('budgets that nobody gave are round, begin with 0, and reach over the distances', async (t) => {
  await askData(lake, async (database) => {
    const lines = await robustAccuracy(database)
    for (const norm of ['l2', 'rms', 'linf']) {
      const own = lines.filter((line) => line.norm === norm && line.run === usual)
      const [first, second] = own
      const last = own[own.length - 1]
      t.equal(first.epsilon, 0)
      const left = ({ accuracy }: RobustAccuracy) => accuracy.value / first.accuracy.value
      t.ok(left(second) > 0.7, `${norm} ${second.epsilon}: ${left(second)} left`)
      t.ok(left(last) < 0.3, `${norm} ${last.epsilon}: ${left(last)} left`)
      t.ok(own.every((line, i) => i === 0 || left(line) <= left(own[i - 1])))
      t.ok(own.length <= 12, `${own.length} budgets`)
    }
  })
})

t.test('what cannot be asked', async (t) => {
  await askData(lake, async (database) => {
    const wrong: [object, RegExp][] = [
      [{ epsilons: { l3: [1] } }, /^epsilons: expected lists of l2, rms, linf, got 'l3'/],
      [{ epsilons: { l2: 1 } }, /^epsilons\.l2: expected a list of numbers from 0, got 1/],
      [{ epsilons: { linf: [-1] } }, /^epsilons\.linf: .*got \[-1\]/],
      [{ epsilons: { rms: [NaN] } }, /^epsilons\.rms: /],
      [{ epsilons: { rms: ["0'); DROP"] } }, /^epsilons\.rms: /],
      [
        { epsilon: { l2: [1] } },
        /^robustAccuracy: there is no option epsilon; expected one of runs, first, epsilons/,
      ],
      [{ first: 0 }, /^first: /],
      [{ runs: 'all' }, /^runs: /],
    ]
    for (const [options, message] of wrong)
      await t.rejects(robustAccuracy(database, options), { code: 'bad-option', message })
  })
})

t.test('the table says it, and what L∞ is of', async (t) => {
  const lines = await askData(lake, (database) =>
    robustAccuracy(database, { epsilons: { l2: [0, 0.5], rms: [0.1], linf: [8 / 255] } }),
  )
  const table = robustAccuracyTable(lines)
  const half = lines.find(({ run, norm, epsilon }) => run === usual && norm === 'l2' && epsilon === 0.5)
  t.match(measureAt(table, 'A', 'L2 0.5'), {
    ...half?.accuracy,
    ...{ count: half?.correct, unit: 'percent' },
  })
  const text = tableText(table, { folded: true })
  t.match(text, /L∞ 8\/255/)
  t.match(text, /ddn, untargeted, iterations=300/)
  t.match(text, /In L∞ they are not.*not the least/)
  t.match(text, /upper bound/)
  const [head, ...rows] = tableCsv(table).trim().split('\n')
  t.match(head, /norm,epsilon/)
  t.equal(rows.length, 8, 'a line for each network, norm and budget')
})

t.test(
  'where budgets are given, only their norms have lines, and the first of them is the main table',
  async (t) => {
    const of = (epsilons: Partial<Epsilons>) =>
      askData(lake, (database) => robustAccuracy(database, { epsilons }))
    const lines = await of({ linf: [8 / 255] })
    t.same([...new Set(lines.map(({ norm, epsilon }) => `${norm} ${epsilon}`))], [`linf ${8 / 255}`])
    const table = robustAccuracyTable(lines)
    t.match(tableText(table), /by the L∞ norm.*L∞ 8\/255/s)
    t.same(table.folded, [])
    const two = robustAccuracyTable(await of({ linf: [0.1], rms: [0.1] }))
    t.match([two.title, ...(two.folded ?? []).map(({ title }) => title)], [/RMS/, /L∞/])
    t.same(await of({ linf: [] }), [], 'a norm without budgets')
    t.equal(new Set((await of({})).map(({ norm }) => norm)).size, 3)
  },
)

t.test('the question gives the same, within the same budgets', async (t) => {
  const rows = await answered(lake, 'accuracy')
  const lines = await askData(lake, (database) => robustAccuracy(database))
  const placesOf = (all: readonly object[]) =>
    all.map((line) => {
      const { run, norm, epsilon } = line as Pick<RobustAccuracy, 'run' | 'norm' | 'epsilon'>
      return [run, norm, epsilon]
    })
  t.same(placesOf(rows), placesOf(lines))
  for (const norm of ['l2', 'rms', 'linf'] as const) {
    const own = rows.filter((row) => row['norm'] === norm && row['run'] === ddn.run)
    t.ok(own.length >= 8)
    for (const row of own) {
      const { n, correct } = await recount(lake, ddn.run, norm, Number(row['epsilon']))
      const { value, low, high } = proportion(correct, n)
      t.match(row, { n, correct, options: 'iterations=300' })
      for (const [name, expected] of Object.entries({
        accuracy: value,
        accuracy_low: low,
        accuracy_high: high,
      }))
        t.ok(Math.abs(Number(row[name]) - expected) < 1e-9, `${norm} ${Number(row['epsilon'])} ${name}`)
    }
  }
})

t.test('the page has the table, and a curve of every run in each norm', async (t) => {
  const figures = join(t.testdir(), 'figures')
  const { file, figures: drawn } = await report(lake.folder, { figures })
  const { document } = parseHTML(readFileSync(file, 'utf8'))
  t.match(document.querySelector('#robust-accuracy h2')?.textContent, /Robust accuracy/)
  const plot = document.querySelector('#accuracy')
  t.same(
    all(document, '#accuracy figcaption').map(({ textContent }) => textContent),
    ['L2', 'RMS', 'L∞'],
  )
  for (const svg of all(document, '#accuracy figure svg'))
    t.match(svg.getAttribute('aria-label'), /A, l-bfgs, random; B, ddn, untargeted, iterations=300/)
  t.match(plot?.querySelector('p')?.textContent, /not the least that there is/)
  const numbers = all(document, '#accuracy tbody tr').map((row) =>
    Array.from(row.children, ({ textContent }) => textContent),
  )
  for (const [name, norm, epsilon, n, share] of numbers.filter(([, norm]) => norm === 'L2')) {
    if (epsilon !== '0.00') continue
    const run = name.startsWith('A') ? usual : ddn.run
    const counted = await recount(lake, run, 'l2', 0)
    t.same(
      [n, share],
      [String(counted.n), ((100 * counted.correct) / counted.n).toFixed(1)],
      `${name} ${norm}`,
    )
  }
  t.same(
    drawn.filter((path) => path.endsWith('accuracy.svg')).map((path) => path.slice(figures.length + 1)),
    ['l2-accuracy.svg', 'rms-accuracy.svg', 'linf-accuracy.svg'],
  )
})

t.test('a data set whose searches all failed, and one of many runs', async (t) => {
  const failed = await openLake(join(t.testdir(), 'failed'))
  await put(failed, 'examples', { source: 'A' }, examplesOf('A', [NaN, NaN], { skipped: 1 }))
  const lines = await askData(failed, (database) => robustAccuracy(database))
  t.match(lines, [
    { norm: 'l2', epsilon: 0, correct: 2, accuracy: { n: 3 } },
    { norm: 'rms' },
    { norm: 'linf' },
  ])
  await report(failed.folder)

  const many = await openLake(join(t.testdir(), 'many'))
  for (let i = 0; i < 8; i++)
    await put(many, 'examples', { source: 'A' }, { ...examplesOf('A', [0.1, 0.2]), run: `run ${i}` })
  const { file } = await report(many.folder)
  const { document } = parseHTML(readFileSync(file, 'utf8'))
  const labels = all(document, '#accuracy figure svg').map((svg) => svg.getAttribute('aria-label') ?? '')
  t.equal(labels.length, 6, 'two parts in each norm')
  for (let i = 0; i < 8; i++)
    t.ok(
      labels.some((label) => label.includes(`run run ${i}`)),
      `run ${i} is drawn`,
    )
})

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseHTML } from 'linkedom'
import t from 'tap'
import { report } from 'blindspot'
import type { Experiment } from '../../pipelines/paperSteps.js'
import { PUBLISHED_TABLE_1 } from '../../pipelines/tables/published.js'
import { formatTable1 } from '../../pipelines/table1Format.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import { openLake, type Lake } from '../../sinks/lake/lake.js'
import { barriers, inBrowser, skip } from '../browser.js'
import { all, cellsOf } from './page.js'
import { examplesOf, modelOf, scoresOf } from './dataSet.js'

/** Commits some records as a step of their own. */
async function put<Name extends TableName>(
  lake: Lake,
  table: Name,
  partition: Record<string, string>,
  ...records: Tables[Name][]
): Promise<void> {
  const step = `${table} ${Object.values(partition).join()} ${lake.files().length}`.replaceAll(/\W/g, '-')
  const provenance = { blindspot: '9.9.9', commit: 'c0ffee', command: 'blindspot paper --seed 7', seed: 7 }
  const writer = lake.writer(table, { step, partition, provenance })
  for (const record of records) await writer.write(record as never)
  await writer.close()
}

/** Two networks of Table 2 and one of another name, with 100 examples each. */
async function small(folder: string, transfer = 60, noisy = [10, 5]): Promise<Lake> {
  const lake = await openLake(folder)
  await put(lake, 'models', { name: 'FC10(1)' }, [modelOf('FC10(1)', 0.2, 0.215)])
  await put(lake, 'models', { name: 'AE400-10' }, [modelOf('AE400-10', 0.0057, 0.019)])
  const sizes = Array.from({ length: 100 }, (_, i) => 0.1 + 0.001 * (i % 5))
  await put(lake, 'examples', { source: 'FC10(1)' }, examplesOf('FC10(1)', sizes, { skipped: 4 }))
  await put(lake, 'examples', { source: 'AE400-10' }, examplesOf('AE400-10', sizes.with(3, NaN)))
  const [a, b] = ['FC10(1)', 'AE400-10']
  await put(lake, 'scores', { shown: a }, scoresOf(a, a, 100, 100), scoresOf(a, b, 100, transfer))
  await put(lake, 'scores', { shown: b }, scoresOf(b, a, 100, transfer), scoresOf(b, b, 100, 100))
  for (const stddev of [0.1, 0.3, 1]) {
    const noise = { kind: 'gaussian' as const, stddev }
    await put(
      lake,
      'scores',
      { shown: `gaussian ${stddev}` },
      scoresOf('', a, 100, noisy[0], noise),
      scoresOf('', b, 100, noisy[1], noise),
    )
  }
  await put(
    lake,
    'searches',
    { source: a },
    [0.1, 0.2, 0.4, 0.3].map((c, i) => ({
      ...{ run: 'run', sourceModel: a, dataset: 'mnist', split: 'train', index: 100, label: 0, target: 1 },
      ...{ solve: i + 1, c, distortion: 0.02 / c, margin: 0.1, fooled: c < 0.4, loss: 0.7 },
      ...{ residual: 1e-3, iterations: 4, evaluations: 6, best: c === 0.3 },
    })),
  )
  return lake
}

const linksOf = (html: string) =>
  all(parseHTML(html).document, '#provenance a').map((link) =>
    decodeURIComponent(link.getAttribute('href') ?? ''),
  )

t.test('the numbers of the page are those of the rows', async (t) => {
  const folder = join(t.testdir(), 'set')
  await small(folder)
  const { file, verdicts, missing } = await report(folder)
  const html = readFileSync(file, 'utf8')
  const one = cellsOf(html, 'table1')
  // statsmodels: proportion_confint(12000, 60000, method='wilson'), (2150, 10000), (100, 100), (99, 100)
  t.same(one['FC10(1)']['train error %'], [
    '20.00',
    ', paper 21.2, −1.20 ≠',
    ', 95 % interval 19.68 to 20.32',
    'N 60,000',
  ])
  // of 20, as printed, it is known to half a per cent
  t.same(one['FC10(1)']['test error %'], [
    '21.50',
    ', paper 20, +1.50',
    ', 95 % interval 20.71 to 22.32',
    'N 10,000',
  ])
  t.same(one['FC10(1)']['success %'], ['100.0', ', 95 % interval 96.3 to 100.0', 'N 100'])
  t.same(one['AE400-10']['success %'], ['99.0', ', 95 % interval 94.6 to 99.8', 'N 100'])
  t.match(one['FC10(1)']['average distortion'], [
    '0.1020',
    ', paper 0.14, −0.0380 ≠',
    /interval 0\.101\d to 0\.102\d/,
    'N 100',
  ])
  t.match(one['AE400-10']['average distortion'][0], '0.1020')
  const two = cellsOf(html, 'table2')
  t.same(two['FC10(1)']['AE400-10'], [
    '60.0',
    ', paper 34.4, +25.6 ≠',
    ', 95 % interval 50.2 to 69.1',
    'clean right 60.0',
  ])
  t.same(two['FC10(1)']['FC10(1)'][0], '100.0')
  t.same(two['Gaussian noise, stddev 0.3']['FC10(1)'], [
    '10.0',
    ', paper 22.7, −12.7',
    ', 95 % interval 5.5 to 17.4',
    'clean right 10.0',
  ])
  t.same(two['FC10(1)']['N'], ['100'])
  t.match(verdicts, {
    table1:
      /Holds: 199 of 200 images of 2 networks were fooled \(of each at least 94\.5\d %.*0\.73 to 1\.19 times the paper/,
    table2: /Holds: in 2 of 2 cells.* loses 60\.0 to 60\.0 % to them, 5\.0 to 10\.0 % to the noise/,
  })
  t.match(missing.join('\n'), /Table 1: not trained: FC10\(1e-4\), FC10\(1e-2\), FC100-100-10, FC200-200-10/)
  t.match(missing.join('\n'), /Table 4: no scores/)
  t.match(html, /c0ffee/)
  t.match(html, /blindspot paper --seed 7/)
  const { document } = parseHTML(html)
  t.match(document.querySelector('#histogram svg')?.getAttribute('aria-label'), /FC10\(1\), mean 0\.1020/)
  t.equal(document.querySelectorAll('#search svg circle, #search svg path').length > 4, true)
  const links = linksOf(html)
  t.equal(links.length, (await openLake(folder)).files().length)
  for (const link of links) readFileSync(resolve(dirname(file), link))
  t.notMatch(html, /https?:(?!\/\/www\.w3\.org)/, 'no address but the names of namespaces')
  await report(folder)
  t.equal(readFileSync(file, 'utf8'), html, 'the same data set, the same page')
})

t.test('verdicts follow the rows', async (t) => {
  const root = t.testdir()
  await small(join(root, 'level'), 8)
  t.match(
    (await report(join(root, 'level'))).verdicts['table2'],
    /Not sure: in 0 of 2 cells/,
    'what is not above noise for certain is not below it for certain',
  )
  await small(join(root, 'less'), 0, [40, 5])
  t.match(
    (await report(join(root, 'less'))).verdicts['table2'],
    /Does not hold: in 0 of 2 cells.* In 1 the noise fools more often/,
  )

  const failing = await openLake(join(root, 'failing'))
  const sizes = Array.from({ length: 50 }, (_, i) => (i < 20 ? 0.06 : NaN))
  await put(failing, 'examples', { source: 'FC100-100-10' }, examplesOf('FC100-100-10', sizes))
  t.match((await report(failing.folder)).verdicts['table1'], /Does not hold: 20 of 50/)

  const few = await openLake(join(root, 'few'))
  await put(few, 'examples', { source: 'FC100-100-10' }, examplesOf('FC100-100-10', [0.05, 0.06]))
  t.match(
    (await report(few.folder)).verdicts['table1'],
    /Not sure: 2 of 2.*Too few images to say: FC100-100-10/,
  )

  const halves = await openLake(join(root, 'halves'))
  const [p1, p2] = ['FC100-100-10@P1', 'FC100-100-10@P2']
  const cleanly = (shown: string, split: string, first: number, second: number) =>
    put(
      halves,
      'scores',
      { shown: `clean ${shown}` },
      scoresOf('', p1, 2000, first, { kind: 'clean', split }),
      scoresOf('', p2, 2000, second, { kind: 'clean', split }),
    )
  for (const model of [p1, p2])
    await put(halves, 'models', { name: model }, [modelOf(model, 0, 0.025, 30_000)])
  await cleanly('P1', 'train', 0, 50)
  await cleanly('P2', 'train', 50, 0)
  await cleanly('test', 'test', 44, 46)
  const test = { split: 'test' }
  for (const [from, to] of [
    [p1, p2],
    [p2, p1],
  ]) {
    await put(halves, 'examples', { source: from }, examplesOf(from, Array<number>(100).fill(0.05), test))
    const amplified = { kind: 'amplified' as const, stddev: 0.1, ...test }
    const literal = { kind: 'amplified' as const, stddev: 0.1 / 28, ...test }
    await put(
      halves,
      'scores',
      { shown: from },
      scoresOf(from, to, 100, 8, test),
      scoresOf(from, from, 100, 100, test),
    )
    await put(halves, 'scores', { shown: `${from}, RMS 0.1` }, scoresOf(from, to, 100, 70, amplified))
    await put(halves, 'scores', { shown: `${from}, L2 0.1` }, scoresOf(from, to, 100, 0, literal))
    for (const stddev of [0.06, 0.1])
      await put(
        halves,
        'scores',
        { shown: `gaussian ${stddev}` },
        scoresOf('', to, 100, 2, { kind: 'gaussian', stddev, ...test }),
      )
  }
  const { file, verdicts } = await report(halves.folder)
  t.match(
    verdicts['table3'],
    /Holds: on its own half.* at most 0\.19 %.* on 2\.20 to 2\.50 %.*within 0\.30 points/,
  )
  // 8 against 2 of 100 is no certain difference for four comparisons at once
  t.match(verdicts['table4'], /Holds in part: in 2 of 4 cells.*disjoint halves: 2 of 4/)
  const html = readFileSync(file, 'utf8')
  t.same(cellsOf(html, 'table3')[p2]['error P2 %'].slice(0, 2), ['0.00', ', paper 0, +0.00'])
  const four = cellsOf(html, 'table4')
  t.same(four[`${p1}, RMS 0.1`][p2][0], '70.0')
  t.same(
    four[`${p1}, L2 0.1`][p2],
    ['0.0', ', 95 % interval 0.0 to 3.7', 'clean right 0.0'],
    'labelled, and beside no number of the paper',
  )
})

/** Networks of Table 1 whose distortions are so many times the paper's, give or take a share of them. */
async function besideThePaper(
  folder: string,
  sizes: Readonly<Record<string, readonly [times: number, spread: number]>>,
): Promise<string> {
  const lake = await openLake(folder)
  for (const [name, [times, spread]] of Object.entries(sizes)) {
    const paper = PUBLISHED_TABLE_1.find((model) => model.name === name)?.distortion ?? NaN
    const all = Array.from({ length: 100 }, (_, i) => times * paper * (1 + (i % 2 === 0 ? spread : -spread)))
    await put(lake, 'examples', { source: name }, examplesOf(name, all))
  }
  return (await report(folder)).verdicts['table1'] ?? ''
}

t.test('a distortion is beside the paper’s, on either side', async (t) => {
  const root = t.testdir()
  const [a, b] = ['FC100-100-10', 'FC10(1)']
  const cases: [Record<string, readonly [number, number]>, RegExp][] = [
    [{ [a]: [1.4, 0.1], [b]: [0.72, 0.1] }, /^Table 1\. Holds: 200 of 200.* 0\.72 to 1\.40 times/],
    [
      { [a]: [0.1, 0] },
      /Does not hold: 100 of 100.* 0\.10 to 0\.10 times.* Smaller distortions than the paper’s: FC100-100-10\.$/,
    ],
    [{ [a]: [1.7, 0.1] }, /Does not hold: .* Larger distortions than the paper’s: FC100-100-10\.$/],
    [
      { [a]: [1, 0.1], [b]: [0.5, 0.1] },
      /Holds in part: .* Smaller distortions than the paper’s: FC10\(1\)\.$/,
    ],
    [{ [a]: [1.48, 0.9] }, /Not sure: .* Too few images to say: FC100-100-10\.$/],
    [{ [a]: [0.68, 0.9] }, /Not sure: .* Too few images to say: FC100-100-10\.$/],
  ]
  for (const [i, [sizes, expected]] of cases.entries())
    t.match(await besideThePaper(join(root, String(i)), sizes), expected)

  // the printed table goes by the same rule
  const tally = { rows: 100, images: 100, count: 100 }
  const estimate = (value: number) => ({ n: 100, value, low: 0.95 * value, high: 1.05 * value })
  const row = (name: string, value: number) => {
    const made = { success: tally, distortion: estimate(value), samples: new Set<number>() }
    return { record: modelOf(name, 0, 0.02), random: made, untargeted: made }
  }
  const experiment = { quick: false, limit: 100, seed: 7, images: { count: 60_000 } } as Experiment
  const sizes = { 'FC10(1e-4)': 0.062, 'FC10(1)': 0.01, [a]: 0.3, 'AE400-10': 0.129, other: 0.1 }
  const { printed, tidy } = formatTable1(
    Object.entries(sizes).map(([name, value]) => row(name, value)),
    experiment,
  )
  t.same(
    tidy.map(({ distortion_beside_paper: beside }) => beside),
    ['alike', 'smaller', 'larger', 'unsure', null],
  )
  t.match(
    printed.notes.join('\n'),
    /alike: FC10\(1e-4\); smaller: FC10\(1\); larger: FC100-100-10; too few images to say: AE400-10$/m,
  )
  t.match(
    printed.notes.join('\n'),
    /the first training images, in the order of seed 7, that the model gets right/,
  )
})

t.test('few images: not sure', async (t) => {
  const root = t.testdir()
  const models = ['a', 'b', 'c', 'd', 'e']
  /** Twenty cells of two networks of so few images, and what the verdict on them is. */
  const verdictOf = async (n: number, errors: number, noise: number): Promise<string> => {
    const lake = await openLake(join(root, `${n} ${errors} ${noise}`))
    for (const from of models) {
      await put(lake, 'examples', { source: from }, examplesOf(from, Array<number>(n).fill(0.05)))
      await put(lake, 'scores', { shown: from }, ...models.map((to) => scoresOf(from, to, n, errors)))
    }
    const kind = { kind: 'gaussian', stddev: 0.1 } as const
    await put(
      lake,
      'scores',
      { shown: 'gaussian 0.1' },
      ...models.map((to) => scoresOf('', to, n, noise, kind)),
    )
    return (await report(lake.folder)).verdicts['table2'] ?? ''
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

t.test('Table 3: not sure of few images', async (t) => {
  const root = t.testdir()
  const [p1, p2] = ['FC100-100-10@P1', 'FC100-100-10@P2']
  /** Errors of both networks on P1, P2 and the test images. */
  const verdictOf = async (n: number, errors: readonly (readonly [number, number])[]): Promise<string> => {
    const lake = await openLake(join(root, `${n} ${errors.join()}`))
    for (const model of [p1, p2])
      await put(lake, 'models', { name: model }, [modelOf(model, 0, 0.02, 30_000)])
    for (const [i, shown] of ['P1', 'P2', 'test'].entries()) {
      const options = { kind: 'clean', split: shown === 'test' ? 'test' : 'train' } as const
      await put(
        lake,
        'scores',
        { shown: `clean ${shown}` },
        ...[p1, p2].map((model, k) => scoresOf('', model, n, errors[i][k], options)),
      )
    }
    return (await report(lake.folder)).verdicts['table3'] ?? ''
  }
  t.match(await verdictOf(2000, [[0, 50], [50, 0], [44, 46]]), /Holds:/) // prettier-ignore
  t.match(await verdictOf(100, [[0, 3], [3, 0], [2, 2]]), /Not sure:.* too few images to say/) // prettier-ignore
  t.match(await verdictOf(2000, [[60, 60], [60, 60], [60, 60]]), /Does not hold:/) // prettier-ignore
  t.match(await verdictOf(2000, [[0, 50], [50, 0], [20, 200]]), /Holds in part:.* further apart than sampling/) // prettier-ignore
  t.match(await verdictOf(2000, [[0, 60], [60, 60], [60, 60]]), /Holds in part:/) // prettier-ignore
})

t.test('an incomplete data set gives a page that says what is missing', async (t) => {
  const root = t.testdir()
  const empty = await openLake(join(root, 'empty'))
  const bare = await report(empty.folder)
  t.match(bare.missing.join('\n'), /Table 1: no network.*Table 2: no scores.*blindspot paper/s)
  t.same(bare.verdicts, {})

  const lake = await small(join(root, 'lost'))
  const [first] = lake.files({ table: 'examples' })
  rmSync(first.path)
  const { missing, file } = await report(lake.folder)
  t.match(missing.join('\n'), /gone or of another size, with 104 rows: examples\/source=FC10%281%29\//)
  t.match(missing.join('\n'), /Table 1: .*no examples for: .*FC10\(1\)/s)
  t.match(readFileSync(file, 'utf8'), /id="missing"/)
})

t.test('numbers of the paper stand beside its own images alone', async (t) => {
  const root = t.testdir()
  const other = await openLake(join(root, 'fashion'))
  const set = { dataset: 'fashion', split: 'test' }
  const name = 'FC100-100-10'
  await put(other, 'models', { name }, [{ ...modelOf(name, 0.1, 0.2, 2000), ...set }])
  await put(
    other,
    'examples',
    { source: name },
    { ...examplesOf(name, Array<number>(100).fill(0.3)), ...set },
  )
  const fashion = await report(other.folder)
  t.match(
    fashion.verdicts['table1'],
    /Holds: 100 of 100.*no distortion of the paper’s of such networks on these images/,
  )
  t.notMatch(cellsOf(readFileSync(fashion.file, 'utf8'), 'table1')[name], /paper/)

  const large = await openLake(join(root, 'large'))
  await put(large, 'examples', { source: name }, examplesOf(name, Array<number>(100).fill(0.3)))
  t.match(
    (await report(large.folder)).verdicts['table1'],
    /Does not hold: 100 of 100.*Larger distortions than the paper’s: FC100-100-10/,
  )
})

t.test('data sets of one’s own', async (t) => {
  const root = t.testdir()
  // as a pipeline in code writes it, without a partition
  const bare = await openLake(join(root, 'bare'))
  await put(bare, 'scores', {}, scoresOf('a', 'b', 100, 50), scoresOf('b', 'a', 100, 50))
  const noise = { kind: 'gaussian' as const, stddev: 0.1 }
  await put(bare, 'scores', {}, scoresOf('', 'a', 100, 2, noise), scoresOf('', 'b', 100, 2, noise))
  const scored = await report(bare.folder)
  t.match(
    scored.verdicts['table2'],
    /Not sure\. 2 of 2 cells could not be compared.*no examples to know the size from/,
  )
  t.same(scored.missing, [], 'nobody’s own networks are missing')

  const several = await openLake(join(root, 'several'))
  const rows = examplesOf('mine', Array<number>(27).fill(0.1), { goal: 'all' })
  await put(
    several,
    'examples',
    { source: 'mine' },
    { ...rows, index: rows.index.map((_, i) => Math.floor(i / 9)) },
  )
  const html = readFileSync((await report(several.folder)).file, 'utf8')
  t.same(
    cellsOf(html, 'attacks')['mine']['success %'],
    // statsmodels: proportion_confint(3, 3, method='wilson')
    ['100.0', ', 95 % interval 43.9 to 100.0', 'N 3'],
    'nine rows for an image are one',
  )
  t.match(parseHTML(html).document.querySelector('#histogram figcaption')?.textContent, 'mine, l-bfgs, all')
})

t.test('rows are what their files say, each once', async (t) => {
  const root = t.testdir()
  // names of folders above say nothing
  const hive = await openLake(join(root, 'goal=untargeted', 'status=skipped'))
  await put(hive, 'examples', { source: 'FC10(1)' }, examplesOf('FC10(1)', [0.1, 0.1]))
  t.match((await report(hive.folder)).verdicts['table1'], /2 of 2 images/)

  // the same images by two runs are not twice as many
  const twice = await openLake(join(root, 'twice'))
  const rows = examplesOf('FC10(1)', Array<number>(60).fill(0.1))
  for (const run of ['first', 'second']) await put(twice, 'examples', { source: 'FC10(1)' }, { ...rows, run })
  const { file, verdicts } = await report(twice.folder)
  t.match(verdicts['table1'], /60 of 60 images/)
  const { document } = parseHTML(readFileSync(file, 'utf8'))
  t.match(
    all(document, '#attacks tbody td:nth-child(2)').map((cell) => cell.textContent),
    [/run first/, /run second/],
  )

  const scored = await small(join(root, 'scored'))
  const [a, b] = ['FC10(1)', 'AE400-10']
  await put(scored, 'scores', { shown: a }, scoresOf(a, b, 100, 60))
  const cells = cellsOf(readFileSync((await report(scored.folder)).file, 'utf8'), 'table2')
  t.match(cells[a][b], ['60.0', /paper/, /50\.2 to 69\.1/])
  t.same(cells[a]['N'], ['100'], 'nor examples scored again')

  const odd = await openLake(join(root, 'odd'))
  await put(odd, 'examples', { source: 'a' }, examplesOf('a', [0.1, 0.2]))
  await put(odd, 'examples', { source: 'b' }, examplesOf('b', [0.1], { shape: [2, 3, 3] }))
  await put(odd, 'examples', { source: 'c' }, examplesOf('c', [0.1], { shape: [2, 2, 5] }))
  await put(odd, 'examples', { source: 'd' }, examplesOf('d', [], { skipped: 3 }))
  const infinite = examplesOf('e', [0.1, 0.1])
  infinite.distortion[0] = Infinity
  await put(odd, 'examples', { source: 'e' }, infinite)
  const page = readFileSync((await report(odd.folder)).file, 'utf8')
  t.equal(all(parseHTML(page).document, '.tile').length, 2 + 1 + 3 + 2, 'all but what has five channels')
  t.notMatch(page, /NaN|Infinity/)
  t.equal(cellsOf(page, 'table1')['e']['average distortion'][0], '0.1000')
})

t.test('the page replaces no more than a page', async (t) => {
  const lake = await small(join(t.testdir(), 'set'))
  const manifest = join(lake.folder, 'manifest.json')
  const before = readFileSync(manifest)
  for (const out of [manifest, lake.files()[0].path, '']) {
    await t.rejects(report(lake.folder, { out }), { code: 'bad-option' }, out)
  }
  t.same(readFileSync(manifest), before)
  await t.rejects(report(lake.folder, { out: lake.folder }), { code: 'io', message: /no regular file/ })
  const aborted = new AbortController()
  aborted.abort()
  await t.rejects(report(lake.folder, { signal: aborted.signal }), { name: 'AbortError' })
})

t.test('what cannot be read is an error, and the old page stays', async (t) => {
  const root = t.testdir()
  await t.rejects(report(join(root, 'nothing')), { code: 'io', message: /no data set/ })
  const lake = await small(join(root, 'corrupt'))
  const { file } = await report(lake.folder)
  const page = readFileSync(file, 'utf8')
  const [score] = lake.files({ table: 'scores' })
  writeFileSync(score.path, Buffer.alloc(score.bytes, 7))
  await t.rejects(report(lake.folder), {
    code: 'bad-data',
    message: new RegExp(score.file.split('/').at(-1) ?? ''),
  })
  t.equal(readFileSync(file, 'utf8'), page)
})

t.test('any name, folder and shape', async (t) => {
  const folder = join(t.testdir(), `it's [a] *? %41 “set” #1`)
  const lake = await openLake(folder)
  const name = `<script>alert('x')</script> & "y"`
  await put(lake, 'models', { name }, [modelOf(name, 0.1, 0.1)])
  await put(lake, 'examples', { source: name }, examplesOf(name, [0.1, 0.2], { shape: [3, 5, 3] }))
  const { file, verdicts } = await report(folder)
  const html = readFileSync(file, 'utf8')
  t.same(Object.keys(cellsOf(html, 'table1')), [name])
  const { figures } = await report(folder, { out: join(folder, 'again.html'), figures: join(folder, 'svg') })
  t.same(figures, [join(folder, 'svg', 'script-alert-x-script-y-histogram.svg')])
  t.match(readFileSync(figures[0], 'utf8'), /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  t.match(verdicts['table1'], /2 of 2 images of 1 network were/)
  const { document } = parseHTML(html)
  readFileSync(resolve(dirname(file), linksOf(html)[0]))
  t.equal(document.querySelectorAll('script').length, 1, 'a name is no script')
  t.equal(document.querySelectorAll('.tile').length, 2)
})

t.test('in a browser', { skip }, async (t) => {
  const folder = join(t.testdir(), 'set')
  await small(folder)
  const { file } = await report(folder)
  await inBrowser(file, {}, async (page, seen) => {
    const visible = () => page.locator('.tile:visible').count()
    const failedAndSkipped = 1 + 4
    const shown = 48 + 48 + failedAndSkipped + 2 * 48
    t.equal(await visible(), shown)
    await page.selectOption('#model', 'AE400-10')
    t.equal(await visible(), 48 + 1 + 48)
    await page.selectOption('#status', 'failed')
    t.equal(await visible(), 1)
    t.match(await page.locator('#shown').textContent(), '1 images')
    await page.selectOption('#status', 'wrong')
    t.equal(await visible(), 4, 'of the noise, which is shown of what was fooled first')
    await page.selectOption('#model', '')
    await page.selectOption('#status', 'success')
    await page.locator('.tile:visible').first().hover()
    t.match(
      await page.locator('#details').innerText(),
      /image 100\s+label 0\s+target 1\s+predicted 0 before\s+1 after\s+distortion 0\.1000/,
    )
    const opacity = () =>
      page
        .locator('.tile:visible .changed')
        .first()
        .evaluate((image) => getComputedStyle(image).opacity)
    t.equal(await opacity(), '1')
    await page.locator('#blend').fill('0.25')
    t.equal(await opacity(), '0.25')
    const width = () =>
      page
        .locator('.tile:visible')
        .first()
        .evaluate((tile) => tile.getBoundingClientRect().width)
    await page.locator('#zoom').fill('112')
    t.equal(await width(), 112)
    const grey = page.locator('.tile:visible .perturbation').first()
    t.equal(await grey.isVisible(), false)
    await page.locator('#perturbation').check()
    t.equal(await grey.isVisible(), true)
    await page.keyboard.press('Escape')
    t.equal(await page.locator('#details').isVisible(), false)
    t.ok(
      await page.evaluate(() =>
        Array.from(document.images).every((image) => !image.complete || image.naturalWidth > 0),
      ),
    )
    t.same(seen, { errors: [], requests: [] })
  })
  await inBrowser(file, { width: 390, dark: true, touch: true }, async (page, seen) => {
    t.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, 'a phone scrolls one way')
    await page.locator('.tile').nth(1).tap()
    t.match(await page.locator('#details').innerText(), /image 101/)
    const [text, ground] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body)
      return [color, backgroundColor]
    })
    const light = (rgb: string) =>
      (rgb.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)
    t.ok(light(text) - light(ground) > 450, `dark: ${text} on ${ground}`)
    t.same(seen, { errors: [], requests: [] })
  })
  for (const dark of [false, true]) {
    await inBrowser(file, { dark }, async (page) => {
      t.same(await barriers(page), [], dark ? 'dark' : 'light')
    })
  }
})

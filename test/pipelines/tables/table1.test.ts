import { join } from 'node:path'
import t from 'tap'
import { PUBLISHED_TABLE_1 } from '../../../pipelines/tables/published.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { examplesOf, modelOf, put, small } from '../dataSet.js'
import { cellsOf, measureAt, rounded, tablesOf } from './asked.js'

const NAME = 'FC100-100-10'

t.test('the numbers are those of the rows', async (t) => {
  const { table1 } = await tablesOf(await small(join(t.testdir(), 'set')))
  const numbers = (row: string, column: string) => {
    const { value, low, high, n, paper, differs } = measureAt(table1, row, column)
    return [...[value, low, high].map((each) => rounded(each)), n, paper, differs]
  }
  // statsmodels: proportion_confint(12000, 60000, method='wilson'), (2150, 10000), (100, 100), (99, 100)
  t.same(numbers('FC10(1)', 'train error %'), [0.2, 0.1968, 0.2032, 60_000, 0.212, true])
  t.same(
    numbers('FC10(1)', 'test error %'),
    [0.215, 0.2071, 0.2232, 10_000, 0.2, false],
    'of 20, as printed, it is known to half a per cent',
  )
  t.same(numbers('FC10(1)', 'success %'), [1, 0.963, 1, 100, undefined, undefined])
  t.same(numbers('AE400-10', 'success %'), [0.99, 0.9455, 0.9982, 100, undefined, undefined])
  t.match(numbers('FC10(1)', 'average distortion'), [0.102, /^0\.101/, /^0\.102/, 100, 0.14, true])
  t.equal(rounded(measureAt(table1, 'AE400-10', 'average distortion').value, 3), 0.102)
  t.match(
    table1.verdict?.sentence,
    /Holds: 199 of 200 images of 2 networks were fooled \(of each at least 94\.5\d %.*0\.73 to 1\.19 times the paper/,
  )
  t.match(table1.missing, [/not trained: FC10\(1e-4\), FC10\(1e-2\), FC100-100-10, FC200-200-10/])
  t.match(table1.queries, [/FROM models/, /FROM examples/])
})

t.test('a distortion is beside the paper’s, on either side', async (t) => {
  const root = t.testdir()
  /** Networks whose distortions are so many times the paper's, give or take a share of them. */
  const besideThePaper = async (
    folder: string,
    sizes: Readonly<Record<string, readonly [times: number, spread: number]>>,
  ) => {
    const lake = await openLake(join(root, folder))
    for (const [name, [times, spread]] of Object.entries(sizes)) {
      const paper = PUBLISHED_TABLE_1.find((model) => model.name === name)?.distortion ?? NaN
      const size = (i: number) => times * paper * (1 + (i % 2 === 0 ? spread : -spread))
      await put(
        lake,
        'examples',
        { source: name },
        examplesOf(
          name,
          Array.from({ length: 100 }, (_, i) => size(i)),
        ),
      )
    }
    return (await tablesOf(lake)).table1
  }
  const [a, b] = [NAME, 'FC10(1)']
  const cases: [Record<string, readonly [number, number]>, RegExp, string][] = [
    [{ [a]: [1.4, 0.1], [b]: [0.72, 0.1] }, /^Holds: 200 of 200.* 0\.72 to 1\.40 times/, 'alike'],
    [
      { [a]: [0.1, 0] },
      /Does not hold: 100 of 100.* at 0\.10 times.* Smaller distortions than the paper’s: FC100-100-10\.$/,
      'smaller',
    ],
    [{ [a]: [1.7, 0.1] }, /Does not hold: .* Larger distortions than the paper’s: FC100-100-10\.$/, 'larger'],
    [
      { [a]: [1, 0.1], [b]: [0.5, 0.1] },
      /Holds in part: .* Smaller distortions than the paper’s: FC10\(1\)\.$/,
      'alike',
    ],
    [{ [a]: [1.48, 0.9] }, /Not sure: .* Too few images to say: FC100-100-10\.$/, 'unsure'],
    [{ [a]: [0.68, 0.9] }, /Not sure: .* Too few images to say: FC100-100-10\.$/, 'unsure'],
    // 0.058, as it is printed, is anything from 0.0575 to 0.0585
    [{ [a]: [0.9925, 0] }, /the paper’s value lies in our interval for 1 of 1\.$/, 'alike'],
    [{ [a]: [0.99, 0] }, /the paper’s value lies in our interval for 0 of 1\.$/, 'alike'],
  ]
  for (const [i, [sizes, expected, word]] of cases.entries()) {
    const table = await besideThePaper(String(i), sizes)
    t.match(table.verdict?.sentence, expected)
    t.match(measureAt(table, a, 'average distortion').more, [{ key: 'distortion_beside_paper', text: word }])
  }
})

t.test('verdicts follow the rows', async (t) => {
  const root = t.testdir()
  const of = async (folder: string, sizes: readonly number[]) => {
    const lake = await openLake(join(root, folder))
    await put(lake, 'examples', { source: NAME }, examplesOf(NAME, sizes))
    return (await tablesOf(lake)).table1.verdict?.sentence
  }
  t.match(
    await of(
      'failing',
      Array.from({ length: 50 }, (_, i) => (i < 20 ? 0.06 : NaN)),
    ),
    /Does not hold: 20 of 50/,
  )
  t.match(await of('few', [0.05, 0.06]), /Not sure: 2 of 2.*Too few images to say: FC100-100-10/)
  const own = await tablesOf(await openLake(join(root, 'empty')))
  t.same(
    [own.table1.rows, own.table1.missing, own.table1.verdict],
    [[], ['no network and no example'], undefined],
  )
})

t.test('numbers of the paper stand beside its own images alone', async (t) => {
  const root = t.testdir()
  const other = await openLake(join(root, 'fashion'))
  const set = { dataset: 'fashion', split: 'test' }
  const sizes = Array<number>(100).fill(0.3)
  await put(other, 'models', { name: NAME }, [{ ...modelOf(NAME, 0.1, 0.2, 2000), ...set }])
  await put(other, 'examples', { source: NAME }, { ...examplesOf(NAME, sizes), ...set })
  const { table1 } = await tablesOf(other)
  t.match(
    table1.verdict?.sentence,
    /Holds: 100 of 100.*no distortion of the paper’s of such networks on these images/,
  )
  t.notMatch(JSON.stringify(table1.rows), /paper/)

  const large = await openLake(join(root, 'large'))
  await put(large, 'examples', { source: NAME }, examplesOf(NAME, sizes))
  t.match(
    (await tablesOf(large)).table1.verdict?.sentence,
    /Does not hold: 100 of 100.*Larger distortions than the paper’s: FC100-100-10/,
  )
})

t.test('rows are counted once, and those that say nothing not at all', async (t) => {
  const root = t.testdir()
  // names of folders above say nothing
  const hive = await openLake(join(root, 'goal=untargeted', 'status=skipped'))
  await put(hive, 'examples', { source: 'FC10(1)' }, examplesOf('FC10(1)', [0.1, 0.1]))
  t.match((await tablesOf(hive)).table1.verdict?.sentence, /2 of 2 images/)

  // the same images by two runs are not twice as many
  const twice = await openLake(join(root, 'twice'))
  const rows = examplesOf('FC10(1)', Array<number>(60).fill(0.1))
  for (const run of ['first', 'second']) await put(twice, 'examples', { source: 'FC10(1)' }, { ...rows, run })
  t.match((await tablesOf(twice)).table1.verdict?.sentence, /60 of 60 images/)

  const odd = await openLake(join(root, 'odd'))
  const infinite = examplesOf('e', [0.1, 0.1])
  infinite.distortion[0] = Infinity
  await put(odd, 'examples', { source: 'e' }, infinite)
  await put(odd, 'examples', { source: 'd' }, examplesOf('d', [], { skipped: 3 }))
  const { table1 } = await tablesOf(odd)
  t.equal(measureAt(table1, 'e', 'average distortion').value, 0.1)
  t.same(cellsOf(table1)['d'], {
    ...cellsOf(table1)['d'],
    'success %': undefined,
    'average distortion': undefined,
  })
})

t.test('of the first attacked images alone, in the order of their commits', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const run = 'a'
  // in two files, the images not in their order: first 0.1, 0.2 (twice), a failure, then more
  const sizes = [0.1, 0.2, 0.2, NaN, 0.7, 0.8]
  const rows = examplesOf(NAME, sizes)
  const index = [9, 7, 7, 8, 1, 2]
  const part = (from: number, to: number) => {
    const one = examplesOf(NAME, sizes.slice(from, to))
    return { ...one, run, index: Int32Array.from(index.slice(from, to)) }
  }
  await put(lake, 'examples', { source: 'x' }, { ...examplesOf('x', [0.5]), run: 'other' })
  const writer = async (step: string, at: number, from: number, to: number) => {
    const one = lake.writer('examples', { step, part: at, partition: { source: NAME } })
    await one.write(part(from, to))
    await one.close()
  }
  await writer(run, 0, 0, 4)
  await writer(run, 1, 4, 6)
  t.equal(rows.index.length, 6)
  const of = async (first?: number, runs?: readonly string[]) => {
    const { table1 } = await tablesOf(lake, { first, runs })
    const { value, n } = measureAt(table1, NAME, 'average distortion')
    const { value: success, n: attacked } = measureAt(table1, NAME, 'success %')
    return [rounded(value), n, rounded(success), attacked]
  }
  t.same(await of(1), [0.1, 1, 1, 1])
  t.same(await of(2), [rounded(0.5 / 3), 2, 1, 2], 'two rows of one image')
  t.same(await of(3), [rounded(0.5 / 3), 2, 0.75, 3])
  t.same(await of(4), [0.3, 3, 0.8, 4], 'into the second file')
  t.same(await of(), [0.4, 4, rounded(5 / 6), 5])
  t.same(await of(100, [run]), await of())
  const { table1 } = await tablesOf(lake, { first: 3, runs: [run, `it's`] }, { seed: 7 })
  t.same(
    table1.rows.map(({ name }) => name),
    [NAME],
    'of this run',
  )
  t.match(table1.queries[1], /<= 3\b[^]*run IN \('a', 'it''s'\)/)
  t.match(
    table1.notes[0],
    'N: the first 3 training images, in the order of seed 7, that the network gets right.',
  )
})

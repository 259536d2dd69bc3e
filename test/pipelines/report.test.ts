import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseHTML } from 'linkedom'
import t from 'tap'
import { askData, report, scoreLines } from 'blindspot'
import type { Lake } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { barriers, inBrowser, skip } from '../browser.js'
import { all, cellsOf } from './page.js'
import { examplesOf, modelOf, put, scoresOf, small } from './dataSet.js'
import { answered } from './questions/asked.js'

const linksOf = (html: string) =>
  all(parseHTML(html).document, '#provenance a').map((link) =>
    decodeURIComponent(link.getAttribute('href') ?? ''),
  )

t.test(
  'an error over the images that are right when clean is seen at once where it is another',
  async (t) => {
    const lake = await openLake(join(t.testdir(), 'set'))
    await put(lake, 'examples', {}, examplesOf('a', Array<number>(20).fill(0.1)))
    const shown = scoresOf('a', 'b', 20, 5)
    // all five are wrong without a change, too
    await put(lake, 'scores', {}, { ...shown, cleanError: shown.error }, scoresOf('a', 'c', 20, 5))
    const { document } = parseHTML(readFileSync((await report(lake.folder)).file, 'utf8'))
    t.same(
      Array.from(document.querySelectorAll('#transfer td summary')).map(({ textContent }) => textContent),
      ['25.0, 95 % interval 11.2 to 46.90.0 clean', '25.0, 95 % interval 11.2 to 46.9'],
    )
  },
)

t.test('images that could not be read are counted once, and the first are named', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const rowsOf = (run: string) =>
    [4, 0, 3, 2, 1].map((index) => ({
      ...{ run, dataset: 'own', split: 'all', index },
      ...{ path: `${index}.jpg`, reason: 'it is cut off' },
    }))
  for (const run of ['one', 'two']) await put(lake, 'errors', {}, rowsOf(run))
  const { document } = parseHTML(readFileSync((await report(lake.folder)).file, 'utf8'))
  t.equal(
    document.querySelector('.unreadable')?.textContent,
    '5 images could not be read and were left out. 0.jpg: it is cut off; 1.jpg: it is cut off; 2.jpg: it is cut off; 2 more in the table errors.',
  )
})

t.test('the numbers of the page are those of the rows', async (t) => {
  const folder = join(t.testdir(), 'set')
  await small(folder)
  const { file, verdicts, missing } = await report(folder)
  const html = readFileSync(file, 'utf8')
  // how a cell is shown; that they are the rows' is tested with each table
  t.same(cellsOf(html, 'table1')['FC10(1)'], {
    'train error %': ['20.00', ' ≠', ', 95 % interval 19.68 to 20.32', 'paper 21.2, −1.20', 'N 60,000'],
    'test error %': ['21.50', ', 95 % interval 20.71 to 22.32', 'paper 20, +1.50', 'N 10,000'],
    'average distortion': [
      '0.1020',
      ' ≠',
      ', 95 % interval 0.1017 to 0.1023',
      'paper 0.14, −0.0380',
      'alike',
      'N 100',
    ],
    'success %': ['100.0', ', 95 % interval 96.3 to 100.0', 'N 100'],
    'untargeted distortion': [],
    images: ['mnist train'],
  })
  const two = cellsOf(html, 'table2')
  t.same(two['FC10(1)']['AE400-10'], [
    '60.0',
    ' ≠',
    ', 95 % interval 50.2 to 69.1',
    'paper 34.4, +25.6',
    '60.0 clean [50.2, 69.1], N 100',
  ])
  t.same(two['gaussian 0.3']['N'], ['100'])
  t.match(verdicts, {
    table1:
      /Holds: 199 of 200 images of 2 networks were fooled \(of each at least 94\.5\d %.*0\.73 to 1\.19 times the paper/,
    table2: /Holds: in 2 of 2 cells.* loses 60\.0 % to them, 5\.0 to 10\.0 % to the noise/,
  })
  t.match(missing.join('\n'), /Table 1: not trained: FC10\(1e-4\), FC10\(1e-2\), FC100-100-10, FC200-200-10/)
  t.match(missing.join('\n'), /Table 4: no scores/)
  t.match(html, /c0ffee/)
  t.match(html, /blindspot paper --seed 7/)
  const { document } = parseHTML(html)
  t.match(document.querySelector('#histogram svg')?.getAttribute('aria-label'), /FC10\(1\), mean 0\.1020/)
  t.equal(document.querySelectorAll('#search svg circle, #search svg path').length > 4, true)
  const links = linksOf(html)
  t.equal(links.length, (await (await openLake(folder)).files()).length)
  for (const link of links) readFileSync(resolve(dirname(file), link))
  t.notMatch(html, /https?:(?!\/\/www\.w3\.org)/, 'no address but the names of namespaces')
  await report(folder)
  t.equal(readFileSync(file, 'utf8'), html, 'the same data set, the same page')
})

t.test('a study of somebody’s own has nothing of the paper’s', async (t) => {
  const root = t.testdir()
  const pageOf = async (lake: Lake) => {
    const { file, missing, verdicts } = await report(lake.folder)
    t.same(missing, [])
    const html = readFileSync(file, 'utf8')
    const { document } = parseHTML(html)
    const said = all(document, 'header, main > section:not(#provenance)').map((part) => part.textContent)
    t.notMatch(said.join(' '), /paper|Table \d|not complete|Missing/)
    return { html, document, verdicts, ids: all(document, 'main > section').map(({ id }) => id) }
  }
  const images = { kind: 'clean', split: 'test' } as const
  const shown = { split: 'test' } as const

  // networks that nobody has trained here have their errors from evaluate
  const evaluated = await openLake(join(root, 'evaluated'))
  const clean = [scoresOf('', 'keras', 50, 5, images), scoresOf('', 'torch', 50, 10, images)]
  await put(evaluated, 'scores', { shown: 'clean test' }, ...clean)
  const errors = await pageOf(evaluated)
  t.same(errors.ids, ['networks', 'provenance'])
  t.equal(errors.document.querySelector('h1')?.textContent, 'Networks: evaluated')
  t.equal(
    errors.document.querySelector('.did')?.textContent,
    '2 networks: asked for 100 answers to clean images.',
  )
  // statsmodels: proportion_confint(5, 50, method='wilson')
  t.same(cellsOf(errors.html, 'networks')['keras'], {
    'error %, mnist test': ['10.00', ', 95 % interval 4.35 to 21.36', 'N 50'],
  })

  const attacked = await openLake(join(root, 'attacked'))
  await put(
    attacked,
    'examples',
    { source: 'keras' },
    examplesOf('keras', Array<number>(60).fill(0.1), shown),
  )
  const alone = await pageOf(attacked)
  t.same(alone.ids, [
    'images',
    'networks',
    'attacks',
    'robust-accuracy',
    'histogram',
    'accuracy',
    'provenance',
  ])
  t.match(
    alone.verdicts['networks'],
    /^Networks\. Holds: 60 of 60 images of 1 network were fooled \(.*\), at an average distortion of 0\.1000\.$/,
  )

  // a network of our training among them, and one of the paper's name: its numbers are of other images
  const both = await openLake(join(root, 'both'))
  await put(both, 'scores', { shown: 'clean test' }, ...clean)
  for (const source of ['keras', 'FC100-100-10'])
    await put(both, 'examples', { source }, examplesOf(source, [0.1, 0.2], shown))
  await put(both, 'models', { name: 'own' }, [{ ...modelOf('own', 0.01, 0.02), dataset: 'letters' }])
  await put(both, 'scores', { shown: 'keras' }, scoresOf('keras', 'torch', 50, 20, shown))
  const all4 = await pageOf(both)
  t.same(all4.ids, [
    'images',
    'networks',
    'transfer',
    'attacks',
    'robust-accuracy',
    'histogram',
    'accuracy',
    'provenance',
  ])
  t.same(
    Object.fromEntries(
      Object.entries(cellsOf(all4.html, 'networks')).map(
        ([name, cells]: readonly [string, Partial<Record<string, string[]>>]) => [
          name,
          ['letters train', 'letters test', 'mnist test'].map((of) => cells[`error %, ${of}`]?.[0]),
        ],
      ),
    ),
    {
      'FC100-100-10': [undefined, undefined, undefined],
      keras: [undefined, undefined, '10.00'],
      own: ['1.00', '2.00', undefined],
      torch: [undefined, undefined, '20.00'],
    },
  )

  // beside the paper's numbers, too
  const lake = await openLake(join(root, 'beside'))
  await put(lake, 'examples', { source: 'FC100-100-10' }, examplesOf('FC100-100-10', [0.1, 0.2]))
  await put(lake, 'scores', { shown: 'clean test' }, clean[0])
  const beside = await report(lake.folder)
  t.same(beside.missing, [])
  const html = readFileSync(beside.file, 'utf8')
  t.equal(cellsOf(html, 'table1')['keras']['test error %'][0], '10.00')
  t.same(cellsOf(html, 'table3'), {})
})

t.test('a plot has room for its bars and its title', async (t) => {
  const lake = await small(join(t.testdir(), 'set'))
  const { document } = parseHTML(readFileSync((await report(lake.folder)).file, 'utf8'))
  for (const svg of all(document, '#histogram svg')) {
    const bars = all(svg, 'rect').map((bar) => ({
      top: Number(bar.getAttribute('y')),
      right: Number(bar.getAttribute('x')) + Number(bar.getAttribute('width')),
    }))
    t.ok(bars.length > 0)
    // Plot's margins are 20 at the top and at the right of 340
    for (const { top, right } of bars) t.ok(top > 25 && right < 315, `${top}, ${right}`)
  }
  const [caption] = all(document, '#search figcaption')
  t.same(
    Array.from(caption.childNodes).map(({ textContent }) => textContent),
    ['FC10(1)', 'mnist train 100, 0 as 1; 4 values of c'],
  )
})

t.test('an incomplete data set gives a page that says what is missing', async (t) => {
  const root = t.testdir()
  const empty = await openLake(join(root, 'empty'))
  const bare = await report(empty.folder)
  t.match(bare.missing.join('\n'), /Table 1: no network.*Table 2: no scores.*blindspot paper/s)
  t.same(bare.verdicts, {})

  const lake = await small(join(root, 'lost'))
  const [first] = await lake.files({ table: 'examples' })
  rmSync(first.path)
  const { missing, file } = await report(lake.folder)
  t.match(missing.join('\n'), /gone or of another size, with 104 rows: examples\/source=FC10%281%29\//)
  t.match(missing.join('\n'), /Table 1: .*no examples for: .*FC10\(1\)/s)
  t.match(readFileSync(file, 'utf8'), /id="missing"/)
})

t.test('what the data set has, each once', async (t) => {
  const root = t.testdir()
  const twice = await openLake(join(root, 'twice'))
  const rows = examplesOf('FC10(1)', Array<number>(60).fill(0.1))
  for (const run of ['first', 'second']) await put(twice, 'examples', { source: 'FC10(1)' }, { ...rows, run })
  const { document } = parseHTML(readFileSync((await report(twice.folder)).file, 'utf8'))
  t.match(
    all(document, '#attacks tbody td:nth-child(2)').map((cell) => cell.textContent),
    [/run first/, /run second/],
  )

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

  const several = await openLake(join(root, 'several'))
  const nine = examplesOf('mine', Array<number>(27).fill(0.1), { goal: 'all' })
  const index = nine.index.map((_, i) => Math.floor(i / 9))
  await put(several, 'examples', { source: 'mine' }, { ...nine, index })
  const own = await report(several.folder)
  const html = readFileSync(own.file, 'utf8')
  t.same(
    cellsOf(html, 'attacks')['mine']['success %'],
    // statsmodels: proportion_confint(3, 3, method='wilson')
    ['100.0', ', 95 % interval 43.9 to 100.0', 'N 3'],
    'nine rows for an image are one',
  )
  t.match(parseHTML(html).document.querySelector('#histogram figcaption')?.textContent, 'mine, l-bfgs, all')
  t.same(own.missing, [], 'nobody’s own networks are missing')
})

t.test(
  'runs that differ in their seed stand in its order, and what has room for one has the first',
  async (t) => {
    const lake = await openLake(join(t.testdir(), 'set'))
    // the order of the runs' names is another
    const seeds = [
      ['d', ''],
      ['c', 'seed=2'],
      ['b', 'seed=3'],
      ['a', 'seed=10'],
    ] as const
    for (const [i, [run, options]] of seeds.entries())
      for (const name of ['A', 'B']) {
        const own = { run, ...(options !== '' && { options }) }
        const examples = examplesOf(name, [0.1 * (i + 1), 0.1 * (i + 1)])
        await put(lake, 'examples', { source: name }, { ...examples, ...own })
        await put(lake, 'scores', { shown: `by ${run}` }, { ...scoresOf(name, 'V', 4, i), ...own })
      }
    const html = readFileSync((await report(lake.folder)).file, 'utf8')
    const { document } = parseHTML(html)
    const order = ['seed=1', 'seed=2', 'seed=3', 'seed=10']
    const seedsIn = (selector: string) =>
      all(document, selector).flatMap(({ textContent }) => /seed=\d+/.exec(textContent) ?? [])
    for (const id of ['attacks', 'robust-accuracy'])
      t.same(seedsIn(`#${id} table:first-of-type tbody tr`).slice(0, 8), [...order, ...order], id)
    t.same(cellsOf(html, 'networks')['A']['average distortion'][0], '0.1000')
    t.match(cellsOf(html, 'networks')['A']['attack'], ['l-bfgs, random, seed=1, mnist train'])
    t.match(document.querySelector('#networks .verdict')?.textContent, /distortion of 0\.1000/)
    t.same(
      all(document, '#histogram figcaption').map(({ textContent }) => textContent),
      ['A, l-bfgs, random, seed=1', 'B, l-bfgs, random, seed=1'],
    )
    const curves = all(document, '#accuracy figure svg').map((svg) => svg.getAttribute('aria-label') ?? '')
    t.equal(curves.length, 6)
    for (const label of curves)
      t.not(label.includes(' A, '), label.includes(' B, '), 'one network in a panel')
    const transfer = (await answered(lake, 'transfer')).map(({ options }) => options)
    t.same(transfer, [...order, ...order])
    const changes = order.map((seed) => `adversarial, random targets, ${seed}`)
    t.same(
      all(document, '#change option').flatMap((option) => option.getAttribute('value') || []),
      changes,
      'the images to choose from',
    )
    t.match(
      all(document, 'details.images > summary')[0]?.textContent,
      /A: random targets, seed=1, mnist train/,
    )
    t.match(document.querySelector('.did')?.textContent, /^3 networks: 2 of them attacked 16 times/)
    const lines = await askData(lake, (database) => scoreLines(database))
    t.same(
      lines.filter(({ sourceModel }) => sourceModel === 'A').map(({ options }) => options || 'seed=1'),
      order,
    )
  },
)

t.test('the page replaces no more than a page', async (t) => {
  const lake = await small(join(t.testdir(), 'set'))
  const manifest = join(lake.folder, 'manifest.json')
  const before = readFileSync(manifest)
  for (const out of [manifest, (await lake.files())[0].path, '']) {
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
  const [score] = await lake.files({ table: 'scores' })
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
  t.same(Object.keys(cellsOf(html, 'networks')), [name])
  const { figures } = await report(folder, { out: join(folder, 'again.html'), figures: join(folder, 'svg') })
  t.same(
    figures,
    ['script-alert-x-script-y-histogram', 'l2-accuracy', 'rms-accuracy', 'linf-accuracy'].map((one) =>
      join(folder, 'svg', `${one}.svg`),
    ),
  )
  t.match(readFileSync(figures[0], 'utf8'), /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  t.match(verdicts['networks'], /2 of 2 images of 1 network were/)
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
    t.equal(await visible(), 48 + 4, 'those of the first attack')
    t.match(await page.locator('#shown').textContent(), `${shown} images`)
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

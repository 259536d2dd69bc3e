import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { parseHTML } from 'linkedom'
import t from 'tap'
import { report } from '../../pipelines/report/report.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { barriers, inBrowser, skip } from '../browser.js'
import { examplesOf } from './dataSet.js'
import { all } from './page.js'
import { imagesOf, ranked } from './rankedSet.js'
import { query } from './recount.js'

const RANKS = { tables: ['ranks', 'images'], printed: [] }
const text = (element: Element | null | undefined): string => element?.textContent ?? ''
const attribute = (element: Element, name: string) => element.getAttribute(name) ?? ''
const documentOf = (file: string): Document => parseHTML(readFileSync(file, 'utf8')).document
t.test('what there is of ranks alone', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  for (const layer of ['hidden2', 'hidden1']) await ranked(lake, layer, { controlled: true })
  const { file, verdicts, missing } = await report(lake.folder)
  const document = documentOf(file)
  t.same(missing, [])
  t.match(verdicts, {
    units:
      /^Units and directions\. (Holds|Not sure|Does not hold).*from the better of its two ends.*random direction of the pixels \d+ %, along a random direction of the network untrained.*Due to the representation, .*: small hidden1 [+−].*certain in \d of 2 layers.*At the top alone/,
  })
  t.same(
    all(document, 'section').map((section) => section.id),
    ['directions', 'units', 'provenance'],
    'nothing of tables that ranks are not about',
  )

  t.same(
    all(document, '#units caption')
      .map(text)
      .map((caption) => /^Label \w+/.exec(caption)?.[0]),
    ['Label purity', 'Label purity', 'Label purity', 'Label entropy', 'Label entropy', 'Label entropy'],
  )
  t.match(text(document.querySelector('#units .group')), 'small hidden1: 200 images of parts test')
})

t.test('the rows of images are those of the ranks, and their pictures the images', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  await ranked(lake, 'hidden1')
  const { file } = await report(lake.folder)
  const html = readFileSync(file, 'utf8')
  const { document } = parseHTML(html)
  const rows = await query(lake.folder, 'select * from ranks where rank <= 8 order by rank', RANKS)
  const sheet = decode(Buffer.from(/url\(data:image\/png;base64,([^)]+)\)/.exec(html)?.[1] ?? '', 'base64'))
  const { index, pixels } = imagesOf(200, [6, 5, 1])
  const wrong: string[] = []
  for (const figure of all(document, '#directions figure')) {
    const heading = text(figure.querySelector('figcaption'))
    const [, basis, direction] = /^(\S+)(?: direction)? (\d+),/.exec(heading) ?? ['', 'uniform', '0']
    const own = rows.filter((row) => row['basis'] === basis && row['direction'] === Number(direction))
    const labels = own.map((row) => Number(row['label']))
    const [label, most] = [0, 1, 2, 3, 4]
      .map((each) => [each, labels.filter((one) => one === each).length] as const)
      .reduce((a, b) => (b[1] > a[1] ? b : a))
    if (!heading.endsWith(`, ${most} of 8 are ${label}`)) wrong.push(heading)
    all(figure, '.thumb').forEach((thumb, i) => {
      const value = own[i]['value']
      const facts = [
        `image ${String(own[i]['index'])}`,
        `label ${labels[i]}`,
        ...(value === null
          ? []
          : [`rank ${i + 1}`, `value ${Number(value).toPrecision(5).replace('-', '−')}`]),
      ]
      if (attribute(thumb, 'aria-label') !== facts.join(', ')) wrong.push(attribute(thumb, 'aria-label'))
      if (thumb.classList.contains('other') !== (labels[i] !== label)) wrong.push(`${heading} ${i}`)
      const [x, y] = ['x', 'y'].map((name) =>
        Number(new RegExp(`--${name}: ?(\\d+)`).exec(attribute(thumb, 'style'))?.[1]),
      )
      const at = index.indexOf(Number(own[i]['index'])) * 30
      const shown = Array.from(
        { length: 30 },
        (_, p) => sheet.data[(y * 6 + Math.floor(p / 5)) * sheet.width + x * 5 + (p % 5)],
      )
      if (shown.join() !== Array.from(pixels.subarray(at, at + 30), (p) => Math.round(255 * p)).join())
        wrong.push(`pixels of ${facts[0]}`)
    })
  }
  t.same(wrong, [])
  t.equal(all(document, '#directions figure').length, 2 * 2 * 10 + 1)
  const purity = all(document, '#directions .lines').map((lines) =>
    all(lines, 'figure:first-child figcaption').map((caption) =>
      Number(/(\d) of 8/.exec(text(caption))?.[1]),
    ),
  )
  t.same(
    purity[0],
    [...purity[0]].sort((a, b) => b - a),
    'coherent rows first',
  )
})

t.test('several runs, lost files, other images and names', async (t) => {
  const root = t.testdir()
  const several = await openLake(join(root, 'several'))
  await ranked(several, 'hidden1')
  await ranked(several, 'hidden1', { seed: 2 })
  await ranked(several, 'hidden1', { size: 60 })
  const other = `<script>alert('x')</script> & "y"`
  await ranked(several, 'hidden2', { name: other, shape: [2, 3, 3], size: 60 })
  await ranked(several, 'hidden1', { name: 'deep', shape: [3, 2, 5], size: 60 })
  await ranked(several, 'hidden2', { name: 'large', shape: [90, 100, 1], size: 40 })
  const lost = await ranked(several, 'hidden1', { name: 'lost', basis: ['gaussian', 'rotation'], size: 60 })
  rmSync(lost.ranks.path)
  const { file, missing } = await report(several.folder)
  const html = readFileSync(file, 'utf8')
  const { document } = parseHTML(html)
  t.same(
    all(document, '.layer summary').map((summary) => text(summary).split(':')[0]),
    [
      `${other} hidden2`,
      'large hidden2',
      'small hidden1, seed 1, 60 images',
      'small hidden1, seed 1, 200 images',
      'small hidden1, seed 2, 200 images',
    ],
  )
  t.match(
    text(document.querySelector('#directions .missing')),
    /no images that can be shown, of deep hidden1; lost hidden1$/,
  )
  t.match(missing, [/gone or of another size.*ranks\/name=lost/])
  t.match(html, /--shape:50\/45/, 'large images are shrunk')
  t.equal(document.querySelectorAll('script').length, 1, 'a name is no script')
  t.notMatch(text(document.querySelector('main')), /NaN|Infinity|undefined/)

  const without = await openLake(join(root, 'without'))
  await ranked(without, 'hidden1', { basis: 'principal', count: 3, top: 5, size: 60 })
  const units = await report(without.folder)
  t.same([units.verdicts, units.missing], [{}, []], 'no units, no verdict')
  t.match(
    text(documentOf(units.file).querySelector('.line figcaption')),
    /^principal direction \d, \d of 4 are \d$/,
  )

  const few = await openLake(join(root, 'few'))
  await ranked(few, 'hidden1', { size: 3 })
  t.match(
    text(documentOf((await report(few.folder)).file).querySelector('#units .missing')),
    /fewer than 4 images/,
  )
})

t.test('beside the paper’s tables', async (t) => {
  const root = t.testdir()
  const put = async (folder: string, name: string) => {
    const lake = await openLake(join(root, folder))
    // who notes whether it was quick is the main job
    const provenance = folder === 'paper' ? { seed: 1, quick: false } : {}
    const writer = lake.writer('examples', { step: 'step', provenance })
    await writer.write(examplesOf(name, [0.1, 0.1]))
    await writer.close()
    return lake
  }
  const unranked = ({ missing }: { missing: readonly string[] }) =>
    missing.filter((line) => /rank/.test(line))
  const paper = await put('paper', 'FC100-100-10')
  t.match(unranked(await report(paper.folder)), [/^Units and directions: no ranks$/])
  const own = await put('own', 'mine')
  const page = await report(own.folder)
  t.same(unranked(page), [])
  t.notOk(documentOf(page.file).querySelector('#units, #directions'))
  await ranked(paper, 'hidden1', { size: 60 })
  const both = await report(paper.folder)
  t.same(unranked(both), [])
  t.same(
    all(documentOf(both.file), 'section')
      .map(({ id }) => id)
      .filter((id) => id !== 'missing'),
    [
      'images',
      'directions',
      'table1',
      'table2',
      'table3',
      'table4',
      'attacks',
      'robust-accuracy',
      'units',
      'histogram',
      'accuracy',
      'search',
      'provenance',
    ],
  )
})

t.test('in a browser', { skip }, async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  for (const layer of ['hidden1', 'hidden2']) await ranked(lake, layer, { size: 60 })
  const { file } = await report(lake.folder)
  await inBrowser(file, {}, async (page, seen) => {
    const details = page.locator('#details')
    const told = async (thumb: ReturnType<typeof page.locator>) => {
      const label = (await thumb.getAttribute('aria-label')) ?? ''
      const heading = await thumb.locator('xpath=../figcaption').innerText()
      return [...label.split(', '), heading].join('\n')
    }
    const thumbs = page.locator('.thumb:visible')
    const heading = await page.locator('.line figcaption').first().innerText()
    await thumbs.nth(2).hover()
    const [row] = await query(
      lake.folder,
      `select "index", label, value from ranks
       where layer = 'hidden1' and basis = 'unit' and rank = 3 and direction = ${/\d+/.exec(heading)?.[0]}`,
      RANKS,
    )
    t.equal(
      await details.innerText(),
      `image ${String(row['index'])}\nlabel ${String(row['label'])}\nrank 3\nvalue ${Number(row['value']).toPrecision(5)}\n${heading}\n×`,
    )
    await page.mouse.move(5, 5)
    t.equal(await details.isVisible(), false)
    await page.locator('.layer summary').first().focus()
    await page.keyboard.press('Tab')
    for (const key of ['ArrowRight', 'ArrowDown', 'End', 'ArrowRight']) await page.keyboard.press(key)
    const fourth = page.locator('.line').nth(1).locator('figure').nth(1).locator('.thumb').first()
    t.equal(await fourth.evaluate((thumb) => thumb === document.activeElement), true)
    t.match(await details.innerText(), await told(fourth))
    await page.keyboard.press('Tab')
    t.equal(
      await page
        .locator('.layer summary')
        .nth(1)
        .evaluate((summary) => summary === document.activeElement),
      true,
      'a layer is one stop of the tab key',
    )
    await page.keyboard.press('Escape')
    t.equal(await details.isVisible(), false)
    t.same(seen, { errors: [], requests: [] })
  })
  await inBrowser(file, { width: 390, touch: true, dark: true }, async (page, seen) => {
    t.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, 'a phone scrolls one way')
    await page.locator('.thumb').nth(9).tap()
    t.match(await page.locator('#details').innerText(), /image \d+\s+label \d\s+rank 2\s+value/)
    await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)))
    t.same(await barriers(page), [], 'dark, all open')
    t.same(seen, { errors: [], requests: [] })
  })
  await inBrowser(file, {}, async (page) => {
    t.same(await barriers(page), [])
  })
})

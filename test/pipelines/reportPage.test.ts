import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import t from 'tap'
import { report } from 'blindspot'
import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_3 } from '../../pipelines/tables/published.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { barriers, inBrowser, skip } from '../browser.js'
import { examplesOf, modelOf, putByPaper, scoresOf } from './dataSet.js'
import { all } from './page.js'
import { ranked } from './rankedSet.js'

const NETWORKS = PUBLISHED_TABLE_1.map(({ name }) => name)
const HALVES = PUBLISHED_TABLE_3.map(({ name }) => name)

/** A data set with all that a page has. */
async function whole(folder: string): Promise<Lake> {
  const lake = await openLake(folder)
  for (const [networks, split] of [
    [NETWORKS, 'train'],
    [HALVES, 'test'],
  ] as const)
    for (const source of networks) {
      await putByPaper(lake, 'models', { name: source }, [modelOf(source, 0.01, 0.02)])
      const examples = examplesOf(source, Array<number>(12).fill(0.1), { split, skipped: 1 })
      await putByPaper(lake, 'examples', { source }, examples)
      const shown = networks.map((victim) =>
        scoresOf(source, victim, 12, victim === source ? 12 : 5, { split }),
      )
      await putByPaper(lake, 'scores', { shown: source }, ...shown)
    }
  const noise = { kind: 'gaussian', stddev: 1 } as const
  await putByPaper(lake, 'scores', { shown: 'gaussian 1' }, scoresOf('', NETWORKS[0], 12, 5, noise))
  await ranked(lake, 'hidden1', { name: 'FC100-100-10' })
  return lake
}

const lake = await whole(join(t.testdir(), 'set'))
const { file } = await report(lake.folder)

t.test('the page opens with what was done, the claims and some images', (t) => {
  const { document } = parseHTML(readFileSync(file, 'utf8'))
  t.equal(
    document.querySelector('.did')?.textContent,
    '9 networks: attacked 108 times on images of mnist train and mnist test, fooled 108 times; asked for 552 answers to examples and noise; images of parts test ranked along the units and along random directions of 1 layer.',
  )
  const claims = all(document, '.claims li')
  t.ok(claims.length >= 4, `${claims.length} claims`)
  for (const claim of claims) {
    t.match(claim.querySelector('strong')?.textContent, /^(Holds|Holds in part|Does not hold|Not sure)$/)
    const id = claim.querySelector('a')?.getAttribute('href') ?? ''
    const section = document.querySelector(id)
    t.ok(section?.querySelector('table'), `${id} is a table`)
    t.equal(section?.querySelector('.verdict')?.className, `verdict ${claim.className}`, 'and says the same')
  }
  // of the deeper of the paper's networks, one of each label
  t.match(document.querySelector('.glance > figcaption')?.textContent, /FC200-200-10: random targets/)
  t.same(
    all(document, '.glance figure figcaption').map((caption) => caption.textContent),
    Array.from({ length: 10 }, (_, i) => `${i} → ${(i + 1) % 10}`),
  )
  t.equal(all(document, '.glance img[alt]').length, 30)
  t.same(
    all(document, 'h1, .did, .claims, .glance, nav, main > section').map(
      (part) => part.id || part.className || part.tagName.toLowerCase(),
    ),
    ['h1', 'did', 'claims', 'glance', 'nav', 'missing', 'images', 'directions']
      .concat(['table1', 'table2', 'table3', 'table4', 'attacks', 'robust-accuracy', 'units'])
      .concat(['histogram', 'accuracy', 'search', 'provenance']),
  )
  t.end()
})

t.test('tables in a browser', { skip }, async (t) => {
  await inBrowser(file, { width: 390, touch: true }, async (page, seen) => {
    const widths = () =>
      page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
    t.same(await widths(), [390, 390])
    await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)))
    t.same(await widths(), [390, 390], 'with everything open')
    // what is wider than the page scrolls in a box of its own
    const cut = await page.evaluate(() =>
      Array.from(document.querySelectorAll<HTMLElement>('body *'))
        .filter((each) => !each.closest('.scroll, pre, svg, .hidden, script, style, [hidden]'))
        .filter((each) => each.getBoundingClientRect().right > 391)
        .map((each) => each.outerHTML.slice(0, 100)),
    )
    t.same(cut, [])
    const scroll = page.locator('#table2 .scroll')
    const places = async () => ({
      name: (await scroll.locator('tbody th').first().boundingBox())?.x,
      cell: (await scroll.locator('tbody td').first().boundingBox())?.x,
    })
    const before = await places()
    await scroll.evaluate((box) => (box.scrollLeft = 120))
    const after = await places()
    t.equal(after.name, before.name, 'the first column stays')
    t.equal(after.cell, (before.cell ?? NaN) - 120, 'the cells go')
    t.same(seen, { errors: [], requests: [] })
  })
  await inBrowser(file, {}, async (page, seen) => {
    // a name never runs into a cell
    const runs = await page.evaluate(() =>
      Array.from(document.querySelectorAll<HTMLElement>('tbody th[scope=row]'))
        .filter((head) => head.querySelector('.name'))
        .filter((head) => {
          const name = head.querySelector('.name')?.getBoundingClientRect()
          return name !== undefined && name.right > head.getBoundingClientRect().right
        })
        .map(({ textContent }) => textContent),
    )
    t.same(runs, [])
    await page.locator('.claims a', { hasText: 'Table 2' }).click()
    const top = await page.locator('#table2').evaluate((table) => table.getBoundingClientRect().top)
    t.ok(top >= 0 && top < 40, `a verdict leads to its table: ${top}`)

    // a cell opens by the keyboard, and the arrow keys go from one to the next
    const cells = page.locator('#table2 td details')
    const isOpen = (i: number) => cells.nth(i).evaluate((cell) => (cell as HTMLDetailsElement).open)
    await page.locator('#table2 .scroll').focus()
    for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key)
    t.equal(await isOpen(0), true)
    t.match(await cells.first().innerText(), /100\.0\s.*7\d\.\d to 100\.0\s+paper 100, 0\.0/s)
    for (const key of ['ArrowRight', 'ArrowDown', 'Space']) await page.keyboard.press(key)
    t.equal(await isOpen(1 + NETWORKS.length), true, 'right and down of the first')
    const button = page.locator('#table2 caption button')
    await button.click()
    t.same(await Promise.all([0, 1, 2, 35].map(isOpen)), [true, true, true, true])
    t.equal(await button.innerText(), 'Close all cells')
    t.same(seen, { errors: [], requests: [] })
  })
  for (const dark of [false, true])
    await inBrowser(file, { dark, width: 390 }, async (page) => {
      await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)))
      t.same(await barriers(page), [], dark ? 'dark' : 'light')
    })
})

t.test('without script', { skip }, async (t) => {
  await inBrowser(file, { script: false }, async (page) => {
    const cell = page.locator('#table2 td details').first()
    const more = cell.locator('> small').first()
    t.equal(await more.isVisible(), false)
    await cell.locator('summary').click()
    t.equal(await more.isVisible(), true, 'a click opens a cell')
    const second = page.locator('#table2 td summary').nth(1)
    await second.focus()
    await page.keyboard.press('Enter')
    t.equal(await page.locator('#table2 td details').nth(1).locator('> small').first().isVisible(), true)
  })
})

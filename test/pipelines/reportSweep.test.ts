import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import t from 'tap'
import { report } from 'blindspot'
import { barriers, inBrowser, skip } from '../browser.js'
import { all } from './page.js'
import { sweepSet, type Trained } from './sweepSet.js'

/** Two architectures of three λ, 0 among them, and three seeds; another width and depth. */
const NETWORKS = ['FC20-10', 'FC40-10', 'FC20-20-10'].flatMap((layers, i) =>
  ['0', '1e-4', '1e-2'].flatMap((lambda, j) =>
    [1, 2, 3].map((seed): Trained => ({
      architecture: `${layers}(${lambda})`,
      seed,
      testError: 0.02 + 0.01 * j + 0.001 * seed,
      distortions: [0.04, 0.06].map((size) => size + 0.01 * (i + j) + 0.002 * seed),
    })),
  ),
)
const errors = (source: Trained, victim: Trained) =>
  [source === victim ? 10 : (source.seed + victim.seed) % 5, 10] as const
const lake = await sweepSet(join(t.testdir(), 'a sweep'), NETWORKS, errors, ({ seed }) => [seed % 2, 10])
const { file, verdicts, missing } = await report(lake.folder)
const html = readFileSync(file, 'utf8')

t.test('the page of a sweep', (t) => {
  const { document } = parseHTML(html)
  t.same(
    all(document, 'main > section').map(({ id }) => id),
    [
      'images',
      'sweep',
      'transfer-matrix',
      'decay',
      'attacks',
      'robust-accuracy',
      'sweep-decay',
      'sweep-width',
      'sweep-depth',
      'histogram',
      'accuracy',
      'provenance',
    ],
  )
  t.same(missing, [], 'nothing of the paper’s is missing')
  t.match(verdicts['decay'], /^Weight decay\. Holds: in 3 of 3 architectures/)
  t.match(document.querySelector('.claims')?.textContent, /The more weight decay, the farther/)
  // 0.022 to 0.024: a standard deviation of 0.001 over three seeds, 4.303 / √3 of it
  const [first] = all(document, '#sweep tbody tr')
  t.same(
    all(first, 'th, b, small')
      .map(({ textContent }) => textContent)
      .slice(0, 3),
    ['FC20-10(0)', '2.20', ', 95 % interval 1.95 to 2.45'],
  )
  t.same(all(document, '#transfer-matrix thead th').length, 1 + 9)
  t.same(
    all(document, '#sweep-decay figure').map((each) => each.querySelector('figcaption')?.textContent),
    ['test error', 'minimal distortion', 'transfer'],
  )
  const [svg] = all(document, '#sweep-decay svg')
  t.match(svg.getAttribute('aria-label'), 'test error along weight decay: FC20-10; FC40-10; FC20-20-10')
  const ticks = all(svg, 'text').map(({ textContent }) => textContent)
  for (const tick of ['0', '1e-4', '0.01']) t.ok(ticks.includes(tick), `${tick} of ${ticks.join(' ')}`)
  t.notMatch(html, /NaN/)
  t.same(all(document, '#histogram figure').length, 9, 'of each configuration one network')
  t.match(
    document.querySelector('#histogram > p')?.textContent,
    /Of each configuration the network of the first seed\.$/,
  )
  // a row per place: 9 of λ, of two architectures of one depth 3 λ each, and of two of one width
  t.same(
    ['decay', 'width', 'depth'].map((axis) => all(document, `#sweep-${axis} tbody tr`).length),
    [9, 6, 6],
  )
  t.end()
})

t.test('the page of a sweep in a browser', { skip }, async (t) => {
  for (const options of [{}, { width: 390, dark: true }])
    await inBrowser(file, options, async (page, seen) => {
      const [wide, width] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ])
      t.equal(wide, width)
      // nothing of a plot is outside of it
      const cut = await page.evaluate(() =>
        Array.from(document.querySelectorAll('section[id^=sweep-] svg')).flatMap((svg) => {
          const { left, right, top, bottom } = svg.getBoundingClientRect()
          return Array.from(svg.querySelectorAll('text, path, line'))
            .map((part) => ({ text: part.outerHTML.slice(0, 200), box: part.getBoundingClientRect() }))
            .filter(
              ({ box }) =>
                box.left < left - 1 || box.right > right + 1 || box.top < top - 1 || box.bottom > bottom + 1,
            )
            .map(({ text }) => text)
        }),
      )
      t.same(cut, [])
      t.same(seen, { errors: [], requests: [] })
      t.same(await barriers(page), [])
    })
})

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { inflateSync } from 'node:zlib'
import { decode } from 'fast-png'
import t from 'tap'
import {
  exampleTiles,
  ImageGridWriter,
  pairTiles,
  perturbationTiles,
  type ImageGridOptions,
  type ImageShape,
  type Tile,
} from 'blindspot'
import { drawOutline } from '../../../sinks/grid/outline.js'
import { Picture } from '../../../sinks/grid/picture.js'
import { examplesOf } from '../records.js'

const MARGIN = 24

/** SHA-256 of two pages, made with Node 20 on Linux x64. */
const DIGESTS =
  '95e600e21e23a46b9db23bef217778885b9ef7b948f61e7a1ff041b4a180d96c ' +
  '95e132db1d8d3596519543ca6caf065dbb8f5d979a33155b93d8d5978297bb7c'

/** Images with values k/255, each another one. */
function tilesOf(count: number, shape: ImageShape = [4, 3, 1], caption = (i: number) => `${i}`): Tile[] {
  const values = shape[0] * shape[1] * shape[2]
  return Array.from({ length: count }, (_, i) => ({
    pixels: Float32Array.from({ length: values }, (_, at) => ((i * 31 + at * 7) % 256) / 255),
    shape,
    caption: caption(i),
  }))
}

async function grid(path: string, tiles: readonly Tile[], options: ImageGridOptions = {}, size = Infinity) {
  const writer = new ImageGridWriter(path, options)
  for (let from = 0; from < tiles.length; from += size) await writer.write(tiles.slice(from, from + size))
  return writer.close()
}

const read = (path: string) => decode(readFileSync(path), { checkCrc: true })
type Page = ReturnType<typeof read>
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** The values of a rectangle, row by row. */
function crop({ width, channels, data }: Page, left: number, top: number, across: number, down: number) {
  return Array.from({ length: down }, (_, row) => {
    const from = ((top + row) * width + left) * channels
    return [...data.subarray(from, from + across * channels)]
  })
}

t.test('every pixel becomes a square, in grey and in colour', async (t) => {
  for (const channels of [1, 3] as const) {
    const path = join(t.testdir(), 'grid.png')
    const [height, width, scale] = [4, 3, 5]
    const tiles = tilesOf(5, [height, width, channels], () => '')
    tiles[0].pixels.set([-0.5, 1.5, 0.4999])
    await grid(path, tiles, { columns: 3, scale })
    const page = read(path)
    t.same([page.channels, page.depth], [channels, 8])
    t.same([page.width, page.height], [2 * MARGIN + 3 * 15 + 2 * 16, 2 * MARGIN + 2 * 20 + 16])
    tiles.forEach(({ pixels }, i) => {
      const [left, top] = [MARGIN + (i % 3) * (15 + 16), MARGIN + Math.floor(i / 3) * (20 + 16)]
      const expected = Array.from({ length: height * scale }, (_, y) =>
        Array.from({ length: width * scale * channels }, (_, x) => {
          const column = Math.floor(x / channels / scale)
          const value = pixels[(Math.floor(y / scale) * width + column) * channels + (x % channels)]
          return Math.max(0, Math.min(255, Math.round(255 * value)))
        }),
      )
      t.same(crop(page, left, top, width * scale, height * scale), expected, `tile ${i}`)
    })
    const ink = [...page.data].filter((value) => value < 255).length
    const inside = tiles.flatMap(({ pixels }) => [...pixels]).filter((value) => Math.round(255 * value) < 255)
    t.equal(ink, inside.length * scale * scale, 'all else is white')

    const bytes = readFileSync(path)
    const start = bytes.indexOf('IDAT')
    const rows = inflateSync(bytes.subarray(start + 4, start + 4 + bytes.readUInt32BE(start - 4)))
    const line = page.width * channels
    const plain = Buffer.concat(
      Array.from({ length: page.height }, (_, y) => rows.subarray(y * (line + 1) + 1, (y + 1) * (line + 1))),
    )
    t.ok(plain.equals(Buffer.from(page.data.buffer, page.data.byteOffset, page.data.length)), 'zlib agrees')
  }
})

t.test('pairs stand together', async (t) => {
  const path = join(t.testdir(), 'grid.png')
  const black = tilesOf(4, [4, 4, 1], () => '').map((tile) => ({ ...tile, pixels: new Float32Array(16) }))
  await grid(path, black, { columns: 4, scale: 2, group: 2 })
  const [row] = crop(read(path), 0, MARGIN, read(path).width, 1)
  const runs = [
    ...row
      .map((value) => (value === 0 ? '#' : ' '))
      .join('')
      .matchAll(/#+| +/g),
  ]
  t.same(
    runs.map(([run]) => run.length),
    [24, 8, 4, 8, 16, 8, 4, 8, 24],
  )
})

t.test('groups stay apart where captions are wider than images', async (t) => {
  const path = join(t.testdir(), 'grid.png')
  const black = tilesOf(4, [4, 4, 1], () => 'Staffordshire').map((tile) => ({
    ...tile,
    pixels: new Float32Array(16),
  }))
  await grid(path, black, { columns: 4, scale: 2, group: 2 })
  const [row] = crop(read(path), 0, MARGIN, read(path).width, 1)
  const starts = row.flatMap((value, x) => (value === 0 && row[x - 1] !== 0 ? [x] : []))
  const [within, between, other] = starts.slice(1).map((start, i) => start - starts[i] - 8)
  t.ok(within > 50, 'as the captions have it')
  t.same([between, other], [4 * within, within])
})

t.test('headings stand above their tiles, and run on over the next', async (t) => {
  const path = join(t.testdir(), 'grid.png')
  const black = tilesOf(4, [4, 4, 1], () => '').map((tile) => ({ ...tile, pixels: new Float32Array(16) }))
  const tiles = black.map((tile, i) => (i === 2 ? { ...tile, heading: 'unit 17' } : tile))
  await grid(path, tiles, { columns: 2, scale: 2, group: 2 })
  const page = read(path)
  const room = 18
  t.equal(page.height, 2 * MARGIN + 2 * (room + 8) + 16)
  const inkOf = (top: number, left: number, across: number) =>
    crop(page, left, top, across, room)
      .flat()
      .filter((value) => value < 128).length
  const second = MARGIN + room + 8 + 16
  t.equal(inkOf(MARGIN, 0, page.width), 0, 'no heading, no ink')
  t.ok(inkOf(second, MARGIN, 8) > 0, 'from the left edge of its tile')
  t.ok(inkOf(second, MARGIN + 12, 8) > 0, 'over the next one')
  t.equal(inkOf(second, 0, MARGIN - 1), 0)
  t.ok(
    crop(page, MARGIN, second + room, 8, 8)
      .flat()
      .every((value) => value === 0),
    'the tile is below it',
  )
  const wrong = new ImageGridWriter(path)
  await t.rejects(wrong.write([{ ...black[0], heading: 3 as unknown as string }]), {
    message: /expected a text as heading, got 3/,
  })
})

t.test('the bytes are those of the tiles, however they came and wherever they are made', async (t) => {
  const folder = t.testdir()
  const options = { columns: 4, rows: 2, scale: 3, title: 'FC10(1e-4): σ 0.062, x′ − x [0, 1.5] %' }
  const tiles = tilesOf(11, [4, 3, 3], (i) => `${i} → ${i + 1}`)
  const hashes = new Set<string>()
  for (const size of [1, 3, 8, 11]) {
    const { pages, tiles: count } = await grid(join(folder, `${size}.png`), tiles, options, size)
    t.equal(count, 11)
    for (const page of pages) t.equal(page.sha256, hash(readFileSync(page.path)))
    hashes.add(pages.map(({ sha256 }) => sha256).join(' '))
  }
  const writer = new ImageGridWriter(join(folder, 'queued.png'), options)
  await Promise.all(tiles.map((tile) => writer.write([tile])))
  hashes.add((await writer.close()).pages.map(({ sha256 }) => sha256).join(' '))
  t.same([...hashes], [DIGESTS], 'another encoder or font would be seen here')
})

t.test('pages', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'grid.png')
  const seen: string[] = []
  const title = (tiles: readonly Tile[], page: number) => {
    seen.push(`${page}: ${tiles.map(({ caption }) => caption).join(' ')}`)
    return `page ${page}`
  }
  const writer = new ImageGridWriter(path, { columns: 2, rows: 2, scale: 1, title })
  const tiles = tilesOf(9)
  const reused = { ...tiles[0], pixels: Float32Array.from(tiles[0].pixels) }
  await writer.write([reused])
  reused.pixels.fill(0)
  await writer.write(tiles.slice(1, 8))
  t.same(seen, ['1: 0 1 2 3', '2: 4 5 6 7'], 'a full page is drawn at once')
  t.equal(readdirSync(folder).filter((name) => name.endsWith('.tmp')).length, 2, 'and is on the disk')
  t.notOk(readdirSync(folder).includes('grid.png'), 'under another name')
  await writer.write(tiles.slice(8))
  const { pages } = await writer.close()
  t.same(readdirSync(folder).sort(), ['grid-2.png', 'grid-3.png', 'grid.png'])
  t.same(
    pages.map((page) => page.path),
    ['grid.png', 'grid-2.png', 'grid-3.png'].map((name) => join(folder, name)),
  )
  const first = readFileSync(path)
  await grid(path, tiles.slice(0, 4), { columns: 2, rows: 2, scale: 1, title })
  t.same(readdirSync(folder), ['grid.png'], 'the pages of a longer grid are gone')
  t.ok(first.equals(readFileSync(path)), 'what is done to a tile after its writing is not seen')
})

t.test('the memory is that of a page', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = () => {
    collect()
    collect()
    return process.memoryUsage().arrayBuffers / 2 ** 20
  }
  const writer = new ImageGridWriter(join(t.testdir(), 'grid.png'), { columns: 5, rows: 10, scale: 1 })
  const before = held()
  for (let i = 0; i < 140; i++) {
    // a tile of each batch of 4 MB
    const batch = new Float32Array(2 ** 20).fill(i / 140)
    await writer.write([{ pixels: batch.subarray(0, 784), shape: [28, 28, 1], caption: '' }])
  }
  const after = held()
  t.ok(after - before < 80, `${(after - before).toFixed(1)} MB for 140 batches of 4 MB`)
  await writer.abort()
})

t.test('captions and titles', async (t) => {
  const folder = t.testdir()
  const black = (caption: string): Tile => ({
    pixels: new Float32Array(28 * 28),
    shape: [28, 28, 1],
    caption,
  })
  const draw = async (caption: string, title = '') => {
    const path = join(folder, 'grid.png')
    await grid(path, [black(caption)], { title })
    return read(path)
  }
  const seven = await draw('7 → 2')
  const band = (page: Page) => crop(page, 0, MARGIN + 112, page.width, page.height - MARGIN - 112)
  t.equal(seven.height, 2 * MARGIN + 112 + 6 + 12)
  t.notSame(band(seven), band(await draw('7 → 3')))
  t.same(band(seven), band(await draw('7 → 2')))
  const columns = band(seven).flatMap((row) => row.flatMap((value, x) => (value < 128 ? [x] : [])))
  const middle = (Math.min(...columns) + Math.max(...columns) + 1) / 2
  t.ok(Math.abs(middle - (MARGIN + 56)) <= 1.5, `centred below the tile: ${middle}`)
  t.ok(columns.length > 50 && Math.max(...columns) - Math.min(...columns) > 30, 'black on white')

  const edges = (page: Page) => {
    const { width, height } = page
    const sides = [
      // some letters are higher than a capital one
      crop(page, 0, 0, width, MARGIN - 3),
      crop(page, 0, height - 16, width, 16),
      crop(page, 0, 0, MARGIN, height),
      crop(page, width - MARGIN, 0, MARGIN, height),
    ]
    return sides.flat(2).filter((value) => value < 255).length
  }
  const long = 'FC200-200-10: average distortion 0.062, accuracy 0 % [0, 1.5] (N 256)'
  const wrapped = await draw('a caption of several words', long)
  t.ok(wrapped.height > seven.height + 100, 'text wraps')
  t.equal(edges(wrapped), 0, 'and none is cut')
  const wide = await draw('Donaudampfschifffahrt', 'Donaudampfschifffahrtsgesellschaft')
  t.ok(wide.width > seven.width, 'a long word makes room')
  t.equal(edges(wide), 0)
})

t.test('an outline darkens by the area it covers', (t) => {
  const picture = new Picture(6, 5, 1)
  const [a, b, c, d] = [1.25, 4.5, 1, 3.5]
  drawOutline(
    picture,
    [
      [a, c, b, c, b, d, a, d],
      // a hole, the other way round
      [2, 2, 2, 3, 3, 3, 3, 2],
    ].map((flat) => Array.from({ length: 4 }, (_, i) => ({ x: flat[2 * i], y: flat[2 * i + 1] }))),
  )
  const rows = Array.from({ length: 5 }, (_, y) => [...picture.bytes.subarray(6 * y, 6 * y + 6)])
  t.same(rows, [
    [255, 255, 255, 255, 255, 255],
    [255, 64, 0, 0, 128, 255],
    [255, 64, 255, 0, 128, 255],
    [255, 159, 128, 128, 191, 255],
    [255, 255, 255, 255, 255, 255],
  ])
  const slanted = new Picture(40, 40, 1)
  const triangle = [
    { x: 3.2, y: 1.7 },
    { x: 36.9, y: 20.3 },
    { x: 10.4, y: 38.1 },
  ]
  drawOutline(slanted, [triangle])
  const ink = slanted.bytes.reduce((sum, value) => sum + 1 - value / 255, 0)
  const area = Math.abs((33.7 * 36.4 - 18.6 * 7.2) / 2)
  t.ok(Math.abs(ink - area) < 0.5, `${ink} of ${area}`)
  t.end()
})

t.test('what cannot be drawn is refused, and nothing is left', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'grid.png')
  const page = { columns: 1, rows: 1, scale: 1 }
  const [good] = tilesOf(1)
  const nan = Float32Array.from(good.pixels)
  nan[5] = NaN
  const cases: [Tile, RegExp][] = [
    [{ ...good, pixels: nan }, /tile 1 \(0\): expected finite values, got NaN at 5/],
    [{ ...good, pixels: nan.map(() => -Infinity) }, /got -Infinity at 0/],
    [{ ...good, shape: [3, 4, 1] }, /shape 4 × 3 × 1, as before, got 3 × 4 × 1/],
    [{ ...good, shape: [2, 3, 2] }, /expected a shape of height × width × 1 or 3, got 2 × 3 × 2/],
    [{ ...good, pixels: good.pixels.subarray(1) }, /12 values.* got 11/],
  ]
  writeFileSync(path, 'what was there before')
  for (const [bad, message] of cases) {
    const writer = new ImageGridWriter(path, page)
    await writer.write([good])
    t.equal(readdirSync(folder).length, 2)
    await t.rejects(writer.write([bad]), { code: 'bad-data', message })
    await t.rejects(writer.write([good]), { message }, 'and goes on refusing')
    await t.rejects(writer.close(), { message })
    t.same(readdirSync(folder), ['grid.png'])
  }
  const aborted = new ImageGridWriter(path, page)
  await aborted.write(tilesOf(3))
  await aborted.abort()
  await aborted.abort()
  await t.rejects(aborted.write([good]), { code: 'io', message: /aborted/ })
  t.same(readdirSync(folder), ['grid.png'])
  const empty = new ImageGridWriter(path)
  await empty.write([])
  await t.rejects(empty.close(), { code: 'bad-option', message: /no tile came/ })
  const title = () => {
    throw new Error('no title')
  }
  await t.rejects(grid(path, [good], { title }), /no title/)
  t.same(readdirSync(folder), ['grid.png'])
  t.equal(readFileSync(path, 'utf8'), 'what was there before')

  await t.rejects(grid(join(path, 'below-a-file.png'), [good]), { code: 'io' })
  mkdirSync(join(folder, 'grid-2.png'))
  await t.rejects(grid(path, tilesOf(2), page), { code: 'io', message: /grid-2\.png/ })
  t.same(readdirSync(folder), ['grid-2.png', 'grid.png'])
  t.equal(readFileSync(path, 'utf8'), 'what was there before', 'nor a page before the one that failed')
  for (const options of [{ columns: 0 }, { rows: 1.5 }, { scale: -1 }, { group: NaN }])
    t.throws(() => new ImageGridWriter(path, options), {
      code: 'bad-option',
      message: new RegExp(Object.keys(options)[0]),
    })
  t.throws(() => new ImageGridWriter('grid.jpg'), { code: 'bad-option', message: /\*\.png, got grid\.jpg/ })
})

t.test('records as tiles', (t) => {
  const shape: ImageShape = [1, 2, 2]
  const image = (shift: number) => Float32Array.from({ length: 16 }, (_, i) => i / 32 + shift)
  const batch = { ...examplesOf(4), shape, original: image(0), adversarial: image(0.125) }
  // the third has no example
  const rows = [0, 1, 3]
  const part = (images: Float32Array, row: number) => images.subarray(4 * row, 4 * row + 4)
  const fooled = (row: number) => `${batch.label[row]} → 7`
  t.same(
    pairTiles(batch),
    rows.flatMap((row) => [
      { pixels: part(batch.original, row), shape, caption: `${batch.label[row]}` },
      { pixels: part(batch.adversarial, row), shape, caption: fooled(row) },
    ]),
  )
  t.same(
    perturbationTiles(batch, 0.25),
    rows.map((row) => ({ pixels: new Float32Array(4).fill(0.75), shape, caption: fooled(row) })),
  )
  t.throws(() => perturbationTiles(batch, 0), { code: 'bad-option', message: /above 0, got 0/ })
  const shown = { label: batch.label, pixels: batch.adversarial }
  t.same(
    exampleTiles(shown, shape, [4, -1, 5, 6]).map(({ caption }) => caption),
    ['0 → 4', '1', '2 → 5', '3 → 6'],
  )
  t.same(
    exampleTiles(shown, shape).map(({ pixels }) => [...pixels]),
    [0, 1, 2, 3].map((row) => [...part(batch.adversarial, row)]),
  )
  t.end()
})

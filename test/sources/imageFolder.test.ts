import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'
import t from 'tap'
import { sharp } from '../../operators/photograph/sharp.js'
import { imageFolder } from '../../sources/imageFolder.js'
import { parseSource } from '../../sources/source.js'
import { contract, joined } from './contract.js'

const root = t.testdir()
const bytesOf = (seed: number, n: number) =>
  Uint8Array.from({ length: n }, (_, at) => (seed * 31 + at * 7) % 256)
const png = (seed: number, width: number, height: number, channels: number, depth: 8 | 16 = 8) => {
  const data = bytesOf(seed, width * height * channels)
  return encode({
    width,
    height,
    channels,
    depth,
    data: depth === 8 ? data : Uint16Array.from(data, (v) => v * 257),
  })
}
const put = (path: string, bytes: Uint8Array): void => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), bytes)
}
const floats = (bytes: Iterable<number>) => Array.from(bytes, (byte) => Math.fround(byte / 255))

t.test('greys at their own size', async (t) => {
  for (const [name, seeds] of [
    ['cat', [0, 1, 2]],
    ['ant', [3, 4]],
    ['n01440764', [5, 6, 7]],
  ] as const)
    for (const seed of seeds) put(`grey/${name}/${seed}.png`, png(seed, 5, 4, 1))
  const path = join(root, 'grey')
  const source = parseSource(`folder:${path}`)
  t.equal(source.describe, `folder:${path}`)
  await contract(t, source, 8)
  const whole = await joined(source.open())
  t.same(
    [whole.shape, whole.label],
    [
      [4, 5, 1],
      [0, 0, 1, 1, 1, 2, 2, 2],
    ],
  )
  t.same(
    whole.pixels,
    [3, 4, 0, 1, 2, 5, 6, 7].flatMap((seed) => floats(bytesOf(seed, 20))),
  )
  t.same(await source.classes?.(), ['ant', 'cat', 'n01440764'], 'whatever they are called')
  const { hash, ...named } = await source.identity()
  t.same(named, { dataset: `images-${hash}`, split: 'all', photographs: { labels: 'own' } })

  const colours = await joined(parseSource(`folder@channels=3:${path}`).open({ limit: 1 }))
  t.same([colours.shape, colours.pixels.slice(0, 3)], [[4, 5, 3], floats([93, 93, 93])])
  put('grey/cat/2.png', png(99, 5, 4, 1))
  t.not((await parseSource(`folder:${path}`).identity()).hash, hash, 'a hash of the bytes')
})

t.test('colours, other formats, and some of other sizes', async (t) => {
  put('rgb/a/1.png', png(1, 6, 6, 3))
  put('rgb/a/2.png', png(2, 6, 6, 1))
  put('rgb/b/3.png', png(3, 6, 6, 4))
  put(
    'rgb/b/4.jpg',
    await (
      await sharp()
    )(png(4, 6, 6, 3))
      .jpeg({ quality: 100 })
      .toBuffer(),
  )
  const path = join(root, 'rgb')
  const whole = await joined(imageFolder(path))
  t.same(
    [whole.shape, whole.label],
    [
      [6, 6, 3],
      [0, 0, 1, 1],
    ],
  )
  t.same(whole.pixels.slice(0, 108), floats(bytesOf(1, 108)))
  t.same(
    whole.pixels.slice(108, 114),
    floats([62, 62, 62, 69, 69, 69]),
    'a grey among colours has three equal ones',
  )
  const [r, g, b] = bytesOf(1, 3)
  const grey = await joined(imageFolder(path, { channels: 1 }))
  t.same(grey.pixels[0], Math.fround(Math.floor((19595 * r + 38470 * g + 7471 * b + 0x8000) / 65536) / 255))

  put('rgb/b/5.png', png(5, 7, 6, 3))
  await t.rejects(joined(imageFolder(path)), {
    code: 'bad-data',
    message:
      /expected images of one size, got 6 × 6 of a\/1\.png and 6 × 7 of b\/5\.png; folder@size=6x6:.* brings all to one/,
  })
  const brought = await joined(parseSource(`folder@size=3x4:${path}`).open())
  t.same(
    [brought.shape, brought.index],
    [
      [3, 4, 3],
      [0, 1, 2, 3, 4],
    ],
  )
})

t.test('splits, and images that cannot be read', async (t) => {
  for (const split of ['train', 'test'])
    for (const [place, name] of ['x', 'y'].entries())
      for (const i of [0, 1]) put(`split/${split}/${name}/${i}.png`, png(place + i, 3, 3, 1))
  put('split/test/y/1.png', png(1, 3, 3, 1).subarray(0, 40))
  put('split/test/y/2.png', png(1, 3, 3, 1, 16))
  const path = join(root, 'split')
  await t.rejects(joined(imageFolder(path)), {
    code: 'bad-option',
    message: /split: expected one of test, train, got none; say which, as in folder@split=test:/,
  })
  t.equal(await parseSource(`folder@split=train:${path}`).count(), 4)
  const test = await joined(parseSource(`folder@split=test:${path}`).open())
  t.same(test.index, [0, 1, 2])
  t.same(
    test.unreadable.map(({ index, path: file }) => [index, file]),
    [
      [3, 'y/1.png'],
      [4, 'y/2.png'],
    ],
  )
  t.match(test.unreadable[1].reason, /grey of 16/)
  rmSync(join(root, 'split', 'test'), { recursive: true })
  await t.rejects(joined(imageFolder(join(root, 'split', 'test'))), {
    code: 'bad-option',
    message: /test cannot be read/,
  })
  mkdirSync(join(root, 'nobody', 'a'), { recursive: true })
  await t.rejects(joined(imageFolder(join(root, 'nobody'))), {
    code: 'bad-option',
    message: /nobody: expected a folder of images for each class, as cat.*found folders \(1\): a$/,
  })
  put('arrays.npz', Buffer.from(''))
  await t.rejects(joined(imageFolder(join(root, 'arrays.npz'))), { message: /as npz:.*arrays\.npz$/ })
  put('none/a/1.png', Buffer.from('none'))
  await t.rejects(joined(imageFolder(join(root, 'none'))), {
    code: 'bad-data',
    message: /got none of 1 that can be read/,
  })
  t.throws(() => imageFolder('x', { channels: 2 as 1 }), {
    code: 'bad-option',
    message: /channels: expected 1 or 3/,
  })
  t.throws(() => parseSource('folder@size=big:x'), { code: 'bad-option', message: /size=32/ })
})

import t from 'tap'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BlindspotError } from '../../operators/errors.js'
import { readIdxImages, readIdxLabels } from '../../sources/idx.js'

const header = (...words: readonly number[]) => {
  const bytes = Buffer.alloc(4 * words.length)
  words.forEach((word, i) => bytes.writeUInt32BE(word, 4 * i))
  return bytes
}
const pixels = Buffer.from([...Array(24).keys()].map((i) => i * 10))
const images = Buffer.concat([header(0x803, 4, 2, 3), pixels])
const labels = Buffer.concat([header(0x801, 4), Buffer.from([5, 0, 9, 1])])

t.test('reads what was written, gzipped or not, whatever the name', async (t) => {
  const dir = t.testdir({})
  for (const [name, pack] of [
    ['plain.gz', (bytes: Buffer) => bytes],
    ['zipped', (bytes: Buffer) => gzipSync(bytes)],
  ] as const) {
    writeFileSync(join(dir, `images-${name}`), pack(images))
    writeFileSync(join(dir, `labels-${name}`), pack(labels))
    const read = await readIdxImages(join(dir, `images-${name}`))
    t.same({ ...read, pixels: [...read.pixels] }, { count: 4, height: 2, width: 3, pixels: [...pixels] })
    t.same([...(await readIdxLabels(join(dir, `labels-${name}`)))], [5, 0, 9, 1])
  }
})

t.test('a wrong file is an error that names file, byte and expectation', async (t) => {
  const dir = t.testdir({})
  const noise = Buffer.from([...Array(4000).keys()].map((i) => (i * 7919) % 251))
  const zipped = gzipSync(Buffer.concat([header(0x803, 4000, 1, 1), noise]))
  const changed = (at: number) => {
    const copy = Buffer.from(zipped)
    copy[at] ^= 0xff
    return copy
  }
  const broken: [what: string, read: 'images' | 'labels', bytes: Buffer, at: number, says: RegExp][] = [
    [
      'labels for images',
      'images',
      labels,
      0,
      /magic number 0x00000803 .*got 0x00000801 \(labels.*swapped\?/,
    ],
    [
      'images for labels',
      'labels',
      images,
      0,
      /magic number 0x00000801 .*got 0x00000803 \(images.*swapped\?/,
    ],
    ['text', 'images', Buffer.from('<!DOCTYPE html>'), 0, /magic number 0x00000803 .*got 0x3c21444f/],
    ['empty', 'images', Buffer.alloc(0), 0, /header of 16 bytes, got the end/],
    ['two bytes', 'labels', labels.subarray(0, 2), 2, /header of 8 bytes, got the end/],
    ['header cut', 'images', images.subarray(0, 11), 11, /header of 16 bytes, got the end/],
    ['header cut', 'labels', labels.subarray(0, 7), 7, /header of 8 bytes, got the end/],
    ['body cut', 'images', images.subarray(0, 39), 39, /expected 40 bytes .*4 images of 2 × 3 .*truncated/],
    ['body cut', 'labels', labels.subarray(0, 8), 8, /expected 12 bytes .*4 labels.*truncated/],
    ['body long', 'images', Buffer.concat([images, pixels]), 40, /the end of the file .*got 24 bytes more/],
    ['body long', 'labels', Buffer.concat([labels, labels]), 12, /the end of the file .*got 12 bytes more/],
    [
      'label 10',
      'labels',
      Buffer.concat([labels.subarray(0, 11), Buffer.of(10)]),
      11,
      /from 0 to 9, got 10 \(label 3\)/,
    ],
    ['no images', 'images', header(0x803, 0, 28, 28), 4, /at least one entry, got a count of 0/],
    ['no labels', 'labels', header(0x801, 0), 4, /at least one entry/],
    ['no height', 'images', header(0x803, 1, 0, 28), 8, /height from 1 to 65535 pixels, got 0/],
    [
      'absurd width',
      'images',
      header(0x803, 1, 28, 2 ** 32 - 1),
      12,
      /width from 1 to 65535 pixels, got 4294967295/,
    ],
    [
      'absurd count',
      'images',
      header(0x803, 2 ** 32 - 1, 28, 28),
      4,
      /count of at most 2147483647, got 4294967295/,
    ],
    ['too large', 'images', header(0x803, 2 ** 31 - 1, 65535, 65535), 16, /expected 9\d+ bytes .*truncated/],
    [
      'gzip cut',
      'images',
      zipped.subarray(0, 100),
      100,
      /gzip data, got the end of the file: it is truncated/,
    ],
    ['gzip block', 'images', changed(10), NaN, /gzip data, got invalid .*: it is corrupt/],
    [
      'gzip sum',
      'images',
      changed(zipped.length - 8),
      NaN,
      /gzip data, got incorrect data check: it is corrupt/,
    ],
    ['gzip of a cut file', 'labels', gzipSync(labels.subarray(0, 9)), 9, /expected 12 bytes .*truncated/],
  ]
  for (const [what, kind, bytes, at, says] of broken) {
    const file = join(dir, `${what} ${kind}`)
    writeFileSync(file, bytes)
    const error = await (kind === 'images' ? readIdxImages(file) : readIdxLabels(file)).then(
      () => t.fail(`${what}: was read`),
      (error: unknown) => error,
    )
    if (!(error instanceof BlindspotError)) return t.fail(`${what}: ${String(error)}`)
    t.equal(error.code, 'bad-data', what)
    t.match(error.message, says)
    t.ok(error.message.startsWith(`${file}: byte ${Number.isNaN(at) ? '' : `${at}: `}`), error.message)
  }
  writeFileSync(join(dir, 'few'), labels)
  await t.rejects(readIdxLabels(join(dir, 'few'), 9), {
    code: 'bad-data',
    message: /byte 10: .*from 0 to 8, got 9/,
  })
  mkdirSync(join(dir, 'folder'))
  await t.rejects(readIdxImages(join(dir, 'none')), {
    code: 'bad-option',
    message: /none cannot be read: it is not there/,
  })
  await t.rejects(readIdxImages(join(dir, 'folder')), {
    code: 'bad-option',
    message: /folder cannot be read: expected a file, got a folder/,
  })
})

import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { BlindspotError } from '../../../operators/errors.js'
import type { Crop } from '../../../operators/classifier/framing.js'
import { decodePhotograph, isOfBytes, type DecodeOptions } from '../../../sources/photograph/decode.js'
import { requireSharp } from '../../../operators/photograph/sharp.js'
import { Resizer } from '../../../sources/photograph/resizer.js'
import { expected, fixture, sha256, whole } from './fixtures.js'

/** Whether a file's expectation is of the photograph upright. */
const exif = (file: string) => file.startsWith('exif')

t.test('the colours of each kind of file are Pillow’s, byte for byte', async (t) => {
  const wrong: string[] = []
  for (const { file, height, width, sha256: sha } of expected.decoded) {
    const pixels = await decodePhotograph(fixture(file), { framing: whole(height, width), exif: exif(file) })
    if (sha256(pixels) !== sha) wrong.push(file)
  }
  t.ok(expected.decoded.length > 40)
  t.same(wrong, [])
})

t.test('what is not equal to Pillow is near', async (t) => {
  for (const { file, height, width, rgb } of expected.near) {
    const pixels = await decodePhotograph(fixture(file), { framing: whole(height, width) })
    t.ok(rgb.length === pixels.length && rgb.every((value, i) => Math.abs(value - pixels[i]) <= 1), file)
  }
})

t.test('EXIF turns a photograph only where it is asked for', async (t) => {
  const framing = whole(31, 45)
  const upright = sha256(await decodePhotograph(fixture('420.jpg'), { framing }))
  for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
    const bytes = fixture(`exif-${orientation}.jpg`)
    t.equal(sha256(await decodePhotograph(bytes, { framing })), upright)
    t.not(sha256(await decodePhotograph(bytes, { framing, exif: true })), upright)
  }
})

t.test('an input shows what torchvision’s shows', async (t) => {
  const wrong: unknown[] = []
  for (const { file, size, policy, resize, sha256: sha } of expected.framed) {
    const framing = { size, crop: { policy, resize } as Crop }
    if (sha256(await decodePhotograph(fixture(file), { framing, exif: exif(file) })) !== sha)
      wrong.push({ file, ...framing })
  }
  t.ok(expected.framed.length > 60)
  t.same(wrong, [])
})

t.test(
  'damaged files: refused where Pillow refuses a cut one, and never other pixels than Pillow’s',
  async (t) => {
    let same = 0
    const wrong: unknown[] = []
    for (const { file, cut, flip, sha256: sha } of expected.damaged) {
      const bytes = fixture(file).slice(0, cut)
      if (flip) bytes[flip[0]] ^= 1 << flip[1]
      const { height, width } = expected.decoded.find((one) => one.file === file) ?? { height: 0, width: 0 }
      const got = await decodePhotograph(bytes, { framing: whole(height, width) }).then(sha256, codeOf)
      const isRight = got === sha || got === 'bad-data' || (sha === null && flip !== undefined)
      if (got === sha) same += 1
      if (!isRight) wrong.push({ file, cut, flip, got })
    }
    t.ok(expected.damaged.length > 150 && same > 80, `${same} decode as with Pillow`)
    t.same(wrong, [])
  },
)

t.test('a reason says what is wrong, and what was expected', async (t) => {
  const framing = whole(4, 4)
  const reason = (bytes: Uint8Array, options?: Partial<DecodeOptions>) =>
    decodePhotograph(bytes, { framing, ...options }).then(
      () => 'decoded',
      (error: unknown) => `${codeOf(error)}: ${(error as Error).message}`,
    )
  const text = (head: string) => reason(Buffer.from(head.padEnd(64, ' '), 'latin1'))
  const expectedFormats = 'bad-data: expected an image as JPEG, PNG, WebP, GIF, TIFF, AVIF, got'
  t.equal(await reason(Buffer.alloc(0)), `${expectedFormats} an empty file`)
  t.equal(await text('0123'), `${expectedFormats} other bytes`)
  t.equal(await text('<!DOCTYPE html>'), `${expectedFormats} HTML, to be converted first`)
  t.equal(await text('<svg xmlns="'), `${expectedFormats} SVG, to be converted first`)
  t.equal(await text('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), `${expectedFormats} HEIC, to be converted first`)
  t.equal(await text('BM'), `${expectedFormats} BMP, to be converted first`)
  const jpeg = fixture('420.jpg')
  t.equal(
    await reason(jpeg.subarray(0, -9)),
    'bad-data: the JPEG cannot be decoded; it may be cut off or damaged',
  )
  const limit = (pixels: number) => reason(jpeg, { mostPixels: pixels })
  t.equal(await limit(31 * 45), 'decoded')
  const tooMany = 'bad-data: expected at most 1394 pixels (mostPixels), got JPEG of 31x45'
  t.equal(await limit(31 * 45 - 1), tooMany)
  t.equal(await reason(jpeg, { mostPixels: 1394, resize: 'sharp' }), tooMany)
  // nothing of it is decoded: there is less than the header says
  const bomb = Buffer.from(fixture('rgb.png'))
  bomb.writeUInt32BE(20_000, 16)
  bomb.writeUInt32BE(20_000, 20)
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29)
  t.equal(
    await reason(bomb),
    'bad-data: expected at most 178956970 pixels (mostPixels), got PNG of 20000x20000',
  )
  t.match(await reason(jpeg, { mostPixels: 0 }), /^bad-option: .*mostPixels/)
  t.match(await reason(jpeg, { framing: whole(0, 4) }), /^bad-option: decodePhotograph: .* got 0$/)
})

t.test('only what is wrong with the bytes is bad data', async (t) => {
  const bytes = fixture('420.jpg')
  const framing = whole(4, 4)
  const failing = async (t: Test, error: Error) => {
    t.intercept(Resizer.prototype, 'resize', {
      value: () => {
        throw error
      },
    })
    await t.rejects(decodePhotograph(bytes, { framing }), error)
  }
  await t.test((t) => failing(t, new TypeError('a bug')))
  await t.test((t) => failing(t, new RangeError('Array buffer allocation failed')))
  await t.test((t) => failing(t, new Error('ENOENT: resample.wasm')))

  t.ok(isOfBytes(new Error('VipsJpeg: premature end of JPEG image')))
  for (const error of [
    new TypeError('a bug'),
    new BlindspotError('io', 'no room'),
    Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' }),
    new Error('vips_tracked: out of memory --- size == 4096MB'),
    new Error('VipsJpeg: Insufficient memory (case 4)'),
    'a text',
  ])
    t.notOk(isOfBytes(error), String(error))
})

t.test('without sharp an error says what to install', async (t) => {
  const absent = () => Promise.reject(new Error("Cannot find package 'sharp'\nand more"))
  await t.rejects(requireSharp(absent), {
    code: 'missing-package',
    message:
      "photographs are decoded by the optional package sharp, which cannot be loaded: npm install sharp (Cannot find package 'sharp')",
  })
})

t.test('sharp’s own resize shows the same, nearly', async (t) => {
  for (const { file, size, policy, resize } of expected.framed)
    for (const exif of [false, true]) {
      const options = { framing: { size, crop: { policy, resize } as Crop }, exif }
      const [a, b] = [
        await decodePhotograph(fixture(file), options),
        await decodePhotograph(fixture(file), { ...options, resize: 'sharp' }),
      ]
      const change = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length
      t.ok(
        a.length === b.length && change < 12,
        `${file} ${policy} ${size.join('x')} ${String(resize)}: ${change}`,
      )
    }
})

const codeOf = (error: unknown) => (error instanceof BlindspotError ? error.code : String(error))

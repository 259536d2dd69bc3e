import t from 'tap'
import type { Crop } from '../../../operators/classifier/framing.js'
import { decodePhotograph } from '../../../sources/photograph/decode.js'
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

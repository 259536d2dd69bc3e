import t from 'tap'
import { resize } from '../../../sources/photograph/resize.js'
import { viewOf } from '../../../sources/photograph/view.js'
import { expected, noise, sha256, whole } from './fixtures.js'

t.test('resizes as Pillow, byte for byte: up, down, along one side, to and from one pixel', (t) => {
  const wrong = expected.resized.filter(([height, width, toHeight, toWidth, sha]) => {
    const pixels = { data: noise(height * width * 3), height, width }
    return sha256(resize(pixels, viewOf(height, width, whole(toHeight, toWidth)))) !== sha
  })
  t.ok(expected.resized.length > 100)
  t.same(wrong, [])
  t.end()
})

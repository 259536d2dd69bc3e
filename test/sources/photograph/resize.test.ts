import t from 'tap'
import type { Crop, Framing } from '../../../operators/classifier/framing.js'
import { randomFor } from '../../../operators/random.js'
import { resize } from '../../../sources/photograph/resize.js'
import { Resizer } from '../../../sources/photograph/resizer.js'
import { viewOf } from '../../../sources/photograph/view.js'
import { expected, noise, sha256, whole } from './fixtures.js'

const resizer = new Resizer()

t.test('resizes as Pillow, byte for byte: up, down, along one side, to and from one pixel', (t) => {
  t.ok(expected.resized.length > 100)
  for (const one of [resize, resizer.resize.bind(resizer)])
    t.same(
      expected.resized.filter(([height, width, toHeight, toWidth, sha]) => {
        const pixels = { data: noise(height * width * 3), height, width }
        return sha256(one(pixels, viewOf(height, width, whole(toHeight, toWidth)))) !== sha
      }),
      [],
      one.name,
    )
  t.end()
})

t.test('fast and plain agree on what an input shows, also of photographs that take several pieces', (t) => {
  const random = randomFor(1, 'framings')
  const side = (most: number) => 1 + Math.floor(random.uniform() ** 2 * most)
  const wrong: unknown[] = []
  const check = (height: number, width: number, framing: Framing) => {
    const pixels = { data: noise(height * width * 3), height, width }
    const view = viewOf(height, width, framing)
    if (sha256(resize(pixels, view)) !== sha256(resizer.resize(pixels, view)))
      wrong.push({ height, width, framing })
  }
  for (let i = 0; i < 150; i++) {
    const crops: readonly Crop[] = [
      { policy: 'center' },
      { policy: 'shorter-side', resize: side(40) },
      { policy: 'exact', resize: [side(60), side(60)] },
    ]
    check(side(90), side(90), { size: [side(40), side(40)], crop: crops[i % crops.length] })
  }
  const small = (resize: readonly [number, number]): Framing => ({
    size: [5, 4],
    crop: { policy: 'exact', resize },
  })
  check(3000, 130, small([7, 6]))
  check(3000, 130, small([7, 3]))
  check(2900, 200, small([2900, 6]))
  check(2, 180_000, small([4, 4]))
  check(2, 180_000, small([1, 4]))
  check(360_000, 1, small([4, 1]))
  check(360_000, 1, small([4, 2]))
  check(1100, 700, { size: [9, 7], crop: { policy: 'center' } })
  t.same(wrong, [])
  t.end()
})

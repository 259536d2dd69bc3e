import t from 'tap'
import { fromFloat16, fromFloat16s, toFloat16 } from '../../../operators/records/float16.js'

const half = (value: number) => toFloat16(Float32Array.of(value))[0]

t.test('every float16 comes back from its float32', (t) => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits)
  const back = toFloat16(fromFloat16s(all))
  const isNaN16 = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0
  const wrong = all.filter((bits) => (isNaN16(bits) ? !isNaN16(back[bits]) : back[bits] !== bits))
  t.same(wrong, new Uint16Array(0))
  t.end()
})

t.test('what lies between two goes to the nearer, of two as near to the even one', (t) => {
  // all finite ones in their order; between neighbours a quarter, a half and three quarters of the way
  const wrong: number[] = []
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [a, b] = [fromFloat16(bits), fromFloat16(bits + 1)]
    const even = bits % 2 === 0 ? bits : bits + 1
    const expected = [bits, even, bits + 1]
    const got = [0.25, 0.5, 0.75].map((part) => half(a + part * (b - a)))
    if (got.join() !== expected.join()) wrong.push(bits)
    if (half(-(a + 0.5 * (b - a))) !== (even | 0x8000)) wrong.push(-bits)
  }
  t.same(wrong, [])
  t.same(
    [65504, 65519.99, 65520, 1e9, -Infinity, 0, -0, 1e-8, 2 ** -25, 2 ** -25 * 1.001, 1e-45].map(half),
    [0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 0x8000, 0, 0, 1, 0],
  )
  t.ok(Number.isNaN(fromFloat16(half(NaN))))
  t.end()
})

import t from 'tap'
import { imagesOf } from '../../sources/imagesOf.js'
import { joined } from './contract.js'

const bytes = Uint8Array.from({ length: 5 * 12 }, (_, at) => (at * 41) % 256)
const expected = [...bytes].map((byte) => Math.fround(byte / 255))
const labels = [3, 0, 99, 1, 2]
const shape = [2, 2, 3] as const

t.test('images of arrays of any kind', async (t) => {
  const rows = Array.from({ length: 5 }, (_, i) => bytes.slice(i * 12, (i + 1) * 12))
  const floats = Float64Array.from(bytes, (byte) => byte / 255)
  for (const [name, pixels, options] of [
    ['bytes', bytes, {}],
    ['clamped bytes', Uint8ClampedArray.from(bytes), {}],
    ['an array for each', rows, {}],
    ['doubles', floats, {}],
    ['numbers', [...floats], {}],
    ['numbers of each', rows.map((row) => [...row]), { scale: 255 }],
    ['words', Uint16Array.from(bytes), { scale: 255 }],
  ] as const) {
    const found = await joined(
      imagesOf({ pixels, labels, shape }, { ...options, batchSize: 2, dataset: 'mine', split: 'new' }),
    )
    t.same(
      [found.sizes, found.shape, found.index, found.label],
      [[2, 2, 1], shape, [0, 1, 2, 3, 4], labels],
      name,
    )
    t.same(found.pixels, expected)
  }
  const stream = imagesOf({ pixels: floats, labels: Int32Array.from(labels), shape })
  t.same(await joined(stream), await joined(stream), 'again')
  t.same((await joined(imagesOf({ pixels: [], labels: [], shape }))).index, [])
})

t.test('what does not fit is said at once', (t) => {
  const wrong = (arrays: object, message: RegExp, options = {}, code = 'bad-data') =>
    t.throws(() => imagesOf({ pixels: bytes, labels, shape, ...arrays }, options), { code, message })
  wrong(
    { pixels: bytes.subarray(1) },
    /pixels: expected 60 values, 12 for each of 5 labels \(shape 2 × 2 × 3\), got 59/,
  )
  wrong({ pixels: [[1]], labels: [0] }, /expected 12 values an image \(shape 2 × 2 × 3\), got 1 of image 0/)
  wrong({ pixels: [new Float32Array(12)] }, /expected 5 images, as many as labels/)
  wrong(
    { pixels: [...bytes] },
    /image 0, value 1: expected 0 to 1, got 41; of values from 0 to 255 say \{ scale: 255 \}, or give them as Uint8Array/,
  )
  wrong({ pixels: new Float32Array(60).fill(-0.5) }, /expected 0 to 1, got -0\.5$/)
  wrong({ pixels: new Float32Array(60).fill(NaN) }, /got NaN$/)
  wrong({ labels: [0, 1, 2, 3, 0.5] }, /labels: image 4: expected a whole number from 0, got 0\.5/)
  wrong({ labels: [0, 1, -2, 3, 5] }, /labels: image 2: .*got -2/)
  wrong(
    { shape: [28, 28] },
    /shape: expected height, width and channels, as \[28, 28, 1\], got \[28,28\]/,
    {},
    'bad-option',
  )
  wrong({}, /batchSize/, { batchSize: 0 }, 'bad-option')
  wrong({}, /scale/, { scale: -1 }, 'bad-option')
  wrong({}, /dataset/, { dataset: '' }, 'bad-option')
  t.end()
})

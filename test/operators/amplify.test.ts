import { lastValueFrom, of } from 'rxjs'
import t from 'tap'
import { amplify, AMPLIFY_NORMS, type AmplifyOptions } from '../../operators/amplify.js'
import { randomFor } from '../../operators/random.js'
import { STATUSES } from '../../operators/records/adversarial.js'
import { examplesOf } from '../sinks/records.js'

const VALUES = 784
const ROWS = 30

/** Perturbations of sizes over six decades, some of a single pixel; every third row has none. */
function attacked() {
  const random = randomFor(7, 'amplify')
  const batch = examplesOf(ROWS, 0, 'FC10(1)', VALUES)
  const original = Float32Array.from({ length: ROWS * VALUES }, () => random.uniform())
  const adversarial = original.map((x, at) => {
    const row = Math.floor(at / VALUES)
    const reached = row % 4 > 0 || at % VALUES === row
    return reached
      ? x + 10 ** ((row % 7) - 6) * (0.1 + random.uniform()) * (random.uniform() < 0.5 ? -1 : 1)
      : x
  })
  return { ...batch, original, adversarial }
}

const batch = attacked()
const successful = [...batch.index.keys()].filter((row) => STATUSES[batch.status[row]] === 'success')
const amplified = (size: number, options?: AmplifyOptions) =>
  lastValueFrom(of(batch).pipe(amplify(size, options)))

/** Largest |got − exact|, in half units in the last place of a float32 near the exact value, or of one near 1. */
function worst(got: Float32Array, exact: (row: number, i: number) => number): number {
  let most = 0
  successful.forEach((row, at) => {
    for (let i = 0; i < VALUES; i++) {
      const expected = exact(row, i)
      const unit = 2 ** -24 * Math.max(1, Math.abs(expected))
      most = Math.max(most, Math.abs(got[at * VALUES + i] - expected) / unit)
    }
  })
  return most
}

for (const norm of AMPLIFY_NORMS) {
  t.test(`${norm}: x + size · (x′ − x) over its own ${norm}, to the last place`, async (t) => {
    const unit = Float64Array.from({ length: ROWS }, (_, row) => {
      let squares = 0
      for (let at = row * VALUES; at < (row + 1) * VALUES; at++)
        squares += (batch.adversarial[at] - batch.original[at]) ** 2
      return Math.sqrt(norm === 'rms' ? squares / VALUES : squares)
    })
    for (const size of [1e-3, 0.1, 3]) {
      const shown = await amplified(size, { norm })
      const exact = (row: number, i: number) => {
        const at = row * VALUES + i
        return batch.original[at] + (size * (batch.adversarial[at] - batch.original[at])) / unit[row]
      }
      t.ok(worst(shown.pixels, exact) <= 1.001, `size ${size}: ${worst(shown.pixels, exact)} half units off`)
      t.match(shown, { kind: 'amplified', sourceModel: 'FC10(1)', goal: 'random', split: 'test' })
      const stddev = norm === 'rms' ? size : size / 28
      t.ok(Math.abs(shown.stddev - stddev) < 1e-15, 'stddev is the RMS')
      t.same([...shown.index], successful, 'of the successful rows')
      t.same(
        [...shown.target],
        successful.map((row) => batch.target[row]),
      )
      const sizes = successful.map((_, at) => {
        let squares = 0
        for (let i = at * VALUES; i < (at + 1) * VALUES; i++)
          squares += (shown.pixels[i] - shown.original[i]) ** 2
        return Math.sqrt(norm === 'rms' ? squares / VALUES : squares)
      })
      t.same(
        sizes.filter((found) => Math.abs(found / size - 1) > 1e-4),
        [],
        `every ${norm} is ${size}`,
      )

      const clipped = await amplified(size, { norm, clip: true })
      t.same(
        clipped.pixels,
        shown.pixels.map((x) => Math.min(1, Math.max(0, x))),
        'clip: the same, in the box',
      )
    }
    t.ok(
      (await amplified(3, { norm })).pixels.some((x) => x < 0 || x > 1),
      'which it otherwise leaves',
    )
  })
}

t.test('rms is the default, and a batch without successes stays empty', async (t) => {
  t.same((await amplified(0.1)).pixels, (await amplified(0.1, { norm: 'rms' })).pixels)
  const failed = { ...batch, status: new Uint8Array(ROWS).fill(STATUSES.indexOf('failed')) }
  const none = await lastValueFrom(of(failed).pipe(amplify(0.1)))
  t.match([none.index.length, none.pixels.length, none.stddev], [0, 0, 0.1])
})

t.test('wrong calls', (t) => {
  for (const size of [0, -1, NaN, Infinity, 1e300]) {
    t.throws(() => amplify(size), {
      code: 'bad-option',
      message: `amplify: expected a size over 0 and at most 1000000, got ${size}`,
    })
  }
  t.throws(() => amplify(0.1, { norm: 'linf' as 'l2' }), {
    code: 'bad-option',
    message: /expected the norm rms or l2, got 'linf'/,
  })
  t.end()
})

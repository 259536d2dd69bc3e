import t from 'tap'
import { randomFor } from '../../operators/random.js'
import { bootstrapMean, difference, proportion } from '../../pipelines/statistics.js'

t.test('Wilson intervals, against statsmodels', (t) => {
  // statsmodels.stats.proportion.proportion_confint(count, n, method='wilson')
  const expected: [number, number, number, number][] = [
    [0, 256, 0, 0.01478381],
    [256, 256, 0.98521619, 1],
    [5, 10, 0.236593091, 0.763406909],
    [30, 256, 0.083331288, 0.162362602],
  ]
  const off = expected.flatMap(([count, n, low, high]) => {
    const estimate = proportion(count, n)
    return [
      Math.abs(estimate.low - low),
      Math.abs(estimate.high - high),
      Math.abs(estimate.value - count / n),
    ]
  })
  t.ok(Math.max(...off) < 1e-6, String(off))
  t.ok(Number.isNaN(proportion(0, 0).value))
  t.end()
})

t.test('differences of proportions, against Newcombe 1998', (t) => {
  // Statistics in Medicine 17, p. 873 ff., Table II, method 10: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/10
  const published: [number, number, number, number, number, number][] = [
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
  ]
  const rate = (count: number, n: number) => ({ value: count / n, n })
  for (const [a, m, b, n, low, high] of published) {
    const found = difference(rate(a, m), rate(b, n))
    t.ok(Math.abs(found.low - low) < 5e-5 && Math.abs(found.high - high) < 5e-5, `${a}/${m} − ${b}/${n}`)
  }
  const together = difference(rate(56, 70), rate(48, 80), 30)
  t.ok(together.low < 0 && together.high > 0.3339, 'wider for 30 of them')
  t.end()
})

t.test('the bootstrap of a mean', (t) => {
  const random = randomFor(1, 'test')
  const values = Float64Array.from({ length: 2000 }, () => 3 + random.gaussian())
  const { n, value, low, high } = bootstrapMean(values)
  t.equal(n, 2000)
  t.ok(Math.abs(value - values.reduce((sum, each) => sum + each, 0) / 2000) < 1e-12)
  // of a normal sample: 1.96 / √2000 either way
  t.ok(Math.abs(high - value - 0.0438) < 0.006 && Math.abs(value - low - 0.0438) < 0.006, `${low} ${high}`)
  t.same(bootstrapMean(values.slice().reverse()), { n, value, low, high }, 'whatever the order')
  t.same(bootstrapMean([0.25]), { n: 1, value: 0.25, low: NaN, high: NaN })
  t.ok(Number.isNaN(bootstrapMean([]).value))
  t.end()
})

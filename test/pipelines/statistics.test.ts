import t from 'tap'
import { Mean, proportion } from '../../pipelines/statistics.js'

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

t.test('means in one pass', (t) => {
  const mean = new Mean()
  for (const value of [1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4]) mean.add(value)
  const { n, value, low, high } = mean.estimate
  t.same([n, value], [4, 1e8 + 2.5])
  // 1.959964 · sqrt(5/3) / 2
  t.ok(Math.abs(high - value - 1.265151) < 1e-5 && Math.abs(value - low - 1.265151) < 1e-5, 'normal interval')
  t.end()
})

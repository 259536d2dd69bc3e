import gaussian from 'gaussian'
import { randomFor } from '../operators/random.js'

/** 97.5th percentile of the standard normal. */
const Z = 1.959963984540054
const RESAMPLES = 1000

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly n: number
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * A proportion with its Wilson score interval (Wilson 1927), which also holds at 0 and 1.
 *
 * @param count how many of the n
 * @param z of the interval; default 1.96, 95 %
 */
export function proportion(count: number, n: number, z = Z): Estimate {
  if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
  const p = count / n
  const centre = p + (z * z) / (2 * n)
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return {
    n,
    value: p,
    low: Math.max(0, (centre - half) / scale),
    high: Math.min(1, (centre + half) / scale),
  }
}

/**
 * The difference a − b of two independent proportions with its interval (Newcombe 1998, method 10: made of their Wilson
 * intervals); `n` is the smaller of the two.
 *
 * @param comparisons made together: intervals so wide that all of them hold at once with 95 % (Bonferroni). Default 1.
 */
export function difference(
  a: Pick<Estimate, 'value' | 'n'>,
  b: Pick<Estimate, 'value' | 'n'>,
  comparisons = 1,
): Estimate {
  const z = comparisons === 1 ? Z : gaussian(0, 1).ppf(1 - 0.05 / (2 * comparisons))
  const [p, q] = [a, b].map(({ value, n }) => proportion(value * n, n, z))
  const value = p.value - q.value
  return {
    n: Math.min(a.n, b.n),
    value,
    low: value - Math.hypot(p.value - p.low, q.high - q.value),
    high: value + Math.hypot(p.high - p.value, q.value - q.low),
  }
}

/**
 * The mean of a sample with its percentile bootstrap interval (Efron 1979; 1000 resamples): a function of the values alone,
 * not of their order.
 */
export function bootstrapMean(values: ArrayLike<number>): Estimate {
  const sorted = Float64Array.from(values).sort()
  const n = sorted.length
  if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
  const value = sorted.reduce((sum, each) => sum + each, 0) / n
  const random = randomFor(1, 'bootstrap')
  const means = new Float64Array(RESAMPLES)
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += sorted[random.integer(n)]
    means[resample] = sum / n
  }
  means.sort()
  const at = (share: number) => means[Math.round(share * (RESAMPLES - 1))]
  return { n, value, low: n > 1 ? at(0.025) : NaN, high: n > 1 ? at(0.975) : NaN }
}

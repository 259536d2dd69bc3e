import { normal } from './normal.js'

/** 97.5th percentile of the standard normal. */
const Z = 1.959963984540054

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly n: number
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * A proportion with its Wilson score interval (Wilson 1927), which also holds at 0 and 1, where it ends.
 *
 * @param count how many of the n
 * @param z of the interval; default 1.96, 95 %
 */
export const proportion = (count: number, n: number, z = Z): Estimate => wilson(count / n, n, z)

/** Rows counted: how many there are, how many images they are of, and of how many of them something is so. */
export interface Tally {
  readonly rows: number
  readonly images: number
  readonly count: number
}

/**
 * The share of some rows. Several rows of one image (its targets, seeds of noise) are not independent: they are one
 * cluster, and the N of the interval (Wilson's) is that of the images.
 */
export const rate = ({ rows, images, count }: Tally): Estimate => wilson(count / rows, images, Z)

function wilson(value: number, n: number, z: number): Estimate {
  if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
  const centre = value + (z * z) / (2 * n)
  const half = z * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return around({ n, value, low: (centre - half) / scale, high: (centre + half) / scale }, 0, 1)
}

/** An interval put right where rounding or resampling left its own estimate outside, or itself beyond what there can be. */
export const around = ({ n, value, low, high }: Estimate, least = -Infinity, most = Infinity): Estimate => ({
  n,
  value,
  low: Math.max(least, Math.min(value, low)),
  high: Math.min(most, Math.max(value, high)),
})

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
  const z = comparisons === 1 ? Z : normal().ppf(1 - 0.05 / (2 * comparisons))
  const [p, q] = [a, b].map(({ value, n }) => wilson(value, n, z))
  const value = p.value - q.value
  const low = value - Math.hypot(p.value - p.low, q.high - q.value)
  const high = value + Math.hypot(p.high - p.value, q.value - q.low)
  return around({ n: Math.min(a.n, b.n), value, low, high }, -1, 1)
}

/** Cliff's δ: how much more often a value of a is above one of b than below, in [−1, 1] (Cliff 1993). */
export function cliffsDelta(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sorted = Float64Array.from(b).sort()
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const below = countBelow(sorted, a[i], false)
    const atMost = countBelow(sorted, a[i], true)
    sum += below - (sorted.length - atMost)
  }
  return sum / (a.length * sorted.length)
}

/** p-values of several tests made together, adjusted so that all errors together are at most 5 % likely (Holm 1979). */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j])
  const adjusted = new Array<number>(values.length).fill(NaN)
  let most = 0
  order.forEach((i, place) => {
    most = Math.max(most, Math.min(1, values[i] * (values.length - place)))
    adjusted[i] = most
  })
  return adjusted
}

/** How many of sorted values are below a value, or at most it. */
function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1
    else high = middle
  }
  return low
}

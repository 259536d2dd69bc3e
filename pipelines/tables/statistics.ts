import gaussian from 'gaussian'
import { randomFor } from '../../operators/random.js'

/** 97.5th percentile of the standard normal. */
const Z = 1.959963984540054
const RESAMPLES = 1000
/** Random numbers that are kept, 8 MB. */
const KEPT = 2 ** 20

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

/** Without what rounding and resampling leave: an interval has its own estimate in it, and no more than there can be. */
const around = ({ n, value, low, high }: Estimate, least = -Infinity, most = Infinity): Estimate => ({
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
  const z = comparisons === 1 ? Z : gaussian(0, 1).ppf(1 - 0.05 / (2 * comparisons))
  const [p, q] = [a, b].map(({ value, n }) => wilson(value, n, z))
  const value = p.value - q.value
  const low = value - Math.hypot(p.value - p.low, q.high - q.value)
  const high = value + Math.hypot(p.high - p.value, q.value - q.low)
  return around({ n: Math.min(a.n, b.n), value, low, high }, -1, 1)
}

/**
 * The mean of a sample with its percentile bootstrap interval (Efron 1979; 1000 resamples): a function of the values alone,
 * not of their order.
 *
 * @param images what each value is of: several values of one image are drawn together, and `n` is that of the images.
 * Default: each is of its own.
 */
export function bootstrapMean(values: ArrayLike<number>, images?: ArrayLike<number | string>): Estimate {
  const clusters = clustersOf(values, images)
  const n = clusters.sums.length
  if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
  const numbers = numbersFor('bootstrap', RESAMPLES * n)
  const means = Float64Array.from({ length: RESAMPLES }, () => resampledMean(clusters, numbers(n))).sort()
  const [low, high] = n > 1 ? ends(means) : [NaN, NaN]
  return around({ n, value: meanOf(clusters), low, high })
}

/** The difference of the means of two independent samples, a − b, with its percentile bootstrap interval; `n` is the smaller. */
export function bootstrapDifference(a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
  const [left, right] = [clustersOf(a), clustersOf(b)]
  const n = Math.min(left.sums.length, right.sums.length)
  if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
  const [many, others] = [left.sums.length, right.sums.length]
  const numbers = numbersFor('bootstrap difference', RESAMPLES * (many + others))
  const differences = Float64Array.from(
    { length: RESAMPLES },
    () => resampledMean(left, numbers(many)) - resampledMean(right, numbers(others)),
  ).sort()
  const [low, high] = n > 1 ? ends(differences) : [NaN, NaN]
  return around({ n, value: meanOf(left) - meanOf(right), low, high })
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

/** Values by what they are of, in an order that is theirs. */
interface Clusters {
  readonly sums: Float64Array
  readonly sizes: Float64Array
  /** All sizes are 1. */
  readonly alone: boolean
}

function clustersOf(values: ArrayLike<number>, images?: ArrayLike<number | string>): Clusters {
  if (!images) {
    const sizes = new Float64Array(values.length).fill(1)
    return { sums: Float64Array.from(values).sort(), sizes, alone: true }
  }
  const own = new Map<number | string, number[]>()
  for (let i = 0; i < values.length; i++) {
    const others = own.get(images[i])
    if (others) others.push(values[i])
    else own.set(images[i], [values[i]])
  }
  const clusters = [...own.values()].map((each) => ({
    size: each.length,
    sum: Float64Array.from(each)
      .sort()
      .reduce((sum, value) => sum + value, 0),
  }))
  clusters.sort((a, b) => a.sum / a.size - b.sum / b.size || a.size - b.size)
  return {
    sums: Float64Array.from(clusters, ({ sum }) => sum),
    sizes: Float64Array.from(clusters, ({ size }) => size),
    alone: false,
  }
}

const beginnings = new Map<string, Float64Array>()

/**
 * Gives so many numbers in [0, 1) at a time, until the next call, always the same ones. Where they are few they are
 * remembered, since a report makes thousands of bootstraps and drawing takes most of their time.
 */
function numbersFor(purpose: string, most: number): (n: number) => Float64Array {
  const random = randomFor(1, purpose)
  if (most > KEPT) return (n) => Float64Array.from({ length: n }, () => random.uniform())
  const found = beginnings.get(purpose) ?? Float64Array.from({ length: KEPT }, () => random.uniform())
  beginnings.set(purpose, found)
  let at = 0
  return (n) => found.subarray(at, (at += n))
}

/** @param numbers [clusters] in [0, 1) */
function resampledMean({ sums, sizes, alone }: Clusters, numbers: Float64Array): number {
  const n = sums.length
  let sum = 0
  // where each value is its own cluster their sizes need no adding up; a fifth of the time
  if (alone) {
    for (let i = 0; i < n; i++) sum += sums[(numbers[i] * n) | 0]
    return sum / n
  }
  let size = 0
  for (let i = 0; i < n; i++) {
    const drawn = (numbers[i] * n) | 0
    sum += sums[drawn]
    size += sizes[drawn]
  }
  return sum / size
}

const sumOf = (values: Float64Array) => values.reduce((sum, each) => sum + each, 0)
const meanOf = ({ sums, sizes }: Clusters) => sumOf(sums) / sumOf(sizes)

/** The 2.5th and the 97.5th percentile. */
function ends(sorted: Float64Array): readonly [low: number, high: number] {
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]
  return [at(0.025), at(0.975)]
}

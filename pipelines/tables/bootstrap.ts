import { randomFor } from '../../operators/random.js'
import { around, type Estimate } from './statistics.js'

const RESAMPLES = 1000
/** The most random numbers of a purpose that are remembered: 8 MB. */
const KEPT = 2 ** 20

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

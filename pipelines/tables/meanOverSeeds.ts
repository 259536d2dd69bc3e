import { createRequire } from 'node:module'
import { around, type Estimate } from './statistics.js'

const require = createRequire(import.meta.url)

/** The numbers that there can be, and how many intervals hold at once. */
export interface SeedsOptions {
  readonly least?: number
  readonly most?: number
  /** Comparisons made together: intervals so wide that all of them hold at once with 95 % (Bonferroni). Default 1. */
  readonly comparisons?: number
}

/** How many standard errors a 95 % interval reaches to either side, by Student's t. */
export function reach(degrees: number, comparisons = 1): number {
  // as CommonJS it is compiled at once; as a module it would have to be awaited, and this library could not be required
  const { stdtri } = require('cephes') as typeof import('cephes')
  return stdtri(degrees, 1 - 0.05 / (2 * comparisons))
}

/**
 * The mean of one number per seed with its 95 % interval by Student's t (Student 1908), whose `n` is that of the seeds: what
 * other seeds would give. One seed has no interval; NaN is none.
 */
export function meanOverSeeds(
  values: readonly number[],
  { least, most, comparisons }: SeedsOptions = {},
): Estimate {
  // sums depend on the order of their terms
  const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const n = known.length
  const value = known.reduce((sum, one) => sum + one, 0) / n
  if (n < 2) return { n, value, low: NaN, high: NaN }
  const squares = known.reduce((sum, one) => sum + (one - value) ** 2, 0)
  const half = reach(n - 1, comparisons) * Math.sqrt(squares / (n - 1) / n)
  return around({ n, value, low: value - half, high: value + half }, least, most)
}

import { normal } from './normal.js'

/** Ways to deal values out, equal ones as one, that are gone through one by one. */
const MOST_WAYS = 2 ** 15
/** Groups of equal values that are gone through one by one, at most: each is a call within the one before. */
const MOST_GROUPS = 2000
const STEPS = 100

/**
 * Two-sided p-value of the permutation test of a difference in means: the share of ways to deal the values out again, as
 * many to either sample, that are at least as far apart. A function of the values alone, and not of permutations that are
 * drawn, so that it has no least value but that of the samples themselves: a difference that is large enough stays
 * significant after any correction for the number of comparisons.
 *
 * Small samples are gone through one way after the other. Of larger ones either tail is the saddlepoint approximation of
 * the distribution of a sum without replacement (Robinson 1982; Booth and Butler 1990, as r* of Barndorff-Nielsen), whose
 * relative error stays small however far out it is; where the values lie on a lattice, such as purities, a half step of it
 * is taken off.
 */
export function permutationTest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  // sorted, and of two that are as many the larger ones: the same bits whichever comes first
  const [few, many] = [a, b]
    .map((values) => Float64Array.from(values).sort())
    .sort((x, y) => x.length - y.length || sumOf(y) - sumOf(x))
  if (few.length === 0) return NaN
  const all = Float64Array.from([...few, ...many]).sort()
  const n = few.length
  const rounding = 1e-9 * all.reduce((sum, value) => sum + Math.abs(value), 0)
  // of equal splits the sum of one sample tells how far apart the means are
  const expected = (sumOf(all) * n) / all.length
  const apart = Math.abs(sumOf(few) - expected) - rounding
  if (!(apart > 0)) return 1
  const groups = equalsOf(all)
  // of the largest group as many as are left
  const sizes = groups.map(({ count }) => count + 1).sort((x, y) => x - y)
  const ways = sizes.slice(0, -1).reduce((log, size) => log + Math.log(size), 0)
  const isFew = Math.min(ways, logBinomial(all.length, n)) <= Math.log(MOST_WAYS)
  if (isFew && groups.length <= MOST_GROUPS)
    return Math.min(1, counted(groups, all.length, n, expected, apart))
  const mirrored = all.map((value) => -value).reverse()
  const p = upperTail(all, n, expected + apart) + upperTail(mirrored, n, apart - expected)
  // beyond the range of a double
  return Math.min(1, Math.max(Number.MIN_VALUE, p))
}

/** Equal values of both samples together. */
interface Equals {
  readonly value: number
  readonly count: number
}

function equalsOf(sorted: Float64Array): readonly Equals[] {
  const all: { value: number; count: number }[] = []
  for (const value of sorted) {
    const last = all.at(-1)
    if (last?.value === value) last.count++
    else all.push({ value, count: 1 })
  }
  return all
}

/** The share of all ways to choose n of the values whose sum is so far from the expected one, by how many of which equals. */
function counted(groups: readonly Equals[], N: number, n: number, expected: number, apart: number): number {
  const all = logBinomial(N, n)
  const ways = groups.map(({ count }) => Array.from({ length: count + 1 }, (_, j) => logBinomial(count, j)))
  let beyond = 0
  const choose = (at: number, left: number, others: number, sum: number, log: number) => {
    if (left === 0) {
      if (Math.abs(sum - expected) >= apart) beyond += Math.exp(log - all)
      return
    }
    const { value, count } = groups[at]
    for (let j = Math.max(0, left - (others - count)); j <= Math.min(count, left); j++)
      choose(at + 1, left - j, others - count, sum + j * value, log + ways[at][j])
  }
  choose(0, n, N, 0, 0)
  return beyond
}

/**
 * The probability that the sum of n of the values, drawn without replacement, reaches a sum above the expected one.
 *
 * @param sorted ascending
 */
function upperTail(sorted: Float64Array, n: number, reached: number): number {
  const N = sorted.length
  const largest = sorted.subarray(N - n)
  const most = sumOf(largest)
  if (reached > most) return 0
  const step = latticeOf(sorted)
  const least = sumOf(sorted.subarray(0, n))
  // the least sum that reaches it, less half a step
  const from = least + step * Math.ceil((reached - least) / step - 1e-6)
  const slack = step === 0 ? 1e-9 * (most - least) : step / 2
  if ((step === 0 ? reached : from) > most - slack) {
    // only those that are the largest: all ways to choose among equals at the edge
    const isEdge = (value: number) => value === largest[0]
    const ways = logBinomial(sorted.filter(isEdge).length, largest.filter(isEdge).length)
    return Math.exp(ways - logBinomial(N, n))
  }
  return saddlepoint(sorted, n, step === 0 ? reached : from - slack)
}

/**
 * P(Σ x z ≥ s | Σ z = n) for N independent z of 0 and 1 with P(z = 1) = n/N: how a sample without replacement is
 * distributed. With K(τ, t) = Σ log(1 − f + f exp(τ + t x)), f = n/N, and its saddlepoint K' = (n, s):
 * w = √(2(tₛ s + τₛ n − K)), u = t √(det K'' / (N f (1 − f))), and P ≈ Φ(−w − log(u/w)/w).
 */
function saddlepoint(values: Float64Array, n: number, s: number): number {
  const N = values.length
  const mean = sumOf(values) / N
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / N)
  const x = values.map((value) => (value - mean) / deviation)
  const goal = (s - n * mean) / deviation
  const logit = Math.log(n / (N - n))
  const rest = Math.log1p(-n / N)
  const at = (tau: number, t: number) => {
    const k = { tau, t, value: -tau * n - t * goal, a: -n, b: -goal, aa: 0, ab: 0, bb: 0 }
    for (const value of x) {
      const e = logit + tau + t * value
      const p = 1 / (1 + Math.exp(-e))
      k.value += rest + Math.max(0, e) + Math.log1p(Math.exp(-Math.abs(e)))
      k.a += p
      k.b += p * value
      k.aa += p * (1 - p)
      k.ab += p * (1 - p) * value
      k.bb += p * (1 - p) * value * value
    }
    return k
  }
  const determinant = ({ aa, ab, bb }: ReturnType<typeof at>) => aa * bb - ab * ab
  // K less its tangent is convex: Newton's steps, halved where they go too far
  let now = at(0, 0)
  for (let i = 0; i < STEPS; i++) {
    const det = determinant(now)
    const [tau, t] = [(now.ab * now.b - now.bb * now.a) / det, (now.ab * now.a - now.aa * now.b) / det]
    // what a step promises to take off, in nats: far below what changes p
    if (!(-(now.a * tau + now.b * t) > 1e-10)) break
    let size = 1
    let next = at(now.tau + tau, now.t + t)
    while (!(next.value <= now.value) && size > 1e-6) {
      size /= 2
      next = at(now.tau + size * tau, now.t + size * t)
    }
    if (!(next.value < now.value)) break
    now = next
  }
  const w = Math.sign(now.t) * Math.sqrt(Math.max(0, -2 * now.value))
  const u = now.t * Math.sqrt(determinant(now) / ((n * (N - n)) / N))
  // in the middle both are 0
  if (Math.abs(w) < 1e-4) return 0.5
  return normal().cdf(-(w + Math.log(u / w) / w))
}

/** The step of the lattice that sorted values lie on; 0 where they lie on none. */
function latticeOf(sorted: Float64Array): number {
  const range = sorted[sorted.length - 1] - sorted[0]
  const gaps = Array.from(sorted.subarray(1), (value, i) => value - sorted[i]).filter(
    (gap) => gap > 1e-9 * range,
  )
  const step = Math.min(...gaps)
  const isWhole = (gap: number) => Math.abs(gap / step - Math.round(gap / step)) < 1e-6
  return gaps.length > 0 && gaps.every(isWhole) ? step : 0
}

function logBinomial(n: number, k: number): number {
  let log = 0
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i)
  return log
}

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0)

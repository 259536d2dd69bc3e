import { solveQP } from 'quadprog'
import { dot, type HalfSpaces } from './affine.js'

/** What weak duality proves of the least norm; where the two agree they are it. */
export interface LeastNorm {
  /** A value of the dual, √(2 g): no perturbation in the region and the box is shorter. */
  readonly atLeast: number
  /** ‖r‖ of the primal point that belongs to it. */
  readonly norm: number
  /** By how much that point misses a half-space at most, relative to its normal's length. */
  readonly violation: number
}

const ROUNDS = 200
/** Keeps the model of the dual positive definite where fewer pixels are free than there are half-spaces. */
const RIDGE = 1e-9

/**
 * The quadratic programme of `leastNorm`, for images: the pixels' bounds are eliminated, one multiplier for each
 * half-space is left. For multipliers λ ≥ 0 the minimiser over the box is r(λ) = P(x + Σ λ a) − x, and the concave
 * dual g(λ) = ½ ‖r‖² − Σ λ (a · r − offset) is maximised by Newton steps on the pixels that are free, each a
 * programme of quadprog's, with a line search on g.
 */
export function leastNormByDual(
  x: ArrayLike<number>,
  region: HalfSpaces,
  [low, high]: readonly [number, number],
): LeastNorm {
  const at = (multipliers: readonly number[]) => {
    const moved = Float64Array.from(x)
    region.forEach(({ normal }, j) => {
      if (multipliers[j] > 0) normal.forEach((a, i) => (moved[i] += multipliers[j] * a))
    })
    const free: number[] = []
    const r = moved.map((value, i) => {
      if (value > low && value < high) free.push(i)
      return Math.min(high, Math.max(low, value)) - x[i]
    })
    const short = region.map(({ normal, offset }) => offset - dot(normal, r))
    return { multipliers, free, short, square: dot(r, r), value: dot(r, r) / 2 + dot(multipliers, short) }
  }

  let best = at(region.map(() => 0))
  for (let round = 0; round < ROUNDS; round++) {
    const step = newtonStep(region, best)
    const slope = dot(step, best.short)
    if (!(slope > 1e-15 * best.value)) break
    const from = best
    for (let length = 1; length > 1e-6; length /= 2) {
      const next = at(from.multipliers.map((value, j) => Math.max(0, value + length * step[j])))
      if (next.value < from.value + 1e-4 * length * slope) continue
      best = next
      break
    }
    if (best === from) break
  }
  return {
    atLeast: Math.sqrt(2 * Math.max(0, best.value)),
    norm: Math.sqrt(best.square),
    violation: Math.max(
      ...best.short.map((short, j) => short / Math.sqrt(dot(region[j].normal, region[j].normal))),
    ),
  }
}

/** The step d with multipliers + d ≥ 0 that maximises short · d − ½ dᵀ (A Aᵀ + ridge) d, A on the free pixels. */
function newtonStep(
  region: HalfSpaces,
  point: { multipliers: readonly number[]; free: readonly number[]; short: readonly number[] },
): number[] {
  const onFree = region.map(({ normal }) => Float64Array.from(point.free, (i) => normal[i]))
  const gram = onFree.map((a) => onFree.map((b) => dot(a, b)))
  const scale = Math.max(...region.map(({ normal }) => dot(normal, normal)))
  const identity = region.map((_, j) => region.map((__, k) => (j === k ? 1 : 0)))
  const { solution, message } = solveQP(
    [[], ...gram.map((row, j) => [0, ...row.map((value, k) => value + (j === k ? RIDGE * scale : 0))])],
    [0, ...point.short],
    [[], ...identity.map((row) => [0, ...row])],
    [0, ...point.multipliers.map((value) => -value)],
  )
  if (message !== '') throw new Error(`quadprog: ${message}`)
  return solution.slice(1)
}

/** A function's value and gradient at a point. */
export interface Valuation {
  readonly value: number
  readonly gradient: Float64Array
}

/** Options of `lbfgs`. */
export interface LbfgsOptions {
  /** Iterations at most. */
  readonly iterations: number
  /** Length of the gradient at which it has converged. */
  readonly tolerance: number
  /** Share of the value: it has converged, too, when ten iterations lower the value by less. */
  readonly progress: number
  /** Pairs (s, y) that are remembered. */
  readonly memory: number
}

/** Where an iteration led. */
export interface LbfgsIterate {
  /** Number of the iteration, from 1. */
  readonly iteration: number
  readonly value: number
  readonly gradientNorm: number
  /** The point; not to be written to. */
  readonly point: Float64Array
}

/** Sufficient decrease and curvature (Nocedal and Wright 2006, eq. 3.6, their constants for quasi-Newton). */
const DECREASE = 1e-4
const CURVATURE = 0.9
const TRIES = 10
const STALLED_AFTER = 10
/**
 * Relative noise of a function whose terms come from float32 products. A value within it is judged by its slope
 * (the approximate Wolfe condition, Hager and Zhang 2005, eq. 4.1).
 */
const NOISE = 1e-7

/**
 * Minimises a smooth function of many variables by L-BFGS with a Wolfe line search (Nocedal and Wright 2006,
 * algorithms 7.4 and 7.5; the search by bracketing of Lewis and Overton 2013). Ends where the gradient is
 * small, where iterations no longer get anywhere, or after `iterations`.
 */
export async function* lbfgs(
  start: Float64Array,
  valueAt: (point: Float64Array) => Promise<Valuation>,
  { iterations, tolerance, progress, memory }: LbfgsOptions,
): AsyncGenerator<LbfgsIterate, void, undefined> {
  let point = start
  let here = await valueAt(point)
  let pairs: Pair[] = []
  const values = [here.value]
  for (let iteration = 1; iteration <= iterations; iteration++) {
    if (norm(here.gradient) <= tolerance) return
    const direction = descent(here.gradient, pairs)
    const slope = dot(direction, here.gradient)
    const first = pairs.length === 0 ? Math.min(1, 1 / norm(here.gradient)) : 1
    const found = await search(valueAt, point, here, direction, slope, first)
    if (found === undefined) {
      if (pairs.length === 0) return
      pairs = [] // the history may mislead: once more along the gradient itself
      continue
    }
    const pair = pairOf(point, here, found)
    if (pair !== undefined) pairs = [...pairs, pair].slice(-memory)
    ;({ point, here } = found)
    const before = values.at(-STALLED_AFTER)
    values.push(here.value)
    yield { iteration, value: here.value, gradientNorm: norm(here.gradient), point }
    if (before !== undefined && before - here.value < progress * Math.abs(before)) return
  }
}

interface Pair {
  readonly s: Float64Array
  readonly y: Float64Array
  readonly rho: number
}

interface Found {
  readonly point: Float64Array
  readonly here: Valuation
}

/** −H·g by the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const d = gradient.map((g) => -g)
  const alphas: number[] = []
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, d)
    alphas.unshift(alpha)
    add(d, -alpha, y)
  }
  const last = pairs.at(-1)
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y))
    for (let i = 0; i < d.length; i++) d[i] *= scale
  }
  pairs.forEach(({ s, y, rho }, i) => add(d, alphas[i] - rho * dot(y, d), s))
  return d
}

/** A point that satisfies both Wolfe conditions, or undefined after `TRIES` evaluations. */
async function search(
  valueAt: (point: Float64Array) => Promise<Valuation>,
  from: Float64Array,
  start: Valuation,
  direction: Float64Array,
  slope: number,
  first: number,
): Promise<Found | undefined> {
  let low = 0
  let high = Infinity
  let step = first
  let best: Found | undefined
  for (let tries = 0; tries < TRIES; tries++) {
    const point = from.slice()
    add(point, step, direction)
    const here = await valueAt(point)
    const slopeHere = dot(direction, here.gradient)
    const decreased = here.value <= start.value + DECREASE * step * slope
    const level = here.value <= start.value + NOISE * Math.abs(start.value)
    if (!decreased && !(level && slopeHere <= (2 * DECREASE - 1) * slope)) {
      // the parabola through the start's value and slope and this value, kept off the ends
      const parabola = (-slope * step * step) / (2 * (here.value - start.value - slope * step))
      high = step
      const width = high - low
      step = Math.min(
        high - 0.1 * width,
        Math.max(low + 0.1 * width, low === 0 ? parabola : (low + high) / 2),
      )
      if (Number.isNaN(step)) step = (low + high) / 2
      continue
    }
    best = { point, here }
    if (slopeHere >= CURVATURE * slope) return best
    low = step
    step = high === Infinity ? 2 * step : (low + high) / 2
  }
  return best
}

function pairOf(point: Float64Array, here: Valuation, found: Found): Pair | undefined {
  const s = found.point.map((value, i) => value - point[i])
  const y = found.here.gradient.map((value, i) => value - here.gradient[i])
  const sy = dot(s, y)
  return sy > 1e-12 * norm(s) * norm(y) ? { s, y, rho: 1 / sy } : undefined
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a))
}

function add(to: Float64Array, factor: number, from: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * from[i]
}

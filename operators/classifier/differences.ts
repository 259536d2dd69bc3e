import { randomFor } from '../random.js'

/** A gradient beside what differences of the logits say, along a direction of one image. */
export interface Probe {
  /** The image's place in the batch. */
  readonly row: number
  /** The value of the image, where the direction is that alone. */
  readonly pixel: number | undefined
  /** The gradient along the direction, per unit of length. */
  readonly gradient: number
  /** The central difference that is nearest to it. */
  readonly difference: number
  /** Whether they agree within what float32 and kinks leave open. */
  readonly agrees: boolean
  /** Whether rounding leaves so little open that they would not agree by chance. */
  readonly tells: boolean
}

interface Asked {
  readonly logits: (pixels: Float32Array) => Float32Array
  readonly pixels: Float32Array
  readonly rows: number
  readonly classes: number
  /** [rows × classes] */
  readonly weights: Float32Array
  /** [rows × values] */
  readonly gradient: Float32Array
  /** Width of the box. */
  readonly range: number
  readonly seed: number
}

/** Steps, as shares of the box: a large one rounds less, a small one sees fewer kinks. */
const STEPS = [1e-2, 2e-3, 4e-4]
/** Directions of each kind. */
const EACH = 6
/** What they may differ by, as a share: curvature. */
const SHARE = 0.02
/** And as a share of the slope that is usual in this many values: the many small kinks on the way. */
const SHARE_OF_USUAL = 0.1
/** And as a multiple of what the next smaller step changes: large slopes that nearly cancel leave their kinks. */
const SPREADS = 2
/** Rounding of a logit in float32, as a share of the largest; sums of thousands of terms are off by more than one. */
const ROUNDING = 2 ** -20

/**
 * Compares a gradient with central differences: along itself, along random directions, and along single values, those with the
 * largest slope and some at random. At a kink, such as a ReLU's, any slope between those on either side is right.
 */
export function probes(asked: Asked): readonly Probe[] {
  const { pixels, rows, seed } = asked
  const size = pixels.length / rows
  return Array.from({ length: rows }).flatMap((_, row) => {
    const random = randomFor(seed, 'differences', row)
    const own = asked.gradient.subarray(row * size, (row + 1) * size)
    const largest = [...own.keys()].sort((a, b) => Math.abs(own[b]) - Math.abs(own[a])).slice(0, EACH)
    const single = [...largest, ...Array.from({ length: EACH }, () => Math.floor(random.uniform() * size))]
    const wide = [own, ...Array.from({ length: EACH }, () => Float64Array.from(own, () => random.gaussian()))]
    return [
      ...wide.flatMap((direction) => {
        const length = norm(direction)
        return length > 0
          ? [{ unit: Float64Array.from(direction, (value) => value / length), pixel: undefined }]
          : []
      }),
      ...[...new Set(single)].map((pixel) => ({
        unit: Float64Array.from(own, (_, i) => Number(i === pixel)),
        pixel,
      })),
    ].map(({ unit, pixel }) => probe(asked, row, unit, pixel))
  })
}

function norm(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2
  return Math.sqrt(sum)
}

function probe(asked: Asked, row: number, unit: Float64Array, pixel: number | undefined): Probe {
  const { pixels, rows, classes, weights, range } = asked
  const size = pixels.length / rows
  const from = pixels.subarray(row * size, (row + 1) * size)
  const slope = unit.reduce((sum, value, i) => sum + value * asked.gradient[row * size + i], 0)
  const weigh = weights.subarray(row * classes, (row + 1) * classes)
  // a direction of many values is a long step in all of them
  const longest = unit.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const steps = STEPS.map((share) => (share * range) / longest)
  const points = new Float32Array((1 + 2 * steps.length) * size)
  points.set(from)
  steps.forEach((step, s) => {
    for (let i = 0; i < size; i++) {
      points[(1 + 2 * s) * size + i] = from[i] + step * unit[i]
      points[(2 + 2 * s) * size + i] = from[i] - step * unit[i]
    }
  })
  const logits = asked.logits(points)
  const at = (point: number) => weigh.reduce((sum, w, k) => sum + w * logits[point * classes + k], 0)
  // the way that was gone, which float32 rounds
  const gone = (point: number) => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += unit[i] * (points[point * size + i] - from[i])
    return Math.abs(sum)
  }
  const most = weigh.reduce((sum, w, k) => sum + Math.abs(w * logits[k]), 0) + Number.MIN_VALUE
  const own = asked.gradient.subarray(row * size, (row + 1) * size)
  const usual = (SHARE_OF_USUAL * norm(own)) / Math.sqrt(size)
  const taken = steps.map((_, s) => {
    const [ahead, behind] = [gone(1 + 2 * s), gone(2 + 2 * s)]
    const sides = [(at(1 + 2 * s) - at(0)) / ahead, (at(0) - at(2 + 2 * s)) / behind]
    const difference = (at(1 + 2 * s) - at(2 + 2 * s)) / (ahead + behind)
    const rounding = (2 * ROUNDING * most) / (ahead + behind)
    return { difference, low: Math.min(...sides), high: Math.max(...sides), rounding }
  })
  const found = taken.map((one, s) => {
    const { difference, rounding } = one
    const size = Math.max(Math.abs(difference), Math.abs(slope))
    const next = s + 1 < taken.length ? taken[s + 1].difference : difference
    const open = SHARE * size + usual + rounding + SPREADS * Math.abs(difference - next)
    return { ...one, agrees: Math.abs(difference - slope) <= open, tells: rounding < 0.2 * size }
  })
  // the largest step rounds least
  const telling = found.filter(({ tells }) => tells)
  const looked = telling.length > 0 ? telling : found.slice(0, 1)
  const { low, high, rounding } = looked[looked.length - 1]
  const isBetween = slope >= low - rounding && slope <= high + rounding
  const [nearest] = [...looked].sort(
    (a, b) => Math.abs(a.difference - slope) - Math.abs(b.difference - slope),
  )
  return {
    ...{ row, pixel, gradient: slope, difference: nearest.difference },
    agrees: isBetween || looked.some(({ agrees }) => agrees),
    tells: telling.length > 0,
  }
}

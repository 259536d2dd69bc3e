import { BlindspotError } from '../errors.js'

/** Least and largest value of a pixel. */
export type Box = readonly [low: number, high: number]

/** The box of images as sources give them. */
export const UNIT_BOX: Box = [0, 1]

/** Nearest value of the box; NaN stays. */
export function clip(x: number, [low, high]: Box): number {
  return x < low ? low : x > high ? high : x
}

/** Whether and to what values are clipped: true to the images' own box. */
export type Clip = boolean | Box

/** @throws BlindspotError `bad-option` for a box that `owner` cannot clip to */
export function checkClip(owner: string, clip: Clip): void {
  if (typeof clip === 'boolean' || (clip[0] < clip[1] && clip[1] - clip[0] < Infinity)) return
  throw new BlindspotError(
    'bad-option',
    `${owner}: clip: expected true, false or [low, high] with low < high, got ${String(clip)}`,
  )
}

/** The values as `to` says, of images of a box. */
export function clipped(values: Float32Array, to: Clip, own: Box = UNIT_BOX): Float32Array {
  if (to === false) return values
  const box = to === true ? own : to
  return values.map((value) => clip(value, box))
}

/** The values as shares of the box: 0 at its low end, 1 at its high one. */
export function shares(values: Float32Array, [low, high]: Box = UNIT_BOX): Float32Array {
  return low === 0 && high === 1 ? values : values.map((value) => (value - low) / (high - low))
}

/** Σ (a − b)² in double precision. */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const d = a[i] - b[i]
    sum += d * d
  }
  return sum
}

/** How far `moveInward` goes at most: a share of the box. */
const BESIDE = 1e-3
/** Multiples of it are spread evenly over [0, 1). */
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * Moves each value a little towards the bound that is further from it, by amounts that no filter takes for a plain
 * surface: out of a kink, as of ReLUs whose inputs are all 0, where there is no gradient.
 */
export function moveInward(x: Float32Array, [low, high]: Box): void {
  for (let i = 0; i < x.length; i++) {
    const far = x[i] - low < high - x[i] ? high : low
    x[i] += BESIDE * (((i + 1) * GOLDEN) % 1) * (far - x[i])
  }
}

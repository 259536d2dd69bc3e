import { BlindspotError } from '../errors.js'

/** Least and largest value of a pixel. */
export type Box = readonly [low: number, high: number]

/** Largest size of what values are scaled and moved by: float32 has room for its square, and for sums of that. */
export const LARGEST_VALUE = 1e9
/** Smallest width of a box, and smallest of what values are divided by. */
export const SMALLEST_WIDTH = 1e-6
/** How many widths of a box a value may be from it, so that float32 still tells 256 levels of the box apart beside it. */
export const FARTHEST_WIDTHS = 1e4
/** Largest noise or perturbation, in units of pixels from 0 to 1. */
export const LARGEST_PERTURBATION = 1e6

/** A power of ten as a message has it: 1e9. */
export const powerText = (value: number): string => value.toExponential().replace('e+', 'e')

/** What of a box is wrong, as `expected …`, or undefined: float32 has to have its ends and the pixels between them. */
export function boxFault(box: unknown): string | undefined {
  const ends: readonly unknown[] = Array.isArray(box) ? box : []
  const [low, high] = ends
  if (ends.length !== 2 || typeof low !== 'number' || typeof high !== 'number' || !(low < high))
    return 'expected [low, high] with low < high'
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (size <= LARGEST_VALUE && high - low >= Math.max(SMALLEST_WIDTH, size / FARTHEST_WIDTHS))
    return undefined
  return (
    `expected [low, high] from -${powerText(LARGEST_VALUE)} to ${powerText(LARGEST_VALUE)}, at least ${powerText(SMALLEST_WIDTH)} apart and ` +
    `a ${FARTHEST_WIDTHS}th of the larger, so that float32 tells pixels apart`
  )
}

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
  const fault = typeof clip === 'boolean' ? undefined : boxFault(clip)
  if (fault === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${owner}: clip: ${fault.replace('expected', 'expected true, false or')}, got ${String(clip)}`,
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

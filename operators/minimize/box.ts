/** Least and largest value of a pixel. */
export type Box = readonly [low: number, high: number]

/** The box of images as sources give them. */
export const UNIT_BOX: Box = [0, 1]

/** Nearest value of the box; NaN stays. */
export function clip(x: number, [low, high]: Box): number {
  return x < low ? low : x > high ? high : x
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

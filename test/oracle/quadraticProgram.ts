import { solveQP } from 'quadprog'
import { dot, type HalfSpaces } from './affine.js'

/**
 * ‖r‖ of the exact optimum: minimise ‖r‖² subject to normal · r ≥ offset for each half-space and
 * low ≤ x + r ≤ high, all constraints given to quadprog as they are. O(n³): for up to some hundred pixels.
 */
export function leastNorm(
  x: ArrayLike<number>,
  region: HalfSpaces,
  [low, high]: readonly [number, number],
): number {
  const n = x.length
  const unit = (i: number, sign: number) => Float64Array.from(x, (_, j) => (i === j ? sign : 0))
  const constraints = [
    ...region,
    ...Array.from(x, (value, i) => ({ normal: unit(i, 1), offset: low - value })),
    ...Array.from(x, (value, i) => ({ normal: unit(i, -1), offset: value - high })),
  ]
  const fromOne = (values: readonly number[]) => [0, ...values]
  const rows = Array.from({ length: n }, (_, i) => i)
  const { solution, message } = solveQP(
    [[], ...rows.map((i) => fromOne([...unit(i, 1)]))],
    fromOne(rows.map(() => 0)),
    [[], ...rows.map((i) => fromOne(constraints.map(({ normal }) => normal[i])))],
    fromOne(constraints.map(({ offset }) => offset)),
  )
  if (message !== '') throw new Error(`quadprog: ${message}`)
  const r = solution.slice(1)
  return Math.sqrt(dot(r, r))
}

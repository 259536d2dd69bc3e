import type { ActivationBatch } from '../records/activation.js'
import { projectionOn } from '../tensor/projection.js'
import { dot, lengthsOf } from './basis.js'
import { Extremes, type Origins } from './extremes.js'
import type { RankMemory } from './kernel.js'
import { productsWith } from './products.js'
import type { Ranking } from './ranking.js'
import { stripsOf } from './strips.js'

/** Half an ulp of 1 in float32. */
const UNIT_ROUNDOFF = 2 ** -24
/**
 * What is below the normal numbers, a factor or a product, may become 0: an error of less than this, for each unit.
 */
const UNDERFLOW = 2 ** -120
/** Length ‖x‖ beyond which a sum in float32 may overflow. */
const LARGEST = 2 ** 120
/** Rows multiplied at once, of 16 MiB: from 32 MiB on glibc maps new pages each time, for half the time of the product. */
export const rowsAtOnce = (units: number) => Math.max(1, Math.floor(2 ** 22 / units))
/** A slice is looked through twice while the images before it are less than so many times its own. */
const EARLY = 8
const UNKNOWN: readonly (number | undefined)[] = []

/**
 * The ranking along the rows of a matrix [count × units]. What counts is ⟨φ, v⟩ in double precision, in one fixed
 * order. The matrix product in float32, which does nearly all of the work, only says what cannot be among the first:
 * a sum of n products is off by at most γ ‖φ‖ ‖v‖, γ = n u / (1 − n u), in whatever order it is made (Higham 2002,
 * 3.1; u = 2^-24). There the directions have unit length, so that those of any length fit into float32: scores and
 * bounds are for those.
 */
export function matrixRanking(
  basis: string,
  matrix: Float64Array | Float32Array,
  units: number,
  top: number,
  origins: Origins,
  memory: RankMemory,
): Ranking {
  const count = matrix.length / units
  const first = new Extremes(count, top, 1, origins)
  const last = new Extremes(count, top, -1, origins)
  const sizes = lengthsOf(matrix, units)
  const ofUnitLength = new Float32Array(matrix.length)
  for (let at = 0; at < matrix.length; at++) ofUnitLength[at] = matrix[at] / sizes[Math.floor(at / units)]
  const projection = projectionOn(ofUnitLength, units)
  // three more roundings, of the direction and of the bounds to float32 and some room for all that is in double precision
  const terms = (units + 3) * UNIT_ROUNDOFF
  const gamma = terms < 0.5 ? terms / (1 - terms) : Infinity
  const products = productsWith(matrix, units, memory)
  const strips = stripsOf(count, memory)
  const slice = rowsAtOnce(units)
  let seen = 0

  /** How far a score may be from the value, for a row of activations of this length. */
  const offBy = (length: number) =>
    gamma * (length < LARGEST ? length : Infinity) + units * UNDERFLOW * (1 + length)

  /**
   * What the last of the first `top`, and the first of the last, are known to reach from the scores of some rows alone, so
   * that of a stream's first rows not most have to be multiplied again.
   */
  function reached(scores: Float32Array, lengths: Float64Array): readonly [Float64Array, Float64Array] {
    const high = new Extremes(count, top, 1, origins)
    const low = new Extremes(count, top, -1, origins)
    for (let row = 0, at = 0; row < lengths.length; row++) {
      const off = offBy(lengths[row])
      for (let i = 0; i < count; i++, at++) {
        const least = scores[at] - off
        const most = scores[at] + off
        if (least >= high.thresholds[i]) high.offer(i, least, row, 0, 0)
        if (-most >= low.thresholds[i]) low.offer(i, most, row, 0, 0)
      }
    }
    return [high.thresholds, low.thresholds]
  }

  function addSlice(batch: ActivationBatch, origin: number, lengths: Float64Array, from: number): void {
    const { values, index, label } = batch
    const n = lengths.length
    const scores = projection.project(values.subarray(from * units, (from + n) * units))
    const [high, low] = [first.thresholds, last.thresholds]
    const [knownHigh, knownLow] = seen < EARLY * n ? reached(scores, lengths) : [UNKNOWN, UNKNOWN]
    seen += n

    const look = (row: number, i: number) => {
      const score = scores[row * count + i]
      const off = offBy(lengths[row])
      // the other way round: NaN has to be looked at
      const above = !((score + off) * sizes[i] < high[i])
      const below = !((off - score) * sizes[i] < low[i])
      if (!above && !below) return
      const at = from + row
      const value = products.of(values, at, i)
      if (above) first.offer(i, value, index[at], label[at], origin)
      if (below) last.offer(i, value, index[at], label[at], origin)
    }

    products.newRows()
    for (let strip = 0; strip < n; strip += strips.rows) {
      const end = Math.min(n, strip + strips.rows)
      let length = 0
      for (let row = strip; row < end; row++) length = Math.max(length, lengths[row])
      const off = offBy(length)
      for (let i = 0; i < count; i++) {
        const floor = Math.max(high[i] / sizes[i], knownHigh[i] ?? -Infinity) - off
        const ceiling = off - Math.max(low[i] / sizes[i], knownLow[i] ?? -Infinity)
        strips.bound(i, floor, ceiling)
      }
      // nearly all fail already against bounds that the rows of a strip have in common
      for (const at of strips.outside(scores.subarray(strip * count, end * count)))
        look(strip + Math.floor(at / count), at % count)
    }
  }

  return {
    basis,
    directions: count,
    add(batch, origin, lengths) {
      for (let from = 0; from < lengths.length; from += slice)
        addSlice(batch, origin, lengths.subarray(from, from + slice), from)
    },
    meanOf: (i, mean) => dot(mean, 0, products.direction(i), 0, units),
    first: (i) => first.placed(i),
    last: (i) => last.placed(i),
    dispose: () => projection.dispose(),
  }
}

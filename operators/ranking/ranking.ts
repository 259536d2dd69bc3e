import type { ActivationBatch } from '../records/activation.js'
import { projectionOn, type Projection } from '../tensor/projection.js'
import { dot } from './basis.js'
import { Extremes, type Origins, type Placed } from './extremes.js'

/** Half an ulp of 1 in float32. */
const UNIT_ROUNDOFF = 2 ** -24
/** What is below the normal numbers, a factor or a product, may become 0: by less than this, a unit. */
const UNDERFLOW = 2 ** -120
/** Of ‖x‖: beyond it a sum in float32 may overflow. */
const LARGEST = 2 ** 120

/** The first and last images along some directions, as a stream of activations goes by. */
export interface Ranking {
  readonly basis: string
  readonly directions: number
  /** @param lengths [n] of the rows */
  add(batch: ActivationBatch, origin: number, lengths: Float64Array): void
  /** ⟨μ, v⟩ of a direction. */
  meanOf(direction: number, mean: Float64Array): number
  first(direction: number): readonly Placed[]
  /** The last one first. */
  last(direction: number): readonly Placed[]
  dispose(): void
}

/** Along single units: the values are there already. */
export function unitRanking(units: number, count: number, top: number, origins: Origins): Ranking {
  const first = new Extremes(count, top, 1, origins)
  const last = new Extremes(count, top, -1, origins)
  return {
    basis: 'unit',
    directions: count,
    add({ index, label, values }, origin) {
      const high = first.thresholds
      const low = last.thresholds
      for (let row = 0; row < index.length; row++) {
        for (let unit = 0; unit < count; unit++) {
          const value = values[row * units + unit]
          if (value >= high[unit]) first.offer(unit, value, index[row], label[row], origin)
        }
      }
      // the other way round: of many equal values, such as a ReLU's 0, the last ones are kept, which come first so
      for (let row = index.length - 1; row >= 0; row--) {
        for (let unit = 0; unit < count; unit++) {
          const value = values[row * units + unit]
          if (-value >= low[unit]) last.offer(unit, value, index[row], label[row], origin)
        }
      }
    },
    meanOf: (unit, mean) => mean[unit],
    first: (unit) => first.placed(unit),
    last: (unit) => last.placed(unit),
    dispose: () => undefined,
  }
}

/**
 * Along the rows of a matrix [count × units]. What counts is ⟨φ, v⟩ in double precision, in one fixed order. The matrix
 * product in float32, which does nearly all of the work, only says what cannot be among the first: a sum of n products
 * is off by at most γ ‖φ‖ ‖v‖, γ = n u / (1 − n u), in whatever order it is made (Higham 2002, 3.1; u = 2^-24). There the
 * directions have unit length, so that those of any length fit into float32.
 */
export function matrixRanking(
  basis: string,
  matrix: Float64Array | Float32Array,
  units: number,
  top: number,
  origins: Origins,
): Ranking {
  const count = matrix.length / units
  const first = new Extremes(count, top, 1, origins)
  const last = new Extremes(count, top, -1, origins)
  const sizes = lengthsOf(matrix, units)
  const projection: Projection = projectionOn(ofUnitLength(matrix, sizes), units)
  // two more roundings: of the direction to float32, and some room for that of the lengths
  const terms = (units + 2) * UNIT_ROUNDOFF
  const gamma = terms < 0.5 ? terms / (1 - terms) : Infinity
  return {
    basis,
    directions: count,
    add({ index, label, values }, origin, lengths) {
      const scores = projection.project(values)
      const high = first.thresholds
      const low = last.thresholds
      for (let row = 0; row < index.length; row++) {
        const at = row * count
        const length = lengths[row] < LARGEST ? lengths[row] : Infinity
        const slack = gamma * length + units * UNDERFLOW * (1 + length)
        for (let i = 0; i < count; i++) {
          const score = scores[at + i] * sizes[i]
          const off = slack * sizes[i]
          // the other way round: NaN has to be looked at
          const above = !(score + off < high[i])
          const below = !(-score + off < low[i])
          if (!above && !below) continue
          const value = dot(values, row * units, matrix, i * units, units)
          if (above) first.offer(i, value, index[row], label[row], origin)
          if (below) last.offer(i, value, index[row], label[row], origin)
        }
      }
    },
    meanOf: (i, mean) => dot(mean, 0, matrix, i * units, units),
    first: (i) => first.placed(i),
    last: (i) => last.placed(i),
    dispose: () => projection.dispose(),
  }
}

function ofUnitLength(matrix: Float64Array | Float32Array, sizes: Float64Array): Float32Array {
  const scaled = new Float32Array(matrix.length)
  const units = matrix.length / sizes.length
  for (const [i, size] of sizes.entries())
    for (let at = i * units; at < (i + 1) * units; at++) scaled[at] = matrix[at] / size
  return scaled
}

/** Euclidean lengths of the rows of a matrix. */
export function lengthsOf(matrix: Float64Array | Float32Array, units: number): Float64Array {
  return Float64Array.from({ length: matrix.length / units }, (_, i) =>
    Math.sqrt(dot(matrix, i * units, matrix, i * units, units)),
  )
}

import { wholeLanes, type RankMemory } from './kernel.js'

/** ⟨φ, v⟩ of a row and a direction, in double precision and in one fixed order. */
export interface Products {
  /** Says that rows have changed, so that nothing that is kept of them holds. */
  newRows(): void
  /**
   * The product of a row of `values` and a direction.
   *
   * @param values [n × units]
   */
  of(values: Float32Array, row: number, direction: number): number
  /** [units] a direction in double precision, valid until more is allocated. */
  direction(i: number): Float64Array
}

/**
 * Products with the rows of a matrix as directions.
 *
 * @param matrix [count × units]
 */
export function productsWith(
  matrix: Float64Array | Float32Array,
  units: number,
  memory: RankMemory,
): Products {
  const count = matrix.length / units
  const n = wholeLanes(units)
  const rowAt = memory.allocate(n * 4)
  const directionsAt = memory.allocate(count * n * 8)
  const direction = (i: number) =>
    memory.doubles.subarray(directionsAt / 8 + i * n, directionsAt / 8 + i * n + units)
  for (let i = 0; i < count; i++) direction(i).set(matrix.subarray(i * units, (i + 1) * units))
  let last = -1
  return {
    direction,
    newRows: () => {
      last = -1
    },
    of(values, row, i) {
      if (row !== last) memory.floats.set(values.subarray(row * units, (row + 1) * units), rowAt / 4)
      last = row
      return memory.kernel.product(rowAt, directionsAt + i * n * 8, n)
    },
  }
}

import { LinearMemory } from '../linearMemory.js'
import { kernelIn, wholeLanes } from './kernel.js'

/** ⟨φ, v⟩ of a row and a direction, in double precision and in one fixed order. */
export interface Products {
  /** To be called before rows that were looked at are others. */
  newRows(): void
  /** @param values [n × units] */
  of(values: Float32Array, row: number, direction: number): number
  /** [units] */
  direction(i: number): Float64Array
}

/** @param matrix [count × units] */
export function productsWith(matrix: Float64Array | Float32Array, units: number): Products {
  const count = matrix.length / units
  const n = wholeLanes(units)
  const memory = new LinearMemory()
  const kernel = kernelIn(memory)
  const rowAt = memory.allocate(n * 4)
  const directionsAt = memory.allocate(count * n * 8)
  const copied = new Float32Array(memory.buffer, rowAt, units)
  const direction = (i: number) => new Float64Array(memory.buffer, directionsAt + i * n * 8, units)
  for (let i = 0; i < count; i++) direction(i).set(matrix.subarray(i * units, (i + 1) * units))
  let last = -1
  return {
    direction,
    newRows: () => {
      last = -1
    },
    of(values, row, i) {
      if (row !== last) copied.set(values.subarray(row * units, (row + 1) * units))
      last = row
      return kernel.product(rowAt, directionsAt + i * n * 8, n)
    },
  }
}

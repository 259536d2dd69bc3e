import type { RankMemory } from './kernel.js'

/** Rows that share their bounds, */
const MOST_ROWS = 64
/** or fewer, of so many scores. */
const MOST_SCORES = 2 ** 18

/** Looks through scores, a strip of rows at a time. */
export interface Strips {
  /** Of a strip, at most. */
  readonly rows: number
  /** Says that scores of direction i are of no interest below one number and above another. */
  bound(i: number, floor: number, ceiling: number): void
  /**
   * Where the others are, NaN among them, until the next call.
   *
   * @param scores [n × count] of at most so many rows
   */
  outside(scores: Float32Array): Int32Array
}

/** @param count directions */
export function stripsOf(count: number, memory: RankMemory): Strips {
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_SCORES / count)))
  const [floorsAt, ceilingsAt, scoresAt, foundAt] = [1, 1, rows, rows].map((n) =>
    memory.allocate(n * count * 4),
  )
  return {
    rows,
    bound(i, floor, ceiling) {
      memory.floats[floorsAt / 4 + i] = floor
      memory.floats[ceilingsAt / 4 + i] = ceiling
    },
    outside(scores) {
      memory.floats.set(scores, scoresAt / 4)
      const n = scores.length / count
      const found = memory.kernel.outside(scoresAt, floorsAt, ceilingsAt, n, count, foundAt)
      return memory.integers.subarray(foundAt / 4, foundAt / 4 + found)
    },
  }
}

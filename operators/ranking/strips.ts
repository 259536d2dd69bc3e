import type { RankMemory } from './kernel.js'

/** Rows of a strip at most: they share their bounds. */
const MOST_ROWS = 64
/** Scores of a strip at most. */
const MOST_SCORES = 2 ** 18

/** Looks through scores, a strip of rows at a time. */
export interface Strips {
  /** Rows of a strip at most. */
  readonly rows: number
  /** Sets the bounds of direction i: scores that are both below `floor` and above `ceiling` are of no interest. */
  bound(i: number, floor: number, ceiling: number): void
  /**
   * Where the scores of interest are, NaN among them; valid until the next call.
   *
   * @param scores [n × count] of at most so many rows
   */
  outside(scores: Float32Array): Int32Array
}

/**
 * Strips of rows with scores for some directions.
 *
 * @param count directions
 */
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

import { LinearMemory } from '../linearMemory.js'
import { kernelIn } from './kernel.js'

/** Rows that share their bounds, */
const MOST_ROWS = 64
/** or fewer, of so many scores. */
const MOST_SCORES = 2 ** 18

/** Looks through scores, a strip of rows at a time. */
export interface Strips {
  /** Of a strip, at most. */
  readonly rows: number
  /** [count] scores below it and */
  readonly floors: Float32Array
  /** [count] above it are of no interest. */
  readonly ceilings: Float32Array
  /**
   * Where the others are, NaN among them, until the next call.
   *
   * @param scores [n × count] of at most so many rows
   */
  outside(scores: Float32Array): Int32Array
}

/** @param count directions */
export function stripsOf(count: number): Strips {
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_SCORES / count)))
  const memory = new LinearMemory()
  const kernel = kernelIn(memory)
  const [floorsAt, ceilingsAt, scoresAt, foundAt] = [1, 1, rows, rows].map((n) =>
    memory.allocate(n * count * 4),
  )
  const copied = new Float32Array(memory.buffer, scoresAt, rows * count)
  const found = new Int32Array(memory.buffer, foundAt, rows * count)
  return {
    rows,
    floors: new Float32Array(memory.buffer, floorsAt, count),
    ceilings: new Float32Array(memory.buffer, ceilingsAt, count),
    outside(scores) {
      copied.set(scores)
      const n = scores.length / count
      return found.subarray(0, kernel.outside(scoresAt, floorsAt, ceilingsAt, n, count, foundAt))
    },
  }
}

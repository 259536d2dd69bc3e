/** Bits of a bin; a sum of up to 2^27 terms of them is exact in a double. */
const WIDTH = 26
/**
 * Lowest window: below it are products of the least float32 numbers; windows are multiples of WIDTH above, one for
 * values below 2.
 */
const LEAST = 2 - 12 * WIDTH

/**
 * Many sums whose bits do not depend on the order of their terms (Demmel and Nguyen 2013, Fast reproducible
 * floating-point summation): each term is cut at the same two places into multiples of two powers of two, and sums of
 * such are exact. What is below the lower place is rounded off: 2^-26 of the largest term at worst, 2^-51 at best.
 *
 * A term x goes to sum i as
 *
 *     const high = x + sums.high - sums.high
 *     sums.highs[i] += high
 *     sums.lows[i] += x - high + sums.low - sums.low
 *
 * written out where it is used, with |x| < `sums.limit`; `sums.admit(x)` before that makes room for larger ones.
 */
export class BinnedSums {
  readonly highs: Float64Array
  readonly lows: Float64Array
  /** Bound below which the sizes of terms have to be. */
  limit = 0
  /** Adding and subtracting `high` rounds to multiples of the upper power of two, `low` to those of the lower. */
  high = 0
  low = 0
  #window = LEAST

  constructor(length: number) {
    this.highs = new Float64Array(length)
    this.lows = new Float64Array(length)
    this.#set(LEAST)
  }

  /** Makes room for terms of this size: finite. */
  admit(size: number): void {
    while (!(size < this.limit)) {
      // all terms so far are less than half of the new upper power of two: as if they had met it from the beginning
      this.lows.set(this.highs)
      this.highs.fill(0)
      this.#set(this.#window + WIDTH)
    }
  }

  /** The mean of sum i over n terms. */
  mean(i: number, n: number): number {
    return (this.highs[i] + this.lows[i]) / n
  }

  #set(window: number): void {
    this.#window = window
    this.limit = 2 ** (window - 1)
    this.high = 1.5 * 2 ** (window - WIDTH + 52)
    this.low = 1.5 * 2 ** (window - 2 * WIDTH + 52)
  }
}

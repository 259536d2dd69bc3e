import type { ActivationBatch } from '../records/activation.js'
import { BinnedSums } from './binnedSums.js'
import { notFinite } from './requireUnits.js'

/** Rows that go through a sum together. */
const TOGETHER = 4

/** The mean of activations over a stream: the same bits in any order. */
export class StreamedMean {
  readonly #sums: BinnedSums
  readonly #nothing: Float32Array
  #n = 0

  constructor(private readonly units: number) {
    this.#sums = new BinnedSums(units)
    this.#nothing = new Float32Array(units)
  }

  /**
   * Takes the rows of a batch.
   *
   * @returns [n] their Euclidean lengths
   * @throws BlindspotError `bad-data`, naming the image, for a value that is not finite.
   */
  add(batch: ActivationBatch): Float64Array {
    const { units } = this
    const n = batch.index.length
    const lengths = new Float64Array(n)
    const rowAt = (row: number) =>
      row < n ? batch.values.subarray(row * units, (row + 1) * units) : this.#nothing
    for (let row = 0; row < n; row += TOGETHER) {
      for (let i = row; i < Math.min(n, row + TOGETHER); i++) lengths[i] = this.#measure(batch, i, rowAt(i))
      this.#addRows(rowAt(row), rowAt(row + 1), rowAt(row + 2), rowAt(row + 3))
    }
    this.#n += n
    return lengths
  }

  /** [units] */
  mean(): Float64Array {
    return Float64Array.from({ length: this.units }, (_, i) => this.#sums.mean(i, this.#n))
  }

  #measure(batch: ActivationBatch, row: number, x: Float32Array): number {
    let sum = 0
    let largest = 0
    for (let i = 0; i < x.length; i++) {
      const square = x[i] * x[i]
      sum += square
      if (square > largest) largest = square
    }
    if (!Number.isFinite(sum)) throw notFinite(batch, row, this.units)
    this.#sums.admit(Math.sqrt(largest))
    return Math.sqrt(sum)
  }

  /** Of each row: `high = x + M − M; highs[i] += high; lows[i] += x − high + m − m`; four at once, for half the time. */
  #addRows(a: Float32Array, b: Float32Array, c: Float32Array, d: Float32Array): void {
    const { highs, lows, high: M, low: m } = this.#sums
    for (let i = 0; i < highs.length; i++) {
      const [p, q, r, s] = [a[i], b[i], c[i], d[i]]
      const pHigh = p + M - M
      const qHigh = q + M - M
      const rHigh = r + M - M
      const sHigh = s + M - M
      highs[i] += pHigh + qHigh + (rHigh + sHigh)
      lows[i] += p - pHigh + m - m + (q - qHigh + m - m) + (r - rHigh + m - m + (s - sHigh + m - m))
    }
  }
}

import type { ActivationBatch } from '../records/activation.js'
import { BinnedSums } from './binnedSums.js'
import { notFinite } from './requireUnits.js'

/** Rows that go through a sum together. */
const TOGETHER = 4
/** Adding and subtracting it rounds to a multiple of 2^-40. */
const GRAIN = 1.5 * 2 ** (52 - 40)
/** Values below it, */
const ORDINARY = 2 ** 7
/** and sums of so many rows of them, are below 2^13: multiples of 2^-40 in a double's 53 bits. */
const BLOCK = 64
/** Adding and subtracting it rounds to a multiple of 2^-16: sums of 2^30 rows fit. */
const COARSE = 1.5 * 2 ** (52 - 16)

/**
 * The mean of activations over a stream: the same bits in any order, because its sums are exact. A value below 128 counts as
 * the nearest multiple of 2^-40, which a float32 from 2^-17 on is; larger ones are summed apart, at less speed.
 */
export class StreamedMean {
  /** [units] sums of the last rows; when there are BLOCK, a carry takes them to the next two. */
  readonly #block: Float64Array
  readonly #highs: Float64Array
  readonly #lows: Float64Array
  readonly #large: BinnedSums
  readonly #nothing: Float32Array
  #rows = 0
  #n = 0

  constructor(private readonly units: number) {
    this.#block = new Float64Array(units)
    this.#highs = new Float64Array(units)
    this.#lows = new Float64Array(units)
    this.#large = new BinnedSums(units)
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
    const rowAt = (row: number) =>
      row < n ? batch.values.subarray(row * units, (row + 1) * units) : this.#nothing
    const squares = new Float64Array(n + TOGETHER - 1)
    for (let row = 0; row < n; row += TOGETHER) {
      if (this.#rows === BLOCK) this.#carry()
      const done = this.#addRows(rowAt(row), rowAt(row + 1), rowAt(row + 2), rowAt(row + 3), squares, row)
      if (done < units)
        for (let i = row; i < Math.min(n, row + TOGETHER); i++)
          squares[i] += this.#addRow(batch, i, rowAt(i), done)
      this.#rows += TOGETHER
    }
    this.#n += n
    return squares.subarray(0, n).map(Math.sqrt)
  }

  /** [units] */
  mean(): Float64Array {
    this.#carry()
    return Float64Array.from(
      this.#highs,
      (high, i) => (high + this.#lows[i]) / this.#n + this.#large.mean(i, this.#n),
    )
  }

  /**
   * `#addRow` of four at once, for a third of the time, as far as values are ordinary.
   *
   * @param squares of the rows from `row` on
   * @returns how many values of each were
   */
  #addRows(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    d: Float32Array,
    squares: Float64Array,
    row: number,
  ): number {
    const block = this.#block
    const limit = ORDINARY * ORDINARY
    let pSum = 0
    let qSum = 0
    let rSum = 0
    let sSum = 0
    let i = 0
    for (; i < block.length; i++) {
      const p = a[i]
      const q = b[i]
      const r = c[i]
      const s = d[i]
      const pp = p * p
      const qq = q * q
      const rr = r * r
      const ss = s * s
      // one comparison for the four; of NaN it is false
      if (!(pp + qq + (rr + ss) < limit)) break
      pSum += pp
      qSum += qq
      rSum += rr
      sSum += ss
      block[i] += p + GRAIN - GRAIN + (q + GRAIN - GRAIN) + (r + GRAIN - GRAIN + (s + GRAIN - GRAIN))
    }
    squares[row] = pSum
    squares[row + 1] = qSum
    squares[row + 2] = rSum
    squares[row + 3] = sSum
    return i
  }

  /** A row from value `from` on. Returns the sum of its squares. */
  #addRow(batch: ActivationBatch, row: number, x: Float32Array, from: number): number {
    const block = this.#block
    const large = this.#large
    let squares = 0
    for (let i = from; i < x.length; i++) {
      const value = x[i]
      squares += value * value
      if (Math.abs(value) < ORDINARY) block[i] += value + GRAIN - GRAIN
      else {
        if (!Number.isFinite(value)) throw notFinite(batch, row, this.units)
        large.admit(Math.abs(value))
        const high = value + large.high - large.high
        large.highs[i] += high
        large.lows[i] += value - high + large.low - large.low
      }
    }
    return squares
  }

  #carry(): void {
    const block = this.#block
    const highs = this.#highs
    const lows = this.#lows
    for (let i = 0; i < block.length; i++) {
      const high = block[i] + COARSE - COARSE
      highs[i] += high
      lows[i] += block[i] - high
    }
    block.fill(0)
    this.#rows = 0
  }
}

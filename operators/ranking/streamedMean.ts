import type { Address } from '../kernel/linearMemory.js'
import type { ActivationBatch } from '../records/activation.js'
import { BinnedSums } from './binnedSums.js'
import { RankMemory, wholeLanes } from './kernel.js'
import { notFinite } from './requireUnits.js'

/** Rows that go through a sum together. */
const TOGETHER = 4
/** Adding and subtracting it rounds to a multiple of 2^-40. */
const GRAIN = 1.5 * 2 ** (52 - 40)
/** Size below which a value is ordinary. */
const ORDINARY = 2 ** 7
/**
 * Rows of ordinary values that are summed at once: the sum is below 2^13, a multiple of 2^-40 in a double's 53 bits.
 */
const BLOCK = 64
/** Adding and subtracting it rounds to a multiple of 2^-16: sums of 2^30 rows fit. */
const COARSE = 1.5 * 2 ** (52 - 16)

/**
 * The mean of activations over a stream: the same bits in any order, because its sums are exact. A value below 128 counts as
 * the nearest multiple of 2^-40, which a float32 from 2^-17 on is; larger ones are summed apart, at less speed.
 */
export class StreamedMean {
  /** Values of a row in the kernel's memory. */
  readonly #n: number
  /** Address of [TOGETHER × n] rows. */
  readonly #rowsAt: Address
  /** Address of [TOGETHER] squared lengths of the rows. */
  readonly #squaresAt: Address
  /** Address of [n] sums of the last rows; when there are BLOCK, a carry takes them to `#highs` and `#lows`. */
  readonly #blockAt: Address
  readonly #highs: Float64Array
  readonly #lows: Float64Array
  readonly #large: BinnedSums
  #inBlock = 0
  #images = 0

  constructor(
    private readonly units: number,
    private readonly memory = new RankMemory(),
  ) {
    this.#n = wholeLanes(units)
    this.#rowsAt = memory.allocate(TOGETHER * this.#n * 4)
    this.#squaresAt = memory.allocate(TOGETHER * 8)
    this.#blockAt = memory.allocate(this.#n * 8)
    this.#highs = new Float64Array(units)
    this.#lows = new Float64Array(units)
    this.#large = new BinnedSums(units)
  }

  /**
   * Takes the rows of a batch.
   *
   * @returns [n] their Euclidean lengths
   * @throws BlindspotError `bad-data`, naming the image, for a value that is not finite.
   */
  add(batch: ActivationBatch): Float64Array {
    const n = batch.index.length
    const lengths = new Float64Array(n)
    for (let row = 0; row < n; row += TOGETHER) {
      if (this.#inBlock === BLOCK) this.#carry()
      const some = Math.min(TOGETHER, n - row)
      const done = this.#addRows(batch, row, some)
      for (let i = 0; i < some; i++)
        lengths[row + i] = Math.sqrt(
          this.memory.doubles[this.#squaresAt / 8 + i] + this.#addRow(batch, row + i, done),
        )
      this.#inBlock += TOGETHER
    }
    this.#images += n
    return lengths
  }

  /** [units] mean of the activations so far. */
  mean(): Float64Array {
    this.#carry()
    return Float64Array.from(
      this.#highs,
      (high, i) => (high + this.#lows[i]) / this.#images + this.#large.mean(i, this.#images),
    )
  }

  /**
   * Adds some rows at once, for a tenth of the time of `#addRow`, as far as values are ordinary; keeps the rows'
   * squares.
   *
   * @returns how many values of each were
   */
  #addRows(batch: ActivationBatch, from: number, some: number): number {
    const { units, memory } = this
    for (let i = 0; i < TOGETHER; i++) {
      const at = this.#rowsAt / 4 + i * this.#n
      if (i < some) memory.floats.set(batch.values.subarray((from + i) * units, (from + i + 1) * units), at)
      else memory.floats.fill(0, at, at + units)
    }
    return memory.kernel.addRows(this.#rowsAt, this.#n, this.#blockAt, this.#squaresAt, ORDINARY, GRAIN)
  }

  /** [units] sums of the rows since the last carry. */
  get #block(): Float64Array {
    return this.memory.doubles.subarray(this.#blockAt / 8, this.#blockAt / 8 + this.units)
  }

  /** Adds a row from value `from` on; gives the sum of its squares. */
  #addRow(batch: ActivationBatch, row: number, from: number): number {
    const { units } = this
    if (from >= units) return 0
    const block = this.#block
    const large = this.#large
    let squares = 0
    for (let i = from; i < units; i++) {
      const value = batch.values[row * units + i]
      squares += value * value
      if (Math.abs(value) < ORDINARY) block[i] += value + GRAIN - GRAIN
      else {
        if (!Number.isFinite(value)) throw notFinite(batch, row, units)
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
    for (let i = 0; i < highs.length; i++) {
      const high = block[i] + COARSE - COARSE
      highs[i] += high
      lows[i] += block[i] - high
    }
    block.fill(0)
    this.#inBlock = 0
  }
}

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import type { ActivationBatch } from '../records/activation.js'
import { BinnedSums } from './binnedSums.js'
import { notFinite, requireUnits } from './requireUnits.js'

/**
 * Streamed second moments of activations, and the principal components that they give. Sums are the same bits in any order
 * of the stream. Memory: 8 · units² bytes.
 */
export class SecondMoments {
  #units = 0
  #n = 0
  #sums = new BinnedSums(0)
  #products = new BinnedSums(0)

  /** Images so far. */
  get images(): number {
    return this.#n
  }

  /** Units of the activations; 0 before the first. */
  get units(): number {
    return this.#units
  }

  add(batch: ActivationBatch): void {
    const { values, index } = batch
    if (index.length === 0) return
    const units = requireUnits(batch, this.#units)
    if (this.#units === 0) {
      this.#units = units
      this.#sums = new BinnedSums(units)
      this.#products = new BinnedSums((units * (units + 1)) / 2)
    }
    for (let row = 0; row < index.length; row++)
      if (!this.#addRow(values.subarray(row * units, (row + 1) * units))) throw notFinite(batch, row, units)
    this.#n += index.length
  }

  /** Adds a row of activations; false, and nothing added, where a value is not finite. */
  #addRow(x: Float32Array): boolean {
    const sums = this.#sums
    const products = this.#products
    let largest = 0
    for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]))
    if (!Number.isFinite(largest)) return false
    sums.admit(largest)
    products.admit(largest * largest)
    const { highs, lows, high, low } = products
    for (let i = 0, at = 0; i < x.length; i++) {
      const a = x[i]
      const upper = a + sums.high - sums.high
      sums.highs[i] += upper
      sums.lows[i] += a - upper + sums.low - sums.low
      for (let j = 0; j <= i; j++, at++) {
        const product = a * x[j]
        const part = product + high - high
        highs[at] += part
        lows[at] += product - part + low - low
      }
    }
    return true
  }

  /**
   * The directions along which the activations vary most, in that order: eigenvectors of their covariance, or, not
   * `centered`, of their second moments (the first of which is mostly their mean). Each has its largest entry positive.
   *
   * @returns [count × units]
   */
  components(count: number, centered: boolean): Float64Array {
    const units = this.#units
    const matrix = Matrix.zeros(units, units)
    for (let i = 0, at = 0; i < units; i++)
      for (let j = 0; j <= i; j++, at++) {
        const mean = centered ? this.#sums.mean(i, this.#n) * this.#sums.mean(j, this.#n) : 0
        const moment = this.#products.mean(at, this.#n) - mean
        matrix.set(i, j, moment)
        matrix.set(j, i, moment)
      }
    const { eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true })
    const all = new Float64Array(count * units)
    for (let i = 0; i < count; i++) {
      // eigenvalues ascend
      const v = eigenvectorMatrix.getColumn(units - 1 - i)
      const largest = v.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
      all.set(largest < 0 ? v.map((value) => -value) : v, i * units)
    }
    return all
  }
}

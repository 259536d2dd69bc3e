/** 97.5th percentile of the standard normal. */
const Z = 1.959963984540054

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly n: number
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * A proportion with its Wilson score interval (Wilson 1927), which also holds at 0 and 1.
 *
 * @param count how many of the n
 */
export function proportion(count: number, n: number): Estimate {
  if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
  const p = count / n
  const centre = p + (Z * Z) / (2 * n)
  const half = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n))
  const scale = 1 + (Z * Z) / n
  return { n, value: p, low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) }
}

/** Mean of a stream of numbers with its normal interval, in one pass (Welford 1962). */
export class Mean {
  #n = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#n++
    const before = value - this.#mean
    this.#mean += before / this.#n
    this.#squares += before * (value - this.#mean)
  }

  get estimate(): Estimate {
    const n = this.#n
    if (n === 0) return { n, value: NaN, low: NaN, high: NaN }
    const half = n > 1 ? Z * Math.sqrt(this.#squares / (n - 1) / n) : NaN
    return { n, value: this.#mean, low: this.#mean - half, high: this.#mean + half }
  }
}

import type { Address, Vectors } from './vectors.js'

/** Points evaluated at most; false position on a nearly linear margin needs one or two. */
const MOST_POINTS = 2
/** Less than this share of the norm is not worth an evaluation. */
const LEAST_GAIN = 1e-5

/**
 * The nearest point of the target class that a search has ever evaluated, brought along the segment towards the
 * original to where the class ends.
 */
export class Polish {
  private readonly point: Address
  private squares = Infinity
  private margin = NaN
  /** The segment's end, the part of it that is wrong, and the part now tried. */
  private readonly end: Address
  private below = { t: 0, margin: 0 }
  private above = { t: 1, margin: 0 }
  private t = 1
  private points = 0
  private leastMargin = NaN

  constructor(
    private readonly vectors: Vectors,
    private readonly origin: Address,
  ) {
    this.point = vectors.allocate()
    this.end = vectors.allocate()
  }

  reset(): void {
    this.squares = Infinity
  }

  /** ‖x − x₀‖ of the nearest example; NaN where none was seen. */
  get norm(): number {
    return this.squares < Infinity ? Math.sqrt(this.squares) : NaN
  }

  /** Takes note of an evaluated point of the target class. */
  see(x: Address, squares: number, margin: number): void {
    if (squares >= this.squares) return
    this.vectors.copy(this.point, x)
    this.squares = squares
    this.margin = margin
  }

  /** Begins on the segment; false where there is nothing to gain. */
  start(cleanMargin: number, leastMargin: number): boolean {
    this.vectors.copy(this.end, this.point)
    this.leastMargin = leastMargin
    this.below = { t: 0, margin: -cleanMargin }
    this.above = { t: 1, margin: this.margin }
    this.points = 0
    return this.next()
  }

  /** Writes the point to evaluate. */
  place(trial: Address): void {
    const { kernel, n, low, high } = this.vectors
    kernel.along(trial, this.origin, this.end, this.t, n, low, high)
  }

  /** Takes the margin there (`see` had the point before); false where it is done. */
  advance(margin: number): boolean {
    if (margin > this.leastMargin) this.above = { t: this.t, margin }
    else if (margin <= this.leastMargin) this.below = { t: this.t, margin }
    else return false
    return this.next()
  }

  private next(): boolean {
    const { below, above, leastMargin } = this
    const aim = 2 * leastMargin
    const gain = ((above.margin - aim) / (above.margin - below.margin)) * (above.t - below.t)
    this.t = above.t - gain
    return this.points++ < MOST_POINTS && gain > LEAST_GAIN
  }
}

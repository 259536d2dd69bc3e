import { UNKNOWN, type Standing } from './standing.js'
import type { Penalty } from './penalty.js'
import type { Address, Vectors } from './vectors.js'

/** A solved value of c: one end of the bracket. */
export interface End {
  /** log c of this end; NaN while this side of the boundary is not known. */
  logC: number
  at: Standing
  /** The margin `at.margin` as false position weighs it. */
  margin: number
  readonly x: Address
  readonly gradient: Address
}

/** Most and least by which log c changes from one solve to the next while only one side is known. */
const LARGEST_CHANGE = Math.log(30)
const LEAST_CHANGE = 0.01

/** The largest c that still fools lies between a success, `lo`, and a failure, `hi`. */
export class Bracket {
  readonly lo: End
  readonly hi: End
  /** Solves in a row that ended on the same side: positive on lo's, negative on hi's. */
  private streak = 0

  /** Largest log c that fooled. */
  private success = -Infinity
  /** Every log c that did not fool, also of before a `restart`. */
  private failed: number[] = []

  constructor(
    private readonly vectors: Vectors,
    private readonly penalty: Penalty,
  ) {
    const end = (): End => ({
      logC: NaN,
      at: UNKNOWN,
      margin: NaN,
      x: vectors.allocate(),
      gradient: vectors.allocate(),
    })
    this.lo = end()
    this.hi = end()
  }

  reset(): void {
    this.restart()
    this.success = -Infinity
    this.failed = []
  }

  /** Forgets both ends, but not what was tried. */
  restart(): void {
    this.lo.logC = NaN
    this.hi.logC = NaN
    this.streak = 0
  }

  /** Every c that fooled is below every c that did not. */
  get monotone(): boolean {
    return this.failed.every((logC) => this.success < logC)
  }

  /** Width on log c, from the largest that fooled to the least above it that did not; NaN where there is none. */
  get certified(): number {
    const { logC } = this.lo
    const above = this.failed.filter((failed) => failed >= logC)
    return above.length > 0 ? Math.min(...above) - logC : NaN
  }

  /** Failures since the beginning, where there is no success yet. */
  get failures(): number {
    return Number.isNaN(this.lo.logC) ? -this.streak : 0
  }

  get closed(): boolean {
    return !Number.isNaN(this.lo.logC + this.hi.logC)
  }

  /** Width on log c; NaN while one side is not known. */
  get width(): number {
    return this.hi.logC - this.lo.logC
  }

  record(success: boolean, logC: number, at: Standing, x: Address, gradient: Address): void {
    const [end, other] = success ? [this.lo, this.hi] : [this.hi, this.lo]
    const side = success ? 1 : -1
    this.streak = Math.sign(this.streak) === side ? this.streak + side : side
    // Illinois: an end that stays while the other moves twice loses half its weight, or progress would creep
    if (Math.abs(this.streak) > 1) other.margin /= 2
    end.logC = logC
    end.at = at
    end.margin = at.margin
    this.vectors.copy(end.x, x)
    this.vectors.copy(end.gradient, gradient)
    if (success) this.success = Math.max(this.success, logC)
    else this.failed.push(logC)
  }

  /** The next log c, for a minimiser whose margin is `aim` > 0. */
  next(aim: number, cleanMargin: number): number {
    const { lo, hi } = this
    if (this.closed) {
      const share = (lo.margin - aim) / (lo.margin - hi.margin)
      return lo.logC + this.width * Math.min(0.95, Math.max(0.05, share))
    }
    const { logC, at } = Number.isNaN(lo.logC) ? hi : lo
    const model = Math.log(this.penalty.toBoundary(at.probability, at.margin - aim, cleanMargin))
    const side = Math.sign(this.streak)
    const change = Number.isNaN(model) ? LARGEST_CHANGE : Math.max(LEAST_CHANGE, side * model)
    // changes to the same side again and again grow: 1, 2, 4, …
    const growth = 2 ** Math.min(10, Math.abs(this.streak) - 1)
    return logC + side * growth * Math.min(LARGEST_CHANGE, change)
  }

  /** The solved end that is closer on log c. */
  nearest(logC: number): End {
    const { lo, hi } = this
    if (!this.closed) return Number.isNaN(lo.logC) ? hi : lo
    return logC - lo.logC <= hi.logC - logC ? lo : hi
  }
}

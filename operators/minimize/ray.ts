import type { Standing } from './standing.js'
import type { Address, Vectors } from './vectors.js'

/**
 * Points tried at most; four times as many to find one that is not saturated, or where the image is on a boundary: its
 * distance from it is no measure of the target's then.
 */
const MOST_POINTS = 14
/** The boundary is found well enough when the margin is within this share of the clean image's. */
const TOLERANCE = 0.6
/** Probability from which on float32 takes it for 1. */
const SATURATED = 1 - 2 ** -24

/**
 * Looks for the decision boundary along x(t) = P(x₀ − t ∇L(x₀)), where the minimisation starts: it doubles
 * t until the target is reached and then goes by false position on the margin. Where the box stops the
 * ray before, its last point has to do.
 */
export class Ray {
  private readonly direction: Address
  private readonly mask: Address
  private origin: Address = 0
  private cleanMargin = NaN
  private t = 0
  private points = 0
  private tied = false
  private below = { t: 0, margin: 0 }
  private above = { t: Infinity, margin: NaN }

  constructor(private readonly vectors: Vectors) {
    this.direction = vectors.allocate()
    this.mask = vectors.allocate()
  }

  /**
   * `at` is the clean image's, `cleanMargin` > 0 its distance in logits, of which the loss takes `sharpness` times as
   * much; false where no pixel can move.
   */
  start(origin: Address, at: Standing, gradient: Address, cleanMargin: number, sharpness: number): boolean {
    const { kernel, n, low, high } = this.vectors
    const { direction, mask } = this
    const norm = kernel.project(origin, origin, gradient, mask, direction, n, 0, low, high)
    this.origin = origin
    this.cleanMargin = cleanMargin
    this.points = 0
    this.tied = -at.margin < cleanMargin
    this.below = { t: 0, margin: at.margin }
    this.above = { t: Infinity, margin: NaN }
    // the linear model's crossing, for a loss that is linear or a margin that is
    this.t = Math.min(at.loss, 2 * sharpness * cleanMargin) / norm
    return norm > 0
  }

  /** Writes x(t), the next point, to `trial`. */
  place(trial: Address): void {
    const { kernel, n, low, high } = this.vectors
    kernel.place(trial, this.origin, -this.t, this.direction, this.direction, n, low, high)
  }

  /** Takes the evaluation at x(t); true when that is the place to start from. */
  advance(at: Standing): boolean {
    this.points++
    // a saturated softmax has no gradient to start with
    const saturated = at.probability >= SATURATED
    const near = Math.abs(at.margin) <= TOLERANCE * this.cleanMargin && !saturated
    if (near || this.points >= (saturated || this.tied ? 4 * MOST_POINTS : MOST_POINTS)) return true
    if (at.margin < 0) this.below = { t: this.t, margin: at.margin }
    else this.above = { t: this.t, margin: at.margin }
    const { below, above } = this
    if (above.t === Infinity) this.t *= 2
    else {
      const share = below.margin / (below.margin - above.margin)
      const safe = Number.isFinite(share) ? Math.min(0.9, Math.max(0.1, share)) : 0.5
      this.t = below.t + safe * (above.t - below.t)
    }
    return false
  }
}

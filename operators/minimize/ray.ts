import { blocked, clip } from './box.js'
import type { Evaluation } from './evaluation.js'

/** Points tried at most. */
const MOST_POINTS = 14
/** The boundary is found well enough when the margin is within this share of the clean image's. */
const TOLERANCE = 0.25

/**
 * Looks for the decision boundary along x(t) = P(x₀ − t ∇L(x₀)), where the minimisation starts: it doubles
 * t until the target is reached and then goes by false position on the margin. Where the box stops the
 * ray before, its last point has to do.
 */
export class Ray {
  private readonly direction: Float32Array
  private origin: Float32Array = new Float32Array(0)
  private cleanMargin = NaN
  private t = 0
  private points = 0
  private below = { t: 0, margin: 0 }
  private above = { t: Infinity, margin: NaN }

  constructor(private readonly size: number) {
    this.direction = new Float32Array(size)
  }

  /** `at` is the clean image's, `cleanMargin` > 0 its distance; false where no pixel can move. */
  start(origin: Float32Array, at: Evaluation, gradient: Float32Array, cleanMargin: number): boolean {
    let norm = 0
    for (let i = 0; i < this.size; i++) {
      const d = blocked(origin[i], gradient[i]) ? 0 : gradient[i]
      this.direction[i] = d
      norm += d * d
    }
    this.origin = origin
    this.cleanMargin = cleanMargin
    this.points = 0
    this.below = { t: 0, margin: at.margin }
    this.above = { t: Infinity, margin: NaN }
    // the linear model's crossing, for a loss that is linear or a margin that is
    this.t = Math.min(at.loss, 2 * cleanMargin) / norm
    return norm > 0
  }

  /** Writes x(t). */
  place(trial: Float32Array): void {
    const { origin, direction, t } = this
    for (let i = 0; i < this.size; i++) trial[i] = clip(origin[i] - t * direction[i])
  }

  /** Takes the evaluation at x(t); true when that is the place to start from. */
  advance(at: Evaluation): boolean {
    this.points++
    const near = at.finite && Math.abs(at.margin) <= TOLERANCE * this.cleanMargin
    if (near || this.points >= MOST_POINTS) return true
    if (at.finite && at.margin < 0) this.below = { t: this.t, margin: at.margin }
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

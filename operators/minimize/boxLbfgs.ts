import { isLarge } from './large.js'
import type { Penalty } from './penalty.js'
import type { Address, Vectors } from './vectors.js'

/** Why a minimisation stopped, or that it goes on. */
export type Progress = 'running' | 'converged' | 'stalled'

/** Fraction of the predicted decrease that a step has to bring (Armijo). */
const SUFFICIENT_DECREASE = 1e-4
/** Share of the penalty's own curvature below which a pair tells more about noise than about the loss. */
const LEAST_CURVATURE = 1e-3
/** Halvings and better of one line search step before the history is dropped, and then the point given up. */
const MOST_BACKTRACKS = 12
/**
 * At a kink, as of a ReLU, no gradient vanishes: so many iterations that together lower F by less than a share of it (this one at least), and
 * do not bring the residual down either, are the end of what can be had there.
 */
const PATIENCE = 5
export const LEAST_PROGRESS = 1e-3
const LEAST_SETTLING = 0.5
/** The cross-entropy is computed from float32 logits: differences below this are noise. */
const LOSS_NOISE = 2e-6

/**
 * So many iterations start with the longest line search step that the penalty allows, H₀ = 1/κ, which finds the better of several minima
 * more often (mean distortion 0.2 % less on 64 images, 0.03 % on 3,000); the later ones with a shorter one, which needs
 * fewer evaluations (32 for 38). None of either on photographs (`isLarge`), where most such steps are too long.
 */
const EXPLORATION = 10

/** A pair as the two-loop recursion uses it; `pending`: its part is not yet taken out of the direction. */
interface Pair {
  s: Address
  y: Address
  rho: number
  alpha: number
  pending: boolean
}

/**
 * Minimises F(x) = c · length(x − x₀) + L(x) over the box by projected L-BFGS, one sample, one evaluation of L and
 * ∇L at a time: the caller evaluates `trial` and hands the answer to `advance`.
 *
 * The history keeps y = Δ∇L of the loss alone and adds the penalty's curvature κ·s when it is used, so it survives a
 * change of c exactly (for ‖r‖²: κ = 2c); H₀ begins as 1/κ, exact wherever the loss is flat. Pairs are masked to the free
 * pixels, steps are projected and backtracked (Bertsekas 1982; Byrd, Lu, Nocedal and Zhu 1995).
 */
export class BoxLbfgs {
  /** The last accepted point, in the box. An iteration changes this address, `gradient`, `trial` and `fresh`. */
  x: Address
  /** ∇L at `x`. */
  gradient: Address
  /** L at `x`. */
  loss = NaN
  /** ‖x − x₀‖² */
  squares = NaN
  /** The point to evaluate next. */
  trial: Address
  /** Where the caller writes ∇L at `trial`. */
  fresh: Address
  /** Accepted points since `reset`. */
  iterations = 0
  /** Differences of L below this are noise, as those below LOSS_NOISE: what float32 leaves of logits far from 0. */
  noise = 0
  /** ‖projected ∇F‖ over the norm of the penalty's gradient, two forces that balance at the minimum: 0 at a KKT point. */
  residual = Infinity

  private readonly origin: Address
  private readonly large: boolean
  private c = 1
  /** κ, the penalty's gradient at `x` is κ (x − x₀). */
  private curvature = NaN
  private objective = NaN
  /** Iterations since, and F at, the last look at the progress. */
  private patience = 0
  private before = NaN
  /** The least residual so far, and at the last look at the progress. */
  private leastResidual = Infinity
  private residualBefore = Infinity
  private tolerance = 0
  private step = 1
  private slope = 0
  private backtracks = 0

  // pairs, newest at `newest`, `pairs` of them valid
  private readonly s: Address[]
  private readonly y: Address[]
  private readonly used: readonly Pair[]
  private pairs = 0
  private newest = -1
  /** Products of the newest pair on the free pixels, s·d with d = −projected. */
  private readonly newestProducts = { ss: 0, sy: 0, sd: 0, yy: 0 }

  private readonly free: Address // all ones where a pixel is free, 0 where the box blocks it
  private readonly projected: Address // ∇F on the free pixels, 0 elsewhere
  private readonly direction: Address

  /** @param origin the x₀ of the penalty */
  constructor(
    private readonly vectors: Vectors,
    origin: Address,
    private readonly penalty: Penalty,
    readonly memory: number,
  ) {
    const vector = () => vectors.allocate()
    const history = () => Array.from({ length: memory }, vector)
    this.origin = origin
    this.large = isLarge(vectors.size)
    this.x = vector()
    this.gradient = vector()
    this.trial = vector()
    this.fresh = vector()
    this.free = vector()
    this.projected = vector()
    this.direction = vector()
    this.s = history()
    this.y = history()
    this.used = Array.from({ length: memory }, () => ({ s: 0, y: 0, rho: 0, alpha: 0, pending: false }))
  }

  /** Forgets everything; for a new origin. */
  reset(): void {
    this.forget()
    this.iterations = 0
  }

  /** Drops the history; for another loss. */
  forget(): void {
    this.pairs = 0
    this.newest = -1
  }

  /** Puts the iterate at a point whose loss and gradient are known. The history stays. */
  moveTo(x: Address, loss: number, gradient: Address): void {
    const { vectors, origin } = this
    vectors.copy(this.x, x)
    vectors.copy(this.gradient, gradient)
    this.loss = loss
    this.squares = vectors.kernel.squaredDistance(x, origin, vectors.n)
  }

  /** c for which loss and penalty balance at `x`: 0 or infinite where there is none. */
  get balance(): number {
    const { vectors, x, origin, gradient, free, projected, penalty, squares } = this
    const norm = vectors.kernel.project(
      x,
      origin,
      gradient,
      free,
      projected,
      vectors.n,
      0,
      vectors.low,
      vectors.high,
    )
    return Math.sqrt(norm / squares) / penalty.slope(squares)
  }

  /** Begins a minimisation from `x` and prepares the first trial. */
  begin(c: number, tolerance: number): Progress {
    this.c = c
    this.measure()
    this.patience = 0
    this.before = this.objective
    this.leastResidual = this.residual
    this.residualBefore = this.residual
    return this.tighten(tolerance)
  }

  /** Goes on from a converged point to a smaller tolerance. */
  tighten(tolerance: number): Progress {
    this.tolerance = tolerance
    if (this.residual <= tolerance) return 'converged'
    return this.aim() ? 'running' : 'stalled'
  }

  /**
   * Takes L and ‖r‖² at `trial`, and ∇L from `fresh`, accepts or backtracks, and prepares the next trial.
   *
   * @param leastProgress share of F that PATIENCE iterations have to gain, LEAST_PROGRESS or more
   */
  advance(loss: number, squares: number, leastProgress: number): Progress {
    const objective = this.c * this.penalty.length(squares) + loss
    const noise = Math.max(this.noise, LOSS_NOISE * Math.max(1, Math.abs(this.loss)))
    const bound = this.objective + SUFFICIENT_DECREASE * this.slope + noise
    if (!(objective <= bound)) return this.backtrack(objective)
    this.accept(loss, squares)
    if (this.residual <= this.tolerance) return 'converged'
    return this.progresses(leastProgress) && this.aim() ? 'running' : 'stalled'
  }

  private accept(loss: number, squares: number): void {
    const { vectors, x, gradient, trial, fresh, newestProducts: products, c, penalty } = this
    const { kernel, n, low, high } = vectors
    const curvature = c * penalty.slope(squares)
    const norm = kernel.stepThenProject(
      x,
      gradient,
      trial,
      fresh,
      this.origin,
      this.free,
      this.projected,
      this.direction,
      n,
      curvature,
      low,
      high,
    )
    products.ss = kernel.secondResult()
    products.sy = kernel.thirdResult()
    products.sd = kernel.fourthResult()
    products.yy = kernel.fifthResult()
    // the old point has become s and its gradient y; the oldest pair makes room for the next trial
    const slot = (this.newest + 1) % this.memory
    this.trial = this.s[slot]
    this.fresh = this.y[slot]
    this.s[slot] = x
    this.y[slot] = gradient
    this.x = trial
    this.gradient = fresh
    this.newest = slot
    this.pairs = Math.min(this.pairs + 1, this.memory)
    this.loss = loss
    this.squares = squares
    this.iterations++
    this.take(curvature, norm)
  }

  private progresses(leastProgress: number): boolean {
    this.patience++
    this.leastResidual = Math.min(this.leastResidual, this.residual)
    if (this.patience < PATIENCE) return true
    const falls = this.before - this.objective > leastProgress * Math.abs(this.objective)
    const settles = this.leastResidual < LEAST_SETTLING * this.residualBefore
    this.patience = 0
    this.before = this.objective
    this.residualBefore = this.leastResidual
    return falls || settles
  }

  /** Free pixels, projected gradient and what follows from them at `x`. */
  private measure(): void {
    const { vectors, x, origin, gradient, free, projected, direction, c, penalty, squares } = this
    const { kernel, n, low, high } = vectors
    const curvature = c * penalty.slope(squares)
    this.take(curvature, kernel.project(x, origin, gradient, free, projected, n, curvature, low, high))
    this.descend()
    if (this.pairs === 0) return
    const { newest, newestProducts: products } = this
    products.ss = kernel.pairProducts(this.s[newest], this.y[newest], direction, free, n)
    products.sy = kernel.secondResult()
    products.sd = kernel.thirdResult()
    products.yy = kernel.fourthResult()
  }

  /** Where the two-loop recursion begins: d = −projected. */
  private descend(): void {
    const { vectors, projected, direction } = this
    vectors.kernel.scale(direction, -1, projected, vectors.n)
  }

  /** Curvature, objective and residual at `x`, from ‖projected ∇F‖². */
  private take(curvature: number, norm: number): void {
    const { c, penalty, squares } = this
    this.curvature = curvature
    this.objective = c * penalty.length(squares) + this.loss
    this.residual = Math.sqrt(norm) / (curvature * Math.sqrt(squares) + Number.MIN_VALUE)
  }

  /** Direction by the two-loop recursion on the free pixels, then the full step; false if there is none. */
  private aim(): boolean {
    this.direct()
    this.step = 1
    this.backtracks = 0
    return this.place() || this.restart()
  }

  /**
   * The two-loop recursion, from d = −projected and the newest pair's products; a pass over the pixels does the end of
   * one pair's work and the beginning of the next one's.
   */
  private direct(): void {
    const { vectors, free, direction, memory, used, curvature, newestProducts } = this
    const { kernel, n } = vectors
    let { ss, sy: ofLoss, sd } = newestProducts
    let count = 0 // of pairs with a curvature to be believed
    let h = 1 / curvature
    for (let k = 0; k < this.pairs; k++) {
      const slot = (this.newest - k + memory) % memory
      const s = this.s[slot]
      const y = this.y[slot]
      if (k > 0) {
        const last = used[count - 1]
        if (count > 0 && last.pending) {
          const a = -last.alpha
          ss = kernel.addChangeThenProducts(direction, a, last.s, last.y, free, n, curvature, s, y)
          last.pending = false
        } else ss = kernel.pairProducts(s, y, direction, free, n)
        ofLoss = kernel.secondResult()
        sd = kernel.thirdResult()
      }
      const sy = ofLoss + curvature * ss
      if (!(sy > LEAST_CURVATURE * curvature * ss)) continue
      const pair = used[count++]
      pair.s = s
      pair.y = y
      pair.rho = 1 / sy
      pair.alpha = sd / sy
      pair.pending = true
      if (k === 0 && (this.large || this.iterations >= EXPLORATION)) {
        const yy = newestProducts.yy + curvature * (2 * ofLoss + curvature * ss)
        // halfway, on a log scale, from the loss's flattest direction to the newest pair's
        h = this.large ? sy / yy : Math.sqrt((sy / yy) * h)
      }
    }
    if (count === 0) return kernel.scale(direction, h, direction, n)
    let pair = used[count - 1]
    const { s, y } = pair
    const a = pair.pending ? -pair.alpha : 0
    let yd = kernel.addChangeScaleThenAlong(direction, a, s, y, free, n, curvature, h, s, y)
    while (--count > 0) {
      const next = used[count - 1]
      // the direction is 0 where a pixel is blocked
      const b = pair.alpha - pair.rho * yd
      yd = kernel.addStepThenAlong(direction, b, pair.s, free, n, curvature, next.s, next.y)
      pair = next
    }
    kernel.addStep(direction, pair.alpha - pair.rho * yd, pair.s, free, n)
  }

  /** Writes P(x + step · direction) to `trial`; false where that is not a descent. */
  private place(): boolean {
    const { vectors, x, trial, direction, projected, step } = this
    const { kernel, n, low, high } = vectors
    this.slope = kernel.place(trial, x, step, direction, projected, n, low, high)
    return this.slope < 0
  }

  private backtrack(objective: number): Progress {
    this.backtracks++
    if (this.backtracks > MOST_BACKTRACKS) return this.restart() ? 'running' : 'stalled'
    // the parabola through F(x), its slope and F(trial); a NaN objective halves
    const shrink = -this.slope / (2 * (objective - this.objective - this.slope))
    this.step *= Number.isFinite(shrink) ? Math.min(0.6, Math.max(0.1, shrink)) : 0.5
    return this.place() || this.restart() ? 'running' : 'stalled'
  }

  /** Drops the history and tries steepest descent; false if that is where it came from. */
  private restart(): boolean {
    if (this.pairs === 0) return false
    this.forget()
    this.descend()
    return this.aim()
  }
}

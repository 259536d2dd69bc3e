import { blocked, clip, squaredDistance } from './box.js'

/** Why a minimisation stopped, or that it goes on. */
export type Progress = 'running' | 'converged' | 'stalled'

/** Fraction of the predicted decrease that a step has to bring (Armijo). */
const SUFFICIENT_DECREASE = 1e-4
/** Below this share of the penalty's own curvature a pair tells more about noise than about the loss. */
const LEAST_CURVATURE = 1e-3
/** Halvings and better of one step before the history is dropped, and then the point given up. */
const MOST_BACKTRACKS = 12
/**
 * At a kink, as of a ReLU, no gradient vanishes: so many steps that together lower F by less than a share of it are
 * the end of what can be had there.
 */
const PATIENCE = 5
const LEAST_PROGRESS = 1e-3
/** The cross-entropy is computed from float32 logits: differences below this are noise. */
const LOSS_NOISE = 2e-6

/**
 * Minimises F(x) = c ‖x − x₀‖² + L(x) over the box [0, 1]ⁿ by projected L-BFGS, one sample, one
 * evaluation of L and ∇L at a time: the caller evaluates `trial` and hands the answer to `advance`.
 *
 * The history keeps y = Δ∇L of the loss alone and adds 2c·s when it is used, so it survives a change of
 * c exactly; H₀ = 1/(2c), exact wherever the loss is flat. Pairs are masked to the free pixels, steps are
 * projected and backtracked (Bertsekas 1982; Byrd, Lu, Nocedal and Zhu 1995).
 */
export class BoxLbfgs {
  /** The last accepted point, in [0, 1]. */
  readonly x: Float32Array
  /** ∇L at `x`. */
  readonly gradient: Float32Array
  /** L at `x`. */
  loss = NaN
  /** The point to evaluate next. */
  readonly trial: Float32Array
  /** Accepted steps since `reset`. */
  iterations = 0
  /** ‖projected ∇F‖ over 2c‖x − x₀‖, the two forces that balance at the minimum: 0 at a KKT point. */
  residual = Infinity

  private origin: Float32Array = new Float32Array(0)
  private c = 1
  private objective = NaN
  /** Steps since, and F at, the last look at the progress. */
  private patience = 0
  private before = NaN
  private tolerance = 0
  private step = 1
  private slope = 0
  private backtracks = 0

  // pairs, newest at `newest`, `pairs` of them valid
  private readonly s: readonly Float32Array[]
  private readonly y: readonly Float32Array[]
  private readonly rho: Float64Array
  private readonly alpha: Float64Array
  private pairs = 0
  private newest = -1

  private readonly free: Float64Array // 1 where a pixel is free, 0 where it is blocked: a factor costs less than a branch
  private readonly projected: Float64Array // ∇F on the free pixels, 0 elsewhere
  private readonly direction: Float64Array

  constructor(
    readonly size: number,
    readonly memory: number,
  ) {
    this.x = new Float32Array(size)
    this.gradient = new Float32Array(size)
    this.trial = new Float32Array(size)
    this.free = new Float64Array(size)
    this.projected = new Float64Array(size)
    this.direction = new Float64Array(size)
    this.s = Array.from({ length: memory }, () => new Float32Array(size))
    this.y = Array.from({ length: memory }, () => new Float32Array(size))
    this.rho = new Float64Array(memory)
    this.alpha = new Float64Array(memory)
  }

  /** Forgets everything; `origin` is the x₀ of the penalty. */
  reset(origin: Float32Array): void {
    this.origin = origin
    this.pairs = 0
    this.newest = -1
    this.iterations = 0
  }

  /** Puts the iterate at a point whose loss and gradient are known. The history stays. */
  moveTo(x: Float32Array, loss: number, gradient: Float32Array): void {
    this.x.set(x)
    this.gradient.set(gradient)
    this.loss = loss
  }

  /** Begins a minimisation from `x` and prepares the first trial. */
  begin(c: number, tolerance: number): Progress {
    this.c = c
    this.tolerance = tolerance
    this.measure()
    this.patience = 0
    this.before = this.objective
    if (this.residual <= tolerance) return 'converged'
    return this.aim() ? 'running' : 'stalled'
  }

  /** Goes on from a converged point to a smaller tolerance. */
  tighten(tolerance: number): Progress {
    this.tolerance = tolerance
    if (this.residual <= tolerance) return 'converged'
    return this.aim() ? 'running' : 'stalled'
  }

  /** Takes L and ∇L at `trial`, accepts or backtracks, and prepares the next trial. */
  advance(loss: number, gradient: Float32Array): Progress {
    const { trial, origin, c } = this
    const objective = c * squaredDistance(trial, origin) + loss
    const noise = LOSS_NOISE * Math.max(1, Math.abs(this.loss))
    const bound = this.objective + SUFFICIENT_DECREASE * this.slope + noise
    if (!(objective <= bound)) return this.backtrack(objective)
    this.accept(loss, gradient)
    if (this.residual <= this.tolerance) return 'converged'
    return this.progresses() && this.aim() ? 'running' : 'stalled'
  }

  private accept(loss: number, gradient: Float32Array): void {
    const { x, trial, size } = this
    const slot = (this.newest + 1) % this.memory
    const s = this.s[slot]
    const y = this.y[slot]
    const before = this.gradient
    for (let i = 0; i < size; i++) {
      s[i] = trial[i] - x[i]
      y[i] = gradient[i] - before[i]
    }
    this.newest = slot
    this.pairs = Math.min(this.pairs + 1, this.memory)
    this.moveTo(trial, loss, gradient)
    this.iterations++
    this.measure()
  }

  private progresses(): boolean {
    this.patience++
    if (this.patience < PATIENCE) return true
    const progress = this.before - this.objective
    this.patience = 0
    this.before = this.objective
    return progress > LEAST_PROGRESS * Math.abs(this.objective)
  }

  /** Objective, free pixels, projected gradient and residual at `x`. */
  private measure(): void {
    const { x, origin, gradient, free, projected, size, c } = this
    let distance = 0
    let norm = 0
    for (let i = 0; i < size; i++) {
      const r = x[i] - origin[i]
      const total = gradient[i] + 2 * c * r
      distance += r * r
      const open = blocked(x[i], total) ? 0 : 1
      const part = open * total
      free[i] = open
      projected[i] = part
      norm += part * part
    }
    this.objective = c * distance + this.loss
    this.residual = Math.sqrt(norm) / (2 * c * Math.sqrt(distance) + Number.MIN_VALUE)
  }

  /** Direction by the two-loop recursion on the free pixels, then the full step; false if there is none. */
  private aim(): boolean {
    const { free, projected, direction, size, memory, rho, alpha } = this
    const curvature = 2 * this.c
    direction.set(projected)
    for (let k = 0; k < this.pairs; k++) {
      const slot = (this.newest - k + memory) % memory
      const s = this.s[slot]
      const y = this.y[slot]
      let ss = 0
      let sy = 0
      let sd = 0
      for (let i = 0; i < size; i++) {
        const si = free[i] * s[i]
        ss += si * si
        sy += si * y[i]
        sd += si * direction[i]
      }
      sy += curvature * ss
      if (!(sy > LEAST_CURVATURE * curvature * ss)) {
        rho[slot] = 0
        continue
      }
      rho[slot] = 1 / sy
      const a = (alpha[slot] = sd / sy)
      for (let i = 0; i < size; i++) direction[i] -= a * free[i] * (y[i] + curvature * s[i])
    }
    for (let i = 0; i < size; i++) direction[i] /= curvature
    for (let k = this.pairs - 1; k >= 0; k--) {
      const slot = (this.newest - k + memory) % memory
      if (rho[slot] === 0) continue
      const s = this.s[slot]
      const y = this.y[slot]
      let yd = 0
      // the direction is 0 where a pixel is blocked
      for (let i = 0; i < size; i++) yd += (y[i] + curvature * s[i]) * direction[i]
      const b = alpha[slot] - rho[slot] * yd
      for (let i = 0; i < size; i++) direction[i] += b * free[i] * s[i]
    }
    for (let i = 0; i < size; i++) direction[i] = -direction[i]
    this.step = 1
    this.backtracks = 0
    return this.place() || this.restart()
  }

  /** Writes P(x + step · direction) to `trial`; false where that is not a descent. */
  private place(): boolean {
    const { x, trial, direction, projected, size, step } = this
    let slope = 0
    for (let i = 0; i < size; i++) {
      trial[i] = clip(x[i] + step * direction[i])
      slope += projected[i] * (trial[i] - x[i])
    }
    this.slope = slope
    return slope < 0
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
    this.pairs = 0
    this.newest = -1
    return this.aim()
  }
}

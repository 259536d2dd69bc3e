import type { Reason, Status } from '../records/adversarial.js'
import { BoxLbfgs, LEAST_PROGRESS, type Progress } from './boxLbfgs.js'
import { Bracket, type End } from './bracket.js'
import { isLarge } from './large.js'
import { leastMargin, rounding, standingOf, UNKNOWN, type Standing } from './standing.js'
import { penalties } from './penalty.js'
import { Polish } from './polish.js'
import { Ray } from './ray.js'
import type { SearchOptions } from './searchDefaults.js'
import { sharpest, sharpnessFor } from './sharpness.js'
import { vectorBytes, type Address, type Vectors } from './vectors.js'

/** Where the minimisation with one value of c ended, and where that point stands to the boundary. */
export interface Minimiser {
  /**
   * Number of the solve, from 1; a minimisation that is given up at a kink, or that the budget ends, counts and is
   * not told of.
   */
  readonly solve: number
  readonly c: number
  /** [size] the minimiser, valid during the call only. */
  readonly x: Float32Array
  /** −log softmax(sharpness · logits)[target] at `x`, nats; sharpness is 1 for an ordinary network. */
  readonly loss: number
  readonly margin: number
  readonly fooled: boolean
  /** Relative KKT residual at `x`. */
  readonly residual: number
  /** L-BFGS iterations with this c. */
  readonly iterations: number
  /** Forward-backward passes since the search began. */
  readonly evaluations: number
}

/** Vectors that a search holds beside the pairs of its history. */
const VECTORS = 17

/** What a search for an image of so many values holds, in bytes. */
export function searchBytes(values: number, memory: number): number {
  return (VECTORS + 2 * memory) * vectorBytes(values)
}

/** A minimisation far from the boundary only has to tell on which side it is. */
const LOOSEST_RESIDUAL = 0.1
const LOOSEST_PROGRESS = 0.1
/** On photographs (`isLarge`) the side is told sooner, and margin and bracket end a search at so many times the tolerances. */
const LOOSEST_PROGRESS_LARGE = 0.5
const LOOSER_LARGE = 10
/**
 * At a kink, as of a ReLU, minimisations can be caught on the wrong side until c is much too small: after so many
 * failures without a success, the first sight of the target is where the search sets out from anew.
 */
const FAILURES = 3
/** Share of the first c below which the penalty no longer holds anything back: the target is out of reach. */
const LEAST_SHARE = 1e-9

/**
 * The search for the smallest perturbation that turns one image into one target (paper §4.1): minimise
 * c ‖r‖² − log softmax(f(x + r))[target] over the box, for the largest c whose minimiser is the target. Margins are
 * measured by the image's own, and logits far too large or too small for a softmax are scaled (`sharpnessFor`), so that
 * neither the size of the logits nor what is added to all of them matters.
 *
 * A state machine over single evaluations: evaluate `trial`, call `advance`, until `status` is set.
 *
 * 1. Go along the projected negative gradient to the decision boundary; c there is ‖∇L‖ / (2‖r‖).
 * 2. Minimise with that c, by L-BFGS from there.
 * 3. Correct log c by the margin of the minimiser: by the two-class linear model while one side of the
 *    boundary is known, then by safeguarded false position; warm start; again from 2.
 * 4. Polish the nearest example seen on the way: a number beside the result, not part of it.
 *
 * The result does not depend on what else is evaluated in the same batch.
 */
export class BoundarySearch {
  status: Status | undefined
  reason: Reason = 'none'
  /** Values of c solved for. */
  solves = 0
  /** Forward-backward passes. */
  evaluations = 0
  /** c, margin and relative KKT residual at `best`. */
  c = NaN
  margin = NaN
  residual = NaN

  /** What the logits are multiplied by in the loss. */
  sharpness = 1

  private readonly origin: Address
  private readonly bestAt: Address
  private readonly solver: BoxLbfgs
  private readonly ray: Ray
  private readonly polish: Polish
  private readonly bracket: Bracket
  private readonly loosestProgress: number
  /** What the tolerances of margin and bracket are multiplied by. */
  private readonly looser: number
  private phase: 'clean' | 'beside' | 'ray' | 'solve' | 'tighten' | 'polish' = 'clean'
  /** Whether `sharpness` is decided. */
  private scaled = false
  /** [classes] the image's logits. */
  private cleanLogits: Float32Array = new Float32Array(0)
  /** Norm of the loss's gradient with a sharpness of 1, at the image or beside it. */
  private slope = NaN
  private target = 0
  private bestSquares = Infinity
  /** Whether `best` is where a minimisation was stopped that `end` is to try to bring further. */
  private provisional = false
  /** Whether the network gave NaN or Infinity anywhere. */
  private nonFinite = false
  /** How far the clean image is from the target, in logits; > 0. */
  private cleanMargin = NaN
  /** What a success needs. */
  private leastMargin = NaN
  private logC = NaN
  private firstLogC = NaN
  /** Where the solver's iterate stands to the boundary. */
  private at: Standing = UNKNOWN
  private iterationsBefore = 0
  private onSolve: ((minimiser: Minimiser) => void) | undefined

  constructor(
    private readonly vectors: Vectors,
    private readonly options: SearchOptions,
  ) {
    const penalty = penalties[options.penalty]
    this.origin = vectors.allocate()
    this.bestAt = vectors.allocate()
    this.solver = new BoxLbfgs(vectors, this.origin, penalty, options.memory)
    this.ray = new Ray(vectors)
    this.polish = new Polish(vectors, this.origin)
    this.bracket = new Bracket(vectors, penalty)
    const large = isLarge(vectors.size)
    this.loosestProgress = large ? LOOSEST_PROGRESS_LARGE : LOOSEST_PROGRESS
    this.looser = large ? LOOSER_LARGE : 1
  }

  /** What to evaluate next. */
  get trial(): Address {
    return this.solver.trial
  }

  /** [size] the converged (at a kink: no longer falling) minimiser with the smallest perturbation that is the target. */
  get best(): Float32Array {
    return this.vectors.view(this.bestAt)
  }

  /** Whether the next evaluation needs the gradient of the margin, not of the loss. */
  get wantsMargin(): boolean {
    return this.phase === 'polish'
  }

  /** ‖r‖ of the nearest point seen with the target, brought closer along the boundary. */
  get polished(): number {
    return this.polish.norm
  }

  /** Width of the bracket on log c: from the largest c that fooled to the least above it that did not; NaN while none failed. */
  get bracketWidth(): number {
    return this.bracket.certified
  }

  /** Every c that fooled is below every c that did not. */
  get monotone(): boolean {
    return this.bracket.monotone
  }

  /** L-BFGS iterations over all values of c. */
  get iterations(): number {
    return this.solver.iterations
  }

  /** Takes up an image [size]; the first trial is the image itself. `onSolve` is told of each c solved for, in order. */
  start(image: Float32Array, target: number, onSolve?: (minimiser: Minimiser) => void): void {
    const { vectors, solver } = this
    vectors.set(this.origin, image)
    this.target = target
    this.onSolve = onSolve
    this.status = undefined
    this.reason = 'none'
    this.solves = 0
    this.evaluations = 0
    this.c = NaN
    this.margin = NaN
    this.residual = NaN
    this.bestSquares = Infinity
    this.provisional = false
    this.nonFinite = false
    this.leastMargin = NaN
    this.cleanMargin = NaN
    this.slope = NaN
    this.phase = 'clean'
    this.sharpness = 1
    this.scaled = false
    this.bracket.reset()
    this.polish.reset()
    solver.reset()
    vectors.copy(solver.trial, this.origin)
  }

  /**
   * Takes logits [classes] and, at `trial`, the gradient [size] of −log softmax(sharpness · logits)[target], or of the
   * margin.
   */
  advance(logits: Float32Array, gradient: Float32Array): void {
    const { vectors, solver } = this
    const { kernel, n } = vectors
    this.evaluations++
    vectors.set(solver.fresh, gradient, 0)
    const at = kernel.allFinite(solver.fresh, n) ? standingOf(logits, this.target, this.sharpness) : UNKNOWN
    if (Number.isNaN(at.loss)) this.nonFinite = true
    const squares = kernel.squaredDistance(solver.trial, this.origin, n)
    if (at.margin > this.leastMargin) this.polish.see(solver.trial, squares, at.margin)
    if (this.phase === 'clean' || this.phase === 'beside') this.leaveClean(at, logits)
    else if (this.phase === 'ray') this.followRay(at)
    else if (this.phase === 'polish') this.goOnPolishing(at)
    else this.minimise(at, squares)
    if (this.status === undefined && this.evaluations >= this.options.maxEvaluations) this.conclude('budget')
  }

  private leaveClean(at: Standing, logits: Float32Array): void {
    const { vectors, solver } = this
    const { kernel, n, size, low, high, zero } = vectors
    if (Number.isNaN(at.loss)) return this.conclude('non-finite')
    if (this.phase === 'clean') this.cleanLogits = logits.slice()
    const slope = Math.sqrt(kernel.squaredDistance(solver.fresh, zero, n))
    // as of ReLUs whose inputs are all 0: an image can be on a kink where the network is not constant
    if (slope === 0) return this.phase === 'clean' ? this.goBeside() : this.conclude('unreachable')
    const { cleanLogits, target } = this
    if (!this.scaled) {
      this.scaled = true
      this.slope = slope
      const { margin } = standingOf(cleanLogits, target, 1)
      this.sharpness = sharpnessFor(cleanLogits, Math.max(0, -margin), slope, high - low)
      // once more, with the gradient of that loss
      if (this.sharpness !== 1) return
    }
    const clean = standingOf(cleanLogits, target, this.sharpness)
    this.leastMargin = leastMargin(cleanLogits, this.slope, size, high - low)
    this.cleanMargin = Math.max(-clean.margin, this.leastMargin)
    solver.noise = (this.sharpness * rounding(cleanLogits)) / 2
    if (!this.ray.start(this.origin, clean, solver.fresh, this.cleanMargin, this.sharpness))
      return this.conclude('unreachable')
    this.phase = 'ray'
    this.ray.place(solver.trial)
  }

  private goBeside(): void {
    const { vectors, solver } = this
    this.phase = 'beside'
    vectors.inward(solver.trial, this.origin)
  }

  private followRay(at: Standing): void {
    const { solver } = this
    if (!this.ray.advance(at)) return this.ray.place(solver.trial)
    if (Number.isNaN(at.loss)) return this.conclude('non-finite')
    this.phase = 'solve'
    this.at = at
    solver.moveTo(solver.trial, at.loss, solver.fresh)
    this.setOut()
  }

  /** Begins to solve where the solver stands, with the c that balances loss and penalty there. */
  private setOut(): void {
    const c = this.solver.balance
    if (!(c > 0 && c < Infinity)) return this.conclude('unreachable')
    this.bracket.restart()
    this.firstLogC = Math.log(c)
    this.solve(this.firstLogC)
  }

  private solve(logC: number): void {
    this.logC = logC
    this.solves++
    this.iterationsBefore = this.solver.iterations
    this.settle(this.solver.begin(Math.exp(logC), this.tolerance()))
  }

  private minimise(at: Standing, squares: number): void {
    const before = this.solver.iterations
    const progress = this.solver.advance(at.loss, squares, this.leastProgress)
    const moved = this.solver.iterations > before
    if (moved) this.at = at
    const caught = this.bracket.failures >= FAILURES
    if (moved && caught && at.margin > this.leastMargin) return this.setOut()
    this.settle(progress)
  }

  /** A residual of ε moves the margin by less than ε of the clean one: enough is what tells the side. */
  private tolerance(): number {
    const { residualTolerance } = this.options
    if (this.phase === 'tighten') return residualTolerance
    const share = (0.5 * Math.abs(this.at.margin)) / this.cleanMargin
    return Math.max(residualTolerance, Math.min(LOOSEST_RESIDUAL, share))
  }

  /** The share of F that a kink's minimisation has to gain to go on: more, the further from the boundary. */
  private get leastProgress(): number {
    if (this.phase === 'tighten') return LEAST_PROGRESS
    return Math.max(LEAST_PROGRESS, (this.loosestProgress * Math.abs(this.at.margin)) / this.cleanMargin)
  }

  private settle(progress: Progress): void {
    let state = progress
    // the iteration may have brought the margin close to 0: go on with the tolerance that fits
    if (state === 'converged') state = this.solver.tighten(this.tolerance())
    const iterations = this.solver.iterations - this.iterationsBefore
    const strict = this.phase === 'tighten' || (state === 'stalled' && this.leastProgress === LEAST_PROGRESS)
    if (state !== 'running' || iterations >= this.options.maxIterations)
      this.judge(state !== 'converged', strict)
  }

  /** A value of c has been solved for: keep it, then choose the next or end. */
  private judge(exhausted: boolean, strict: boolean): void {
    const { bracket, options, solver } = this
    const { margin } = this.at
    const success = margin > this.leastMargin
    if (success) this.keep(exhausted, strict)
    this.onSolve?.(this.solved(success))
    if (this.phase === 'tighten') {
      if (success || this.bestSquares < Infinity) return this.finish('none')
      // the looser answer was on the wrong side after all
      bracket.lo.logC = NaN
      this.phase = 'solve'
    }
    bracket.record(success, this.logC, this.at, solver.x, solver.gradient)
    const close = Math.max(this.looser * options.marginTolerance * this.cleanMargin, 3 * this.leastMargin)
    const next = bracket.next(close / 2, this.cleanMargin)
    const over =
      (success && margin <= close) ||
      bracket.width <= this.looser * options.bracketTolerance ||
      this.solves >= options.maxSolves ||
      next < this.firstLogC + Math.log(LEAST_SHARE)
    if (over) return this.end()
    this.recall(bracket.nearest(next))
    this.solve(next)
  }

  private solved(fooled: boolean): Minimiser {
    const { solver, solves, evaluations } = this
    const { loss, margin } = this.at
    return {
      solve: solves,
      c: Math.exp(this.logC),
      x: this.vectors.view(solver.x),
      loss,
      margin,
      fooled,
      residual: solver.residual,
      iterations: solver.iterations - this.iterationsBefore,
      evaluations,
    }
  }

  /** Ends the search, with a last minimisation where the best c was solved only loosely. */
  private end(): void {
    const { lo } = this.bracket
    if (Number.isNaN(lo.logC)) {
      return this.finish(this.solves >= this.options.maxSolves ? 'budget' : 'unreachable')
    }
    const settled = this.bestSquares < Infinity && !this.provisional
    if (settled && Math.exp(lo.logC) <= this.c) return this.finish('none')
    this.phase = 'tighten'
    this.recall(lo)
    this.solve(lo.logC)
  }

  private recall(end: End): void {
    this.solver.moveTo(end.x, end.at.loss, end.gradient)
    this.at = end.at
  }

  /**
   * What converged only loosely is left to `end`. Where a kink or the limit stopped it, there may be no more to be had:
   * it stays unless `end`, which is `strict`, gets further.
   */
  private keep(exhausted: boolean, strict: boolean): void {
    const { solver } = this
    const converged = solver.residual <= this.options.residualTolerance
    if (!converged && !exhausted) return
    const provisional = !converged && !strict
    const better = solver.squares < this.bestSquares || (this.provisional && !provisional)
    if (!better) return
    this.provisional = provisional
    this.take(solver.x, solver.squares, this.at.margin)
    this.residual = solver.residual
  }

  private take(x: Address, squares: number, margin: number): void {
    this.vectors.copy(this.bestAt, x)
    this.bestSquares = squares
    this.c = Math.exp(this.logC)
    this.margin = margin
  }

  private finish(reason: Reason): void {
    const found = this.bestSquares < Infinity
    if (!found) return this.conclude(reason)
    this.polish.start(this.cleanMargin, this.leastMargin)
    this.phase = 'polish'
    this.polish.place(this.solver.trial)
  }

  private goOnPolishing(at: Standing): void {
    const { solver } = this
    if (this.polish.advance(at.margin, solver.fresh)) this.polish.place(solver.trial)
    else this.conclude('none')
  }

  /**
   * Goes on with a loss that is little but the margin: with other classes' shares in the loss its minimum in the box
   * can be outside of the target's region. False where the loss was that sharp already.
   */
  private sharpen(): boolean {
    const { cleanLogits, cleanMargin, slope, vectors, solver } = this
    if (!this.scaled || this.solves >= this.options.maxSolves) return false
    const sharpness = sharpest(cleanLogits, cleanMargin, slope, vectors.high - vectors.low)
    if (!(sharpness > this.sharpness)) return false
    this.sharpness = sharpness
    this.bracket.restart()
    solver.forget()
    this.phase = 'clean'
    vectors.copy(solver.trial, this.origin)
    return true
  }

  private conclude(reason: Reason): void {
    const { lo } = this.bracket
    if (reason === 'unreachable' && this.bestSquares === Infinity && this.sharpen()) return
    if (this.bestSquares === Infinity && reason === 'budget' && !Number.isNaN(lo.logC)) {
      // solved loosely, and there is no budget for more: `residual` stays NaN
      const { kernel, n } = this.vectors
      this.logC = lo.logC
      this.take(lo.x, kernel.squaredDistance(lo.x, this.origin, n), lo.at.margin)
    }
    const found = this.bestSquares < Infinity
    this.status = found ? 'success' : 'failed'
    this.reason = found ? 'none' : reason === 'unreachable' && this.nonFinite ? 'non-finite' : reason
  }
}

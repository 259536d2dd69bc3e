import type { Reason, Status } from '../records/adversarial.js'
import { freeNorm, squaredDistance } from './box.js'
import { BoxLbfgs, type Progress } from './boxLbfgs.js'
import { Bracket, type End } from './bracket.js'
import { evaluate, UNKNOWN, type Evaluation } from './evaluation.js'
import { Ray } from './ray.js'

/** How precisely the largest c that still fools is looked for. */
export interface SearchOptions {
  /** Pairs of the L-BFGS history. Three to eight are enough; more cost vector work. Default 5. */
  readonly memory: number
  /** A success this close to the boundary ends the search: a fraction of the clean image's margin. Default 1e-3. */
  readonly marginTolerance: number
  /** So does a bracket on log c this narrow. Default 5e-4, as the reference bisections. */
  readonly bracketTolerance: number
  /** Relative KKT residual of a converged minimisation. Default 1e-3. */
  readonly residualTolerance: number
  /** Values of c tried at most. Default 40. */
  readonly maxSolves: number
  /** L-BFGS steps per value of c at most. Default 100. */
  readonly maxIterations: number
  /** Forward-backward passes per (image, target) at most; a typical search needs 15 to 60. Default 1000. */
  readonly maxEvaluations: number
}

export const SEARCH_DEFAULTS: SearchOptions = {
  memory: 5,
  marginTolerance: 1e-3,
  bracketTolerance: 5e-4,
  residualTolerance: 1e-3,
  maxSolves: 40,
  maxIterations: 100,
  maxEvaluations: 1000,
}

/** A minimisation far from the boundary only has to tell on which side it is. */
const LOOSEST_RESIDUAL = 1e-2
/** A margin counts as positive above this share of the largest logit: more than float32 backends differ by. */
const MARGIN_NOISE = 1e-5
/**
 * At a kink, as of a ReLU, minimisations can be caught on the wrong side until c is much too small: after so many
 * failures without a success, the first sight of the target is where the search sets out from anew.
 */
const FAILURES = 3
/** Below this share of the first c the penalty no longer holds anything back: the target is out of reach. */
const LEAST_SHARE = 1e-9

/**
 * The search for the smallest perturbation that turns one image into one target (paper §4.1): minimise
 * c ‖r‖² − log softmax(f(x + r))[target] over the box, for the largest c whose minimiser is the target.
 *
 * A state machine over single evaluations: evaluate `trial`, call `advance`, until `status` is set.
 *
 * 1. Go along the projected negative gradient to the decision boundary; c there is ‖∇L‖ / (2‖r‖).
 * 2. Minimise with that c, by L-BFGS from there.
 * 3. Correct log c by the margin of the minimiser: by the two-class linear model while one side of the
 *    boundary is known, then by safeguarded false position; warm start; again from 2.
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
  /** The converged (at a kink: no longer falling) minimiser with the smallest perturbation that is the target. */
  readonly best: Float32Array
  /** c, margin and relative KKT residual at `best`. */
  c = NaN
  margin = NaN
  residual = NaN
  polished = NaN
  bracketWidth = NaN
  monotone = true

  private readonly solver: BoxLbfgs
  private readonly ray: Ray
  private readonly bracket: Bracket
  private phase: 'clean' | 'ray' | 'solve' | 'tighten' = 'clean'
  private origin: Float32Array = new Float32Array(0)
  private target = 0
  private bestDistance = Infinity
  /** How far the clean image is from the target, in logits; > 0. */
  private cleanMargin = NaN
  /** What a success needs. */
  private leastMargin = NaN
  private logC = NaN
  private firstLogC = NaN
  /** At the solver's iterate. */
  private at: Evaluation = UNKNOWN
  private iterationsBefore = 0

  constructor(
    size: number,
    private readonly options: SearchOptions,
  ) {
    this.solver = new BoxLbfgs(size, options.memory)
    this.ray = new Ray(size)
    this.bracket = new Bracket(size)
    this.best = new Float32Array(size)
  }

  /** [size] what to evaluate next. */
  get trial(): Float32Array {
    return this.solver.trial
  }

  /** L-BFGS steps over all solves. */
  get iterations(): number {
    return this.solver.iterations
  }

  /** Takes up an image [size]; the first trial is the image itself. */
  start(origin: Float32Array, target: number): void {
    this.origin = origin
    this.target = target
    this.status = undefined
    this.reason = 'none'
    this.solves = 0
    this.evaluations = 0
    this.c = NaN
    this.margin = NaN
    this.residual = NaN
    this.bestDistance = Infinity
    this.phase = 'clean'
    this.bracket.reset()
    this.solver.reset(origin)
    this.trial.set(origin)
  }

  /** Takes logits [classes] and the gradient of −log softmax(logits)[target] [size] at `trial`. */
  advance(logits: Float32Array, gradient: Float32Array): void {
    this.evaluations++
    const at = evaluate(logits, this.target, gradient)
    if (this.phase === 'clean') this.leaveClean(at, logits, gradient)
    else if (this.phase === 'ray') this.followRay(at, gradient)
    else this.minimise(at, gradient)
    if (this.status === undefined && this.evaluations >= this.options.maxEvaluations) this.finish('budget')
  }

  private leaveClean(at: Evaluation, logits: Float32Array, gradient: Float32Array): void {
    if (!at.finite) return this.finish('non-finite')
    const scale = logits.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0)
    this.leastMargin = MARGIN_NOISE * scale
    this.cleanMargin = Math.max(-at.margin, this.leastMargin)
    if (!this.ray.start(this.origin, at, gradient, this.cleanMargin)) return this.finish('unreachable')
    this.phase = 'ray'
    this.ray.place(this.trial)
  }

  private followRay(at: Evaluation, gradient: Float32Array): void {
    if (!this.ray.advance(at)) return this.ray.place(this.trial)
    if (!at.finite) return this.finish('non-finite')
    this.phase = 'solve'
    this.at = at
    this.solver.moveTo(this.trial, at.loss, gradient)
    this.setOut()
  }

  /** Begins to solve where the solver stands, with the c that balances loss and penalty there. */
  private setOut(): void {
    const { solver } = this
    const distance = Math.sqrt(squaredDistance(solver.x, this.origin))
    const c = freeNorm(solver.x, solver.gradient) / (2 * distance)
    if (!(c > 0 && c < Infinity)) return this.finish('unreachable')
    this.bracket.reset()
    this.firstLogC = Math.log(c)
    this.solve(this.firstLogC)
  }

  private solve(logC: number): void {
    this.logC = logC
    this.solves++
    this.iterationsBefore = this.solver.iterations
    this.settle(this.solver.begin(Math.exp(logC), this.tolerance()))
  }

  private minimise(at: Evaluation, gradient: Float32Array): void {
    const before = this.solver.iterations
    const progress = this.solver.advance(at.finite ? at.loss : NaN, gradient)
    const moved = this.solver.iterations > before
    if (moved) this.at = at
    const caught = this.bracket.failures >= FAILURES
    if (moved && caught && at.margin > this.leastMargin) return this.setOut()
    this.settle(progress)
  }

  /** A residual of ε moves the margin by about ε of the clean one: enough is what tells the side. */
  private tolerance(): number {
    const { residualTolerance } = this.options
    if (this.phase === 'tighten') return residualTolerance
    const share = (0.1 * Math.abs(this.at.margin)) / this.cleanMargin
    return Math.max(residualTolerance, Math.min(LOOSEST_RESIDUAL, share))
  }

  private settle(progress: Progress): void {
    let state = progress
    // the step may have brought the margin close to 0: go on with the tolerance that fits
    if (state === 'converged') state = this.solver.tighten(this.tolerance())
    const steps = this.solver.iterations - this.iterationsBefore
    if (state !== 'running' || steps >= this.options.maxIterations) this.judge(state !== 'converged')
  }

  /** A value of c has been solved for: keep it, then choose the next or end. */
  private judge(exhausted: boolean): void {
    const { bracket, options, solver } = this
    const { margin } = this.at
    const success = margin > this.leastMargin
    if (success) this.keep(exhausted)
    if (this.phase === 'tighten') {
      if (success) return this.finish('none')
      // the looser answer was on the wrong side after all
      bracket.lo.logC = NaN
      this.phase = 'solve'
    }
    bracket.record(success, this.logC, this.at, solver.x, solver.gradient)
    const close = Math.max(options.marginTolerance * this.cleanMargin, 3 * this.leastMargin)
    const next = bracket.next(close / 2, this.cleanMargin)
    const over =
      (success && margin <= close) ||
      bracket.width <= options.bracketTolerance ||
      this.solves >= options.maxSolves ||
      next < this.firstLogC + Math.log(LEAST_SHARE)
    if (over) return this.end()
    this.recall(bracket.nearest(next))
    this.solve(next)
  }

  /** Ends the search, with a last minimisation where the best c was solved only loosely. */
  private end(): void {
    const { lo } = this.bracket
    if (Number.isNaN(lo.logC)) return this.finish('unreachable')
    if (this.bestDistance < Infinity && Math.exp(lo.logC) <= this.c) return this.finish('none')
    this.phase = 'tighten'
    this.recall(lo)
    this.solve(lo.logC)
  }

  private recall(end: End): void {
    this.solver.moveTo(end.x, end.at.loss, end.gradient)
    this.at = end.at
  }

  /** What converged only loosely is left to `end`; where a kink or the limit stopped it, there is no more to be had. */
  private keep(exhausted: boolean): void {
    const { solver } = this
    const distance = squaredDistance(solver.x, this.origin)
    const final = exhausted || solver.residual <= this.options.residualTolerance
    if (!final || distance >= this.bestDistance) return
    this.bestDistance = distance
    this.best.set(solver.x)
    this.c = Math.exp(this.logC)
    this.margin = this.at.margin
    this.residual = solver.residual
  }

  private finish(reason: Reason): void {
    const { lo } = this.bracket
    if (this.bestDistance === Infinity && reason === 'budget' && !Number.isNaN(lo.logC)) {
      // solved loosely, and there is no budget for more: `residual` stays NaN
      this.best.set(lo.x)
      this.bestDistance = squaredDistance(lo.x, this.origin)
      this.c = Math.exp(lo.logC)
      this.margin = lo.at.margin
    }
    const found = this.bestDistance < Infinity
    this.status = found ? 'success' : 'failed'
    this.reason = found ? 'none' : reason
  }
}

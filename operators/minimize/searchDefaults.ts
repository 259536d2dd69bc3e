import type { PenaltyName } from './penalty.js'

/** How precisely the largest c that still fools is looked for. */
export interface SearchOptions {
  /** `squared`: c ‖r‖², smooth at r = 0; `norm`: c ‖r‖, as the paper writes it. Default `squared`. */
  readonly penalty: PenaltyName
  /** Pairs of the L-BFGS history. More take fewer evaluations and cost vector work. Default 6. */
  readonly memory: number
  /** A success this close to the boundary ends the search: a fraction of the clean image's margin. Default 2.5e-4, ten times as much on photographs. */
  readonly marginTolerance: number
  /** A bracket on log c this narrow ends the search, too. Default 5e-4, as the reference bisections; ten times as much on photographs. */
  readonly bracketTolerance: number
  /** Relative KKT residual of a converged minimisation, to whose square the distortion is as close. Default 2e-3. */
  readonly residualTolerance: number
  /** Values of c tried at most. Default 40. */
  readonly maxSolves: number
  /** L-BFGS iterations per value of c at most. Default 100. */
  readonly maxIterations: number
  /** Forward-backward passes per (image, target) at most; a typical search needs 15 to 60. Default 1000. */
  readonly maxEvaluations: number
}

/** What a search does unless told otherwise: the project's numbers are made so. */
export const SEARCH_DEFAULTS: SearchOptions = {
  penalty: 'squared',
  memory: 6,
  marginTolerance: 2.5e-4,
  bracketTolerance: 5e-4,
  residualTolerance: 2e-3,
  maxSolves: 40,
  maxIterations: 100,
  maxEvaluations: 1000,
}

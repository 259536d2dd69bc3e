/** Which length of the perturbation r a search weighs beside the loss. */
export const PENALTIES = ['squared', 'norm'] as const
/** `squared`: c ‖r‖²; `norm`: c ‖r‖, as the paper writes it. Both lead to the same boundary. */
export type PenaltyName = (typeof PENALTIES)[number]

/** c · length(‖r‖): what the minimisation needs to know of it. */
export interface Penalty {
  /** The length that is penalised, as a function of ‖r‖². */
  length(squares: number): number
  /** The slope of the length, as a function of ‖r‖²: the penalty's gradient is c · slope · r. */
  slope(squares: number): number
  /**
   * By what factor c is to grow for a minimiser at the boundary, for two classes and a linear model, from the target's
   * probability and margin at a minimiser and the clean image's distance from the boundary, in logits.
   */
  toBoundary(probability: number, margin: number, cleanMargin: number): number
}

export const penalties: Readonly<Record<PenaltyName, Penalty>> = {
  squared: {
    length: (squares) => squares,
    slope: () => 2,
    // margin + M = a (1 − p) / (2c), which is M, at p = ½, for a = 4cM
    toBoundary: (p, margin, clean) => (margin + clean) / (2 * clean * (1 - p)),
  },
  norm: {
    length: Math.sqrt,
    slope: (squares) => 1 / Math.sqrt(Math.max(squares, Number.MIN_VALUE)),
    // c = ‖w‖ (1 − p) wherever the minimiser is
    toBoundary: (p) => 1 / (2 * (1 - p)),
  },
}

import type { Estimate } from './statistics.js'

/** How an average distortion is beside the paper's: about as large, another, or not known well enough to say. */
export type Likeness = 'alike' | 'smaller' | 'larger' | 'unsure'

/** About as large: at most so many times the paper's, and no less than its share. */
export const ALIKE = 1.5

/**
 * Judges an average distortion by its interval, which has to lie within [1/1.5, 1.5] times the paper's value to be alike and
 * outside of it to be another: one far below is as much a difference as one far above.
 */
export function likeness({ low, high }: Pick<Estimate, 'low' | 'high'>, paper: number): Likeness {
  if (high < paper / ALIKE) return 'smaller'
  if (low > paper * ALIKE) return 'larger'
  return low >= paper / ALIKE && high <= paper * ALIKE ? 'alike' : 'unsure'
}

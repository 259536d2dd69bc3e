import { SEARCH_DEFAULTS } from '../minimize/searchDefaults.js'
import type { Method } from '../records/codes.js'

/** How DDN goes. */
export interface DdnSearchOptions {
  /** K, the number of iterations, all of which are taken. Default 100; the paper has 100, 300 and 1,000. */
  readonly iterations: number
  /** γ: the norm's change in an iteration, as a share. Default 0.05, as in the paper. */
  readonly gamma: number
  /** Grey levels that pixels are rounded to; the paper has 256. Default: none, as no other method here rounds. */
  readonly levels: number | undefined
}

/** What DDN does unless told otherwise. */
export const DDN_DEFAULTS: DdnSearchOptions = { iterations: 100, gamma: 0.05, levels: undefined }

/** How DeepFool goes. */
export interface DeepFoolSearchOptions {
  /** Linearisations at most. Default 50, as in the authors' code. */
  readonly iterations: number
  /** η: the perturbation is made longer by this share, to end beyond the boundary. Default 0.02, as in the paper. */
  readonly overshoot: number
  /**
   * Wrong classes linearised where none is given, the likeliest by the clean logits: each costs a gradient in each
   * iteration. Default 9, as in the authors' code: all of them for ten classes.
   */
  readonly candidates: number
}

/** What DeepFool does unless told otherwise. */
export const DEEP_FOOL_DEFAULTS: DeepFoolSearchOptions = { iterations: 50, overshoot: 0.02, candidates: 9 }

/** How each method searches unless told otherwise. */
export const METHOD_DEFAULTS: Readonly<Record<Method, object>> = {
  'l-bfgs': SEARCH_DEFAULTS,
  deepfool: DEEP_FOOL_DEFAULTS,
  ddn: DDN_DEFAULTS,
}

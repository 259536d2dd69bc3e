import type { ImageShape } from './image.js'

/** How an attack on one image ended. */
export const STATUSES = ['success', 'failed', 'skipped'] as const
export type Status = (typeof STATUSES)[number]

/** Why a row is `failed` or `skipped`; `none` for a success. */
export const REASONS = [
  'none',
  'misclassified', // skipped: the model already gets the image wrong
  'already-target', // skipped: the model already predicts the target
  'unreachable', // failed: no c gave the target
  'budget', // failed: the evaluations allowed ran out
  'non-finite', // failed: the network produced NaN or Infinity
] as const
export type Reason = (typeof REASONS)[number]

/** Which wrong class an attack aims at. `cases`: given by the caller for each sample. */
export const GOALS = ['random', 'all', 'untargeted', 'runner-up', 'least-likely', 'cases'] as const
export type Goal = (typeof GOALS)[number]

/**
 * Adversarial examples, one row per (image, target, source model); failures and skipped images are rows too.
 * Numbers that a row does not have are NaN, missing classes are -1.
 */
export interface AdversarialBatch {
  /** Identity of the run that made the rows. */
  readonly run: string
  /** The model that the examples were made for. */
  readonly sourceModel: string
  readonly dataset: string
  readonly split: string
  readonly goal: Goal
  readonly shape: ImageShape
  /** [n] position of the image in its split. */
  readonly index: Int32Array
  readonly label: Int32Array
  readonly target: Int32Array
  /** [n] the source model's class of the clean image. */
  readonly prediction: Int32Array
  /** [n] the source model's class of the adversarial image; -1 unless `success`. */
  readonly adversarialPrediction: Int32Array
  /** [n] position in STATUSES. */
  readonly status: Uint8Array
  /** [n] position in REASONS. */
  readonly reason: Uint8Array
  /** [n] RMS of the perturbation, sqrt(Σ (x′ − x)² / values). */
  readonly distortion: Float64Array
  readonly l2: Float64Array
  readonly linf: Float64Array
  /** [n] weight of the penalty ‖r‖² beside the cross-entropy in nats, of the solve that gave the example. */
  readonly c: Float64Array
  /** [n] target logit less the largest other logit at the adversarial image; positive for a success. */
  readonly margin: Float64Array
  /** [n] values of c that were solved for. */
  readonly solves: Int32Array
  /** [n] L-BFGS steps over all solves. */
  readonly iterations: Int32Array
  /** [n] forward-backward passes. */
  readonly evaluations: Int32Array
  /** [n × values] */
  readonly original: Float32Array
  /** [n × values] the example; the original where there is none. */
  readonly adversarial: Float32Array
}

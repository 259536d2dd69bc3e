/** What was shown to the victim. */
export const SCORE_KINDS = ['clean', 'adversarial', 'amplified', 'gaussian'] as const
export type ScoreKind = (typeof SCORE_KINDS)[number]

/** One row per example and victim model. */
export interface ScoreBatch {
  /** The model that the examples were made for; empty for `clean` and `gaussian`. */
  readonly sourceModel: string
  /** The victim: the model that is asked. */
  readonly model: string
  readonly kind: ScoreKind
  /** Standard deviation of the noise, RMS of an amplified perturbation; NaN for the other kinds. */
  readonly stddev: number
  readonly dataset: string
  readonly split: string
  readonly index: Int32Array
  readonly label: Int32Array
  /** [n] the class the example aims at; -1 where there is none. */
  readonly target: Int32Array
  /** [n] the victim's class of the example. */
  readonly prediction: Int32Array
  /** [n] 1 where the prediction is not the label. */
  readonly error: Uint8Array
  /** [n] 1 where the victim gets the clean image wrong. */
  readonly cleanError: Uint8Array
}

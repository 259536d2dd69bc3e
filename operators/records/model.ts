/** A trained network, one row per model. */
export interface ModelRecord {
  readonly model: string
  readonly architecture: string
  readonly dataset: string
  readonly split: string
  /** Images trained on. */
  readonly images: number
  readonly seed: number
  readonly backend: string
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  /** SHA-256 of the training images and labels in order. */
  readonly dataHash: string
  /** Which reading of the weight decay was used. */
  readonly decay: string
  /** Fractions in [0, 1]; NaN where not measured. */
  readonly trainError: number
  readonly testError: number
  readonly seconds: number
}

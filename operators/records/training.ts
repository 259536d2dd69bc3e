/** One row per epoch (SGD, Adam) or iteration (L-BFGS) of a training. */
export interface TrainingEvent {
  readonly kind: 'training'
  readonly model: string
  /** Which part of the recipe: `autoencoder`, `softmax`, `network`. */
  readonly phase: string
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** Mean loss over the epoch, decay included. */
  readonly loss: number
  /** Fraction of the training images that are wrong; NaN where the phase has no classes. */
  readonly trainError: number
  /** Since the training began. */
  readonly seconds: number
}

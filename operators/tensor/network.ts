import type { Tensor2D } from './tf.js'

/**
 * A network on tensors, inside `operators/tensor`; `classifierOf` makes a Classifier of it. Methods are
 * called within `tf.tidy` and at steady sizes (see `SteadyBatches`).
 */
export interface Network {
  /** Shape of one input; batches come flattened, [n × values]. */
  readonly inputShape: readonly number[]
  readonly classes: number
  /** Layers whose activations can be asked for, input to output; the last one's are the logits. */
  readonly layers: readonly string[]
  /** [n × classes] */
  logits(x: Tensor2D): Tensor2D
  /**
   * The gradient [n × values] of each batch, of Σ logits · w, with the weights w = weigh(logits) [n × classes] held
   * constant: with w = ∂loss/∂logits it is the loss's gradient. `weigh` gets the logits of all batches at once.
   */
  gradient(
    batches: readonly Tensor2D[],
    weigh: (logits: readonly Tensor2D[]) => readonly Tensor2D[],
  ): Tensor2D[]
  /** Shape of the activations of one of `layers`, for one input. */
  layerShape(layer: string): readonly number[]
  /** Whether a layer has an activation function other than the identity, or is one. */
  hasPre(layer: string): boolean
  /** Whether a layer's activation function is strictly increasing, and the same at every position. */
  increasing(layer: string): boolean
  /**
   * [n × values] activations of one of `layers`, flattened per sample; with `pre`, which that layer then has, before
   * its activation function.
   */
  activations(layer: string, x: Tensor2D, pre: boolean): Tensor2D
  /** [n × values] activations of every layer. */
  outputs(x: Tensor2D): Tensor2D[]
  dispose(): void
}

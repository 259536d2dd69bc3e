/** Logits of a batch and a gradient of each sample's own with respect to its pixels. */
export interface LossGradient {
  /** [n × classes] */
  readonly logits: Float32Array
  /** [n × values] */
  readonly gradient: Float32Array
}

/** A model on disk, known by its weights: enough for any thread to load the same classifier. */
export interface ModelReference {
  readonly name: string
  /** Absolute path of its `model.json`. */
  readonly file: string
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
}

/**
 * A network as everything outside `operators/tensor` sees it: a function of batches of typed arrays.
 * Logits are never softmaxed; what the model needs done to pixels is inside.
 * On one machine and backend each row's result depends on that row alone, bit for bit, whatever else is in the batch.
 */
export interface Classifier {
  readonly name: string
  /** Shape of one input, such as [784] or [227, 227, 3]. */
  readonly inputShape: readonly number[]
  readonly classes: number
  /** Least and largest value of a pixel: [0, 1] unless the classifier says otherwise. */
  readonly box: readonly [low: number, high: number]
  /** Names of the layers whose activations can be asked for, input to output. */
  readonly layers: readonly string[]
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  /** [n × classes] logits of `pixels` [n × values]. */
  logits(pixels: Float32Array): Float32Array
  /** Logits, and the input gradient of the cross-entropy −log softmax(logits)[target] to `targets` [n]. */
  lossGradient(pixels: Float32Array, targets: Int32Array): LossGradient
  /** Logits, and the input gradient of Σ logits · weights, with the constants weights [n × classes] = `weigh(logits)`. */
  logitGradient(pixels: Float32Array, weigh: (logits: Float32Array) => Float32Array): LossGradient
  /** Shape of a layer's activations for one input: [units], or [height, width, channels] of a convolution. */
  layerShape(layer: string): readonly number[]
  /**
   * [n × values] activations of a named layer, flattened per sample.
   *
   * @param options.pre before the layer's activation function, such as its sigmoid. Default false.
   */
  activations(layer: string, pixels: Float32Array, options?: { readonly pre?: boolean }): Float32Array
  /**
   * Whether a layer has an activation function that is strictly increasing in each unit, such as a sigmoid: then the values
   * before it tell more than those after it, of which many are the same float32 numbers. Without it no layer has one.
   */
  increasing?: ((layer: string) => boolean) | undefined
  /** Frees the tensors; the classifier cannot be used afterwards. */
  dispose(): void
}

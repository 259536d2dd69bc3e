/** A dense network as plain data. */
export interface Architecture {
  /** `FC`: dense layers with a softmax on top. `AE`: a softmax on a frozen sparse autoencoder's code. */
  readonly kind: 'FC' | 'AE'
  /** Units per layer, the classes last: [10], [100, 100, 10], [400, 10]. */
  readonly units: readonly number[]
  /** Of the hidden layers. */
  readonly activation: 'sigmoid' | 'tanh' | 'relu'
  /** Weight decay λ per layer, as many as `units`. */
  readonly lambda: readonly number[]
}

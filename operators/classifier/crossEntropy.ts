/** Cross-entropy of a batch. */
export interface CrossEntropy {
  /** [n × classes] gradient of the sum, −log softmax(s z)[target] per row, with respect to the logits z. */
  readonly gradient: Float32Array
  /** Sum over the batch, in nats. */
  readonly loss: number
  /** Rows whose largest logit is not the target's. */
  readonly errors: number
}

/**
 * Cross-entropy to the targets and its gradient, s (softmax(s z) − onehot(target)), in doubles: in float32 the
 * target's component would cancel to nothing once its probability is near 1.
 *
 * @param logits [n × classes]
 * @param sharpness [n] the s of each row; default: 1
 */
export function crossEntropy(
  logits: Float32Array,
  targets: Int32Array,
  classes: number,
  sharpness?: Float64Array,
): CrossEntropy {
  const gradient = new Float32Array(targets.length * classes)
  const e = new Float64Array(classes)
  let loss = 0
  let errors = 0
  for (let row = 0, at = 0; row < targets.length; row++, at += classes) {
    const target = targets[row]
    const s = sharpness?.[row] ?? 1
    let best = 0
    for (let k = 1; k < classes; k++) if (logits[at + k] > logits[at + best]) best = k
    const top = logits[at + best]
    // the sum without the target's own term: 1 − p of the target, as a sum that does not cancel
    let others = 0
    for (let k = 0; k < classes; k++) {
      e[k] = Math.exp(s * (logits[at + k] - top))
      if (k !== target) others += e[k]
    }
    const sum = others + e[target]
    for (let k = 0; k < classes; k++) gradient[at + k] = s * (e[k] / sum)
    gradient[at + target] = -s * (others / sum)
    loss += best === target ? Math.log1p(others) : Math.log(sum) + s * (top - logits[at + target])
    if (best !== target) errors++
  }
  return { gradient, loss, errors }
}

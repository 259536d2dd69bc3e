/**
 * Gradient of −log softmax(z)[target] with respect to the logits z, softmax(z) − onehot(target), per row.
 * In doubles, because in float32 the target's component cancels to nothing once its probability is near 1.
 *
 * @param logits [n × classes]
 * @returns [n × classes]
 */
export function crossEntropyGradient(
  logits: Float32Array,
  targets: Int32Array,
  classes: number,
): Float32Array {
  const gradient = new Float32Array(logits.length)
  const e = new Float64Array(classes)
  for (let row = 0, at = 0; row < targets.length; row++, at += classes) {
    let top = -Infinity
    for (let k = 0; k < classes; k++) if (logits[at + k] > top) top = logits[at + k]
    let sum = 0
    for (let k = 0; k < classes; k++) sum += e[k] = Math.exp(logits[at + k] - top)
    const target = targets[row]
    const others = sum - e[target]
    for (let k = 0; k < classes; k++) gradient[at + k] = e[k] / sum
    // 1 − p of the target as the sum of the others' terms, which does not cancel
    let rest = 0
    if (others < 0.5 * sum) {
      for (let k = 0; k < classes; k++) if (k !== target) rest += e[k]
    } else rest = others
    gradient[at + target] = -rest / sum
  }
  return gradient
}

/**
 * The class of each row, that with the largest logit; the first of equals, −1 where a logit is no finite number.
 *
 * @param logits [n × classes]
 */
export function predictions(logits: Float32Array, classes: number): Int32Array {
  const predicted = new Int32Array(logits.length / classes)
  for (let row = 0, at = 0; row < predicted.length; row++, at += classes) {
    let best = 0
    let finite = true
    for (let k = 0; k < classes; k++) {
      finite &&= Number.isFinite(logits[at + k])
      if (logits[at + k] > logits[at + best]) best = k
    }
    predicted[row] = finite ? best : -1
  }
  return predicted
}

/** The loss of one point and where it stands to the decision boundary. */
export interface Evaluation {
  /** −log softmax(logits)[target], nats; NaN where logits or gradient hold NaN or Infinity. */
  readonly loss: number
  /** Target logit less the largest other one: positive where the prediction is the target. */
  readonly margin: number
  /** Share of the target in the softmax. */
  readonly probability: number
}

export const UNKNOWN: Evaluation = { loss: NaN, margin: NaN, probability: NaN }

/** Reads logits [classes], in double precision. */
export function evaluate(logits: Float32Array, target: number): Evaluation {
  const own = logits[target]
  let other = -Infinity
  for (let k = 0; k < logits.length; k++) {
    if (k !== target && logits[k] > other) other = logits[k]
  }
  const top = Math.max(own, other)
  let sum = 0
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k] - top)
  const loss = Math.log(sum) + top - own
  if (!Number.isFinite(loss)) return UNKNOWN
  return { loss, margin: own - other, probability: Math.exp(-loss) }
}

/** A margin counts as positive above this share of the largest logit: more than float32 backends differ by. */
const MARGIN_NOISE = 1e-5

/** The margin that a success needs, from the clean image's logits. */
export function leastMargin(clean: Float32Array): number {
  return MARGIN_NOISE * clean.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0)
}

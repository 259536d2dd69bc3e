/** What an evaluation tells of a point: its loss, and where it stands to the decision boundary. */
export interface Standing {
  /** −log softmax(sharpness · logits)[target], nats; NaN where logits or gradient hold NaN or Infinity. */
  readonly loss: number
  /** Target logit less the largest other one: positive where the prediction is the target. */
  readonly margin: number
  /** softmax(sharpness · logits)[target], from 0 to 1. */
  readonly probability: number
}

/** The standing of a point where logits or gradient hold NaN or Infinity. */
export const UNKNOWN: Standing = { loss: NaN, margin: NaN, probability: NaN }

/** The standing of a point by its logits [classes], in double precision. */
export function standingOf(logits: Float32Array, target: number, sharpness: number): Standing {
  const own = logits[target]
  let other = -Infinity
  for (let k = 0; k < logits.length; k++) {
    if (k !== target && logits[k] > other) other = logits[k]
  }
  const top = Math.max(own, other)
  let sum = 0
  for (let k = 0; k < logits.length; k++) sum += Math.exp(sharpness * (logits[k] - top))
  const loss = Math.log(sum) + sharpness * (top - own)
  if (!Number.isFinite(loss)) return UNKNOWN
  return { loss, margin: own - other, probability: Math.exp(-loss) }
}

/** A margin counts as positive above this share of the logits' half spread: more than float32 backends differ by. */
const MARGIN_NOISE = 1e-5
/** A margin counts as positive, too, above what it changes by within this RMS, a share of the box, where the image's logits are all alike. */
const LEAST_DISTORTION = 1e-7

/**
 * The margin that a success needs. It does not depend on what is added to all logits, but for what float32 keeps of
 * them then, and is in proportion to what they are multiplied by.
 *
 * @param clean [classes] the image's logits
 * @param slope norm of the margin's input gradient at the image, about
 * @param values of the image
 * @param width of the box
 */
export function leastMargin(clean: Float32Array, slope: number, values: number, width: number): number {
  return Math.max(
    (MARGIN_NOISE * spread(clean)) / 2,
    // where the logits are far from 0: what another order of summation may change of each
    rounding(clean),
    LEAST_DISTORTION * width * Math.sqrt(values) * slope,
  )
}

/** Largest logit less the smallest, of one sample's logits [classes]. */
export function spread(logits: Float32Array): number {
  let [low, high] = [Infinity, -Infinity]
  for (const logit of logits) {
    if (logit < low) low = logit
    if (logit > high) high = logit
  }
  return high - low
}

/** Distance of the float32 numbers next to the logit that is furthest from 0. */
export function rounding(logits: Float32Array): number {
  const most = logits.reduce((so, logit) => Math.max(so, Math.abs(logit)), 0)
  return most > 0 ? 2 ** (Math.floor(Math.log2(most)) - 23) : 0
}

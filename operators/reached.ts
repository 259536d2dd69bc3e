/** Where a point stands to the classes that are looked for. */
export interface Reached {
  /** The likeliest of them. */
  readonly target: number
  /** Its logit less the largest other one, of whatever class; NaN where a logit is not finite. */
  readonly margin: number
}

/** Reads logits [classes]. */
export function reached(logits: Float32Array, targets: readonly number[]): Reached {
  let target = targets[0]
  for (const k of targets) if (logits[k] > logits[target]) target = k
  const finite = logits.every((logit) => Number.isFinite(logit))
  return { target, margin: finite ? logits[target] - logits[largestOther(logits, target)] : NaN }
}

/** The likeliest class but `k`. */
export function largestOther(logits: Float32Array, k: number): number {
  let other = k === 0 ? 1 : 0
  for (let j = 0; j < logits.length; j++) if (j !== k && logits[j] > logits[other]) other = j
  return other
}

/** A margin counts as positive above this share of the largest clean logit, as in `attack`. */
const MARGIN_NOISE = 1e-5

/** The margin that a success needs, from the clean image's logits. */
export function leastMargin(clean: Float32Array): number {
  return MARGIN_NOISE * clean.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0)
}

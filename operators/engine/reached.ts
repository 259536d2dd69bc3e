/** Where a point stands to the classes that are looked for. */
export interface Reached {
  /** The likeliest of the classes that are looked for. */
  readonly target: number
  /** The target's logit less the largest other one, of whatever class; NaN where a logit is not finite. */
  readonly margin: number
}

/** Where a point with logits [classes] stands to some classes. */
export function reached(logits: Float32Array, targets: readonly number[]): Reached {
  let target = targets[0]
  for (const k of targets) if (logits[k] > logits[target]) target = k
  const finite = logits.every((logit) => Number.isFinite(logit))
  return { target, margin: finite ? logits[target] - logits[largestOther(logits, target)] : NaN }
}

/** The likeliest class other than `k`. */
export function largestOther(logits: Float32Array, k: number): number {
  let other = k === 0 ? 1 : 0
  for (let j = 0; j < logits.length; j++) if (j !== k && logits[j] > logits[other]) other = j
  return other
}

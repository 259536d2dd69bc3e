import type { LabelCounts } from '../records/rank.js'

/**
 * How probable it is that of k images drawn without replacement at least m have the same label: exact, by a sum of positive
 * terms alone, so that it has no least value as a count of permutations has one.
 *
 * The number of a label among the k is hypergeometric, or binomial given that all labels together are k: a label after
 * the other is added to the distribution of how many there are so far, apart for draws in which some label has m already.
 *
 * @returns the probability of each m from 1 to k, computed when it is asked for; above 0.
 */
export function purityTail(labels: LabelCounts, k: number): (m: number) => number {
  const images = labels.reduce((sum, [, count]) => sum + count, 0)
  // any share gives the same; this one keeps the terms that matter away from the ends of a double
  const share = k / (images + 1)
  const weights = labels.map(([, count]) => binomial(count, share, k))
  const known = new Map<number, number>()
  return (m) => {
    const found = known.get(m) ?? tail(weights, k, m)
    known.set(m, found)
    return found
  }
}

/** [0 … most] probabilities of a binomial number of n. */
function binomial(n: number, share: number, most: number): Float64Array {
  const all = new Float64Array(Math.min(n, most) + 1)
  const odds = share / (1 - share)
  for (let j = 0, log = n * Math.log1p(-share); j < all.length; j++) {
    all[j] = Math.exp(log)
    log += Math.log(((n - j) / (j + 1)) * odds)
  }
  return all
}

function tail(weights: readonly Float64Array[], k: number, m: number): number {
  let [none, some] = [new Float64Array(k + 1), new Float64Array(k + 1)]
  none[0] = 1
  for (const own of weights) {
    const [noneNow, someNow] = [new Float64Array(k + 1), new Float64Array(k + 1)]
    for (let before = 0; before <= k; before++)
      for (let j = 0; j < own.length && before + j <= k; j++) {
        if (j < m) noneNow[before + j] += none[before] * own[j]
        else someNow[before + j] += none[before] * own[j]
        someNow[before + j] += some[before] * own[j]
      }
    ;[none, some] = [noneNow, someNow]
  }
  const p = some[k] / (some[k] + none[k])
  // beyond the range of a double
  return Math.max(Number.MIN_VALUE, p)
}

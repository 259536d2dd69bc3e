import type { Verdict } from '../../sinks/table/table.js'

/** What the rows say of one part of a claim: that it holds, that it does not, or neither of them for certain. */
export type Outcome = 'yes' | 'no' | 'unsure'

/** Whether a number is above `least`, by its interval. */
export const above = (
  { low, high }: { readonly low: number; readonly high: number },
  least: number,
): Outcome => (low > least ? 'yes' : high <= least ? 'no' : 'unsure')

/** The outcome of what holds only where each of its parts does. */
export const all = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.includes('no') ? 'no' : outcomes.includes('unsure') ? 'unsure' : 'yes'

/** A claim of all its parts: it does not hold only where one of them certainly does not, and none does. */
export function stateOf(outcomes: readonly Outcome[]): Verdict['state'] {
  const [yes, no] = (['yes', 'no'] as const).map((one) => outcomes.includes(one))
  if (yes) return all(outcomes) === 'yes' ? 'holds' : 'partly'
  return no ? 'no' : 'open'
}

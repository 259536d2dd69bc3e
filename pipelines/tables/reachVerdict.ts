import type { Verdict } from '../../sinks/table/table.js'
import { successOf, type Attack } from './measured.js'
import { above, stateOf } from './state.js'
import { rate } from './statistics.js'
import { count, extent, many, percent, say, span } from './words.js'

/** A network is fooled nearly always: the lower end of its success interval. */
export const NEARLY_ALWAYS = 0.9

/** Of distortions, those of photographs among them. */
const DIGITS = 4

/** A share in per cent, rounded down: what is said to be at least so much. */
export const floored = (share: number): string => (Math.floor(1e4 * share) / 100).toFixed(2)

/** Whether every network was fooled nearly always, beside no number of the paper's. */
export function reachVerdict(
  lines: readonly { readonly name: string; readonly attack: Attack | undefined }[],
): Verdict | undefined {
  const judged = lines.flatMap(({ name, attack }) => {
    if (!attack || attack.attacked === 0) return []
    const success = rate(successOf(attack))
    return [{ name, attack, success, reach: above(success, NEARLY_ALWAYS) }]
  })
  if (judged.length === 0) return undefined
  const state = stateOf(judged.map(({ reach }) => reach))
  const sum = (column: 'successes' | 'attacked') =>
    count(judged.reduce((all, { attack }) => all + attack[column], 0))
  const [weakest] = extent(judged.map(({ success }) => success.low))
  const named = (what: string, is: 'no' | 'unsure') => {
    const names = judged.filter(({ reach }) => reach === is).map(({ name }) => name)
    return names.length > 0 ? ` ${what}: ${names.join(', ')}.` : ''
  }
  const sizes = judged.flatMap(({ attack: { distortion } }) =>
    distortion.n > 0 ? [distortion.value.toFixed(DIGITS)] : [],
  )
  const several = judged.some(({ attack }) => attack.attacked > attack.images)
  return {
    state,
    sentence:
      `${say(state)}: ${sum('successes')} of ${sum('attacked')} ${several ? 'rows' : 'images'} of ` +
      `${many(judged.length, 'network')} were fooled (of each at least ${floored(weakest)} % with 95 % confidence)` +
      `${sizes.length > 0 ? `, at an average distortion of ${span(sizes)}` : ''}.` +
      named('Fooled too seldom', 'no') +
      named('Too few images to say', 'unsure'),
    rule: `holds where, for every network, the interval of the success rate lies over ${percent(NEARLY_ALWAYS, 0)} %; does not where, for none of them, and for some network the interval lies below`,
  }
}

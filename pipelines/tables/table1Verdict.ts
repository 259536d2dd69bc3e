import type { Verdict } from '../../sinks/table/table.js'
import { rounding } from './cells.js'
import { ALIKE, likeness, type Likeness } from './likeness.js'
import { successOf, type Attack } from './measured.js'
import { floored, NEARLY_ALWAYS } from './reachVerdict.js'
import { above, all, stateOf, type Outcome } from './state.js'
import { rate } from './statistics.js'
import { count, extent, percent, say, span } from './words.js'

const OUTCOMES: Readonly<Record<Likeness, Outcome>> = {
  alike: 'yes',
  smaller: 'no',
  larger: 'no',
  unsure: 'unsure',
}

/** Whether every network was fooled nearly always, at distortions like the paper's. */
export function table1Verdict(
  lines: readonly {
    readonly name: string
    readonly random: Attack | undefined
    readonly paper: number | undefined
  }[],
): Verdict | undefined {
  const judged = lines.flatMap(({ name, random, paper }) => {
    if (!random || random.attacked === 0) return []
    const { successes, attacked, distortion } = random
    const success = rate(successOf(random))
    const reach = above(success, NEARLY_ALWAYS)
    const compared = paper === undefined || distortion.n === 0 ? undefined : paper
    const like = compared === undefined ? undefined : likeness(distortion, compared)
    const size = like === undefined ? [] : [OUTCOMES[like]]
    return [
      {
        name,
        successes,
        attacked,
        success,
        distortion,
        paper: compared,
        reach,
        like,
        outcome: all([reach, ...size]),
      },
    ]
  })
  if (judged.length === 0) return undefined
  const sum = (of: (row: (typeof judged)[number]) => number) =>
    judged.reduce((total, row) => total + of(row), 0)
  const state = stateOf(judged.map(({ outcome }) => outcome))
  const compared = judged.flatMap(({ distortion, paper }) =>
    paper === undefined ? [] : [{ distortion, paper }],
  )
  // the paper's value is known to half a unit of its last digit
  const within = compared.filter(
    ({ distortion: { low, high }, paper }) =>
      low - rounding(paper) <= paper && paper <= high + rounding(paper),
  )
  const times = compared.map(({ distortion, paper }) => (distortion.value / paper).toFixed(2))
  const [weakest] = extent(judged.map(({ success }) => success.low))
  const named = (what: string, is: (row: (typeof judged)[number]) => boolean) => {
    const names = judged.filter(is).map(({ name }) => name)
    return names.length > 0 ? ` ${what}: ${names.join(', ')}.` : ''
  }
  return {
    state,
    sentence:
      `${say(state)}: ${count(sum(({ successes }) => successes))} of ${count(sum(({ attacked }) => attacked))} images of ` +
      `${judged.length} network${judged.length > 1 ? 's' : ''} were fooled (of each at least ${floored(weakest)} % with 95 % confidence)` +
      (compared.length > 0
        ? `, at ${span(times)} times the paper’s average distortion; ` +
          `the paper’s value lies in our interval for ${within.length} of ${compared.length}.`
        : '; there is no distortion of the paper’s of such networks on these images.') +
      named('Fooled too seldom', ({ reach }) => reach === 'no') +
      named('Larger distortions than the paper’s', ({ like }) => like === 'larger') +
      named('Smaller distortions than the paper’s', ({ like }) => like === 'smaller') +
      named('Too few images to say', ({ outcome }) => outcome === 'unsure'),
    rule: `holds where, for every network, the interval of the success rate lies over ${percent(NEARLY_ALWAYS, 0)} % and that of the average distortion within 1/${ALIKE} to ${ALIKE} times the paper’s, where the paper has one; does not where, for none of them, and for some network an interval lies outside`,
  }
}

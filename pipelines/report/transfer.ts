import type { Verdict } from '../../sinks/report/content.js'
import { PUBLISHED_SAMPLE } from '../published.js'
import { difference } from '../statistics.js'
import type { ScoreRow } from './queries.js'
import { cellsOf, paperOf, type Shown } from './shown.js'
import { say } from './words.js'

/** Noise of more times a perturbation's size says nothing about it. */
const COMPARABLE = 4

/** Whether examples fool other networks more often than noise that is at least as large. */
export function transfer(
  shown: readonly Shown[],
  published: ReadonlyMap<string, readonly number[]>,
  among?: { readonly name: string; readonly has: (source: string, victim: string) => boolean },
): Verdict | undefined {
  const noise = shown.filter(({ kind }) => kind === 'gaussian')
  const judged = shown.flatMap(({ source, kind, images, distortion, victims }) => {
    if (kind === 'gaussian') return []
    const fits = noise.filter(
      (row) =>
        row.images === images &&
        row.distortion >= distortion - 1e-9 &&
        row.distortion <= COMPARABLE * distortion,
    )
    const [control] = fits.sort((a, b) => a.distortion - b.distortion)
    return [...victims].flatMap(([victim, cell]) => {
      const beside = fits.length > 0 ? control.victims.get(victim) : undefined
      return victim === source || !beside ? [] : [{ source, victim, cell, beside }]
    })
  })
  if (judged.length === 0) return undefined
  const better = judged.filter(
    ({ cell, beside }) => difference(rate(cell), rate(beside), judged.length).low > 0,
  )
  const share = better.length / judged.length
  const state = share === 1 ? 'holds' : share > 0 ? 'partly' : 'no'
  const range = (of: 'cell' | 'beside') => {
    const rates = judged.map((pair) => (100 * pair[of].errors) / pair[of].n)
    return `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)} %`
  }
  const apart = among && judged.filter(({ source, victim }) => among.has(source, victim))
  const apartBetter = among && better.filter(({ source, victim }) => among.has(source, victim))
  const cells = shown.flatMap(({ key, victims }) =>
    [...victims].flatMap(([victim, cell]) => {
      const paper = paperOf(published, key, victim)
      return paper === undefined
        ? []
        : [difference(rate(cell), { value: paper / 100, n: PUBLISHED_SAMPLE }, cellsOf(published))]
    }),
  )
  const differing = cells.filter(({ low, high }) => low > 0 || high < 0).length
  return {
    state,
    sentence:
      `${say(state)}: in ${better.length} of ${judged.length} cells of two networks the examples made for one fool the other more often ` +
      `than Gaussian noise at least as large does (all of these at once with 95 % confidence); errors of ${range('cell')} ` +
      `against ${range('beside')} by noise.` +
      (apart && apartBetter ? ` Between ${among.name}: ${apartBetter.length} of ${apart.length}.` : '') +
      (cells.length > 0
        ? ` ${differing} of ${cells.length} cells ${differing === 1 ? 'differs' : 'differ'} from the paper’s by more than sampling explains.`
        : ''),
    rule: `holds where that is so for all of them; beside the smallest noise that is at least as large, and at most ${COMPARABLE} times; Newcombe intervals of the difference, as of independent samples, Bonferroni over the cells`,
  }
}

const rate = ({ errors, n }: ScoreRow) => ({ value: errors / n, n })

import type { Verdict } from '../../sinks/report/content.js'
import { PUBLISHED_SAMPLE } from '../published.js'
import { difference } from '../statistics.js'
import { differs } from './cells.js'
import type { ScoreRow } from './queries.js'
import { cellsOf, paperOf, shownByPaper, type PublishedTable, type Shown } from './shown.js'
import { extent, say } from './words.js'

/** Noise of more times a perturbation's size says nothing about it. */
const COMPARABLE = 4

/** A cell of two networks, and the noise that it is held against. */
interface Pair {
  readonly row: Shown
  readonly victim: string
  readonly cell: ScoreRow
  readonly control: ScoreRow | undefined
}

/**
 * Whether examples fool other networks more often than noise that is at least as large, over the images that the network
 * gets right when clean: of the others it is not the change that makes the error.
 */
export function transfer(
  shown: readonly Shown[],
  published: PublishedTable,
  among?: { readonly name: string; readonly has: (source: string, victim: string) => boolean },
): Verdict | undefined {
  const pairs = pairsOf(shown)
  const { judged, better } = judge(pairs)
  if (pairs.length === 0) return undefined
  const unjudged = pairs.filter(({ control }) => control === undefined)
  const left =
    unjudged.length === 0
      ? ''
      : ` ${unjudged.length} of ${pairs.length} cells could not be compared: no noise of at least their size, and at most ${COMPARABLE} times, on the same images${unjudged.some(({ row }) => Number.isNaN(row.distortion)) ? ', or no examples to know the size from' : ''}.`
  const rule = `holds where that is so for all of them: over the images that the network gets right when clean, beside the smallest noise at least as large, and at most ${COMPARABLE} times; Newcombe intervals of the difference, as of independent samples, Bonferroni over the cells`
  if (judged.length === 0) return { state: 'open', sentence: `${say('open')}.${left}`, rule }
  const all = better.length === judged.length
  const state = better.length === 0 ? 'no' : all && unjudged.length === 0 ? 'holds' : 'partly'
  const range = (of: 'cell' | 'control') => {
    const [least, most] = extent(judged.map((pair) => 100 * whereRight(pair[of]).value))
    return `${least.toFixed(1)} to ${most.toFixed(1)} %`
  }
  const within = (some: readonly Pair[]) =>
    among ? some.filter(({ row, victim }) => among.has(row.source, victim)).length : 0
  return {
    state,
    sentence:
      `${say(state)}: in ${better.length} of ${judged.length} cells of two networks the examples made for one fool the other more ` +
      `often than Gaussian noise at least as large does (all of these at once with 95 % confidence); of images that it gets right ` +
      `when clean it loses ${range('cell')} to them, ${range('control')} to the noise.` +
      (among ? ` Between ${among.name}: ${within(better)} of ${within(judged)}.` : '') +
      amplifiedMore(shown) +
      besidePaper(shown, published) +
      left,
    rule,
  }
}

/** The pairs with noise beside them, and those of them that fool more often than it. */
function judge(pairs: readonly Pair[]) {
  const judged = pairs.flatMap(({ control, ...pair }) => (control ? [{ ...pair, control }] : []))
  const better = judged.filter(
    ({ cell, control }) => difference(whereRight(cell), whereRight(control), judged.length).low > 0,
  )
  return { judged, better }
}

function pairsOf(shown: readonly Shown[]): readonly Pair[] {
  const noise = shown.filter(({ kind }) => kind === 'gaussian')
  return shown.flatMap((row) => {
    if (row.kind === 'gaussian' || row.literal) return []
    const [control] = noise
      .filter(({ images, distortion }) => images === row.images && distortion >= row.distortion - 1e-9)
      .filter(({ distortion }) => distortion <= COMPARABLE * row.distortion)
      .sort((a, b) => a.distortion - b.distortion) as [Shown?]
    return [...row.victims].flatMap(([victim, cell]) =>
      victim === row.source ? [] : [{ row, victim, cell, control: control?.victims.get(victim) }],
    )
  })
}

/** Whether the same examples fool more often when they are amplified. */
function amplifiedMore(shown: readonly Shown[]): string {
  const cells = shown.flatMap((row) => {
    if (row.kind !== 'amplified' || row.literal) return []
    const before = shown.find(
      ({ kind, source, images }) => kind === 'adversarial' && source === row.source && images === row.images,
    )
    if (!before || !(before.distortion < row.distortion)) return []
    return [...row.victims].flatMap(([victim, cell]) => {
      const own = before.victims.get(victim)
      return victim === row.source || !own ? [] : [{ cell, own }]
    })
  })
  if (cells.length === 0) return ''
  const more = cells.filter(({ cell, own }) => difference(rate(cell), rate(own), cells.length).low > 0)
  return ` Amplified, they fool more often than before in ${more.length} of ${cells.length}.`
}

/** How many cells differ from the paper's by more than both samples and its rounding explain: those marked in the table. */
function besidePaper(shown: readonly Shown[], published: PublishedTable): string {
  const differences = shown.flatMap((row) =>
    [...row.victims].flatMap(([victim, cell]) => {
      const paper = paperOf(published, row, victim)
      if (paper === undefined) return []
      return [differs(rate(cell), { percent: paper, n: PUBLISHED_SAMPLE }, cellsOf(published))]
    }),
  )
  if (differences.length === 0) return ''
  const differing = differences.filter(Boolean).length
  const theirs = judge(pairsOf(shownByPaper(published)))
  return ` The paper’s own numbers, over all images, give ${theirs.better.length} of ${theirs.judged.length}. ${differing} of ${differences.length} cells ${differing === 1 ? 'differs' : 'differ'} from the paper’s by more than sampling explains.`
}

// several rows of an image are not independent: they count as one
const rate = ({ errors, n, images }: ScoreRow) => ({ value: errors / n, n: images })
const whereRight = ({ clean_errors: errors, clean_n: right, n, images }: ScoreRow) => ({
  value: right > 0 ? errors / right : 0,
  n: (right * images) / n,
})

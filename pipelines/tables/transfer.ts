import type { Verdict } from '../../sinks/table/table.js'
import { PUBLISHED_SAMPLE } from './published.js'
import { difference, rate, type Estimate } from './statistics.js'
import { differs } from './cells.js'
import type { ScoreRow } from './measured.js'
import { COMPARABLE, noisesFor } from './noiseFor.js'
import { errorsOf, rightErrorsOf } from './scoreColumns.js'
import { cellsOf, paperOf, shownByPaper, type PublishedTable, type Shown } from './shown.js'
import { stateOf, type Outcome } from './state.js'
import { percent, say, span } from './words.js'

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
  const { judged, better, worse, possible } = judge(pairs)
  if (pairs.length === 0) return undefined
  const unjudged = pairs.filter((pair) => !isBeside(pair))
  const left =
    unjudged.length === 0
      ? ''
      : ` ${unjudged.length} of ${pairs.length} cells could not be compared: no unclipped noise of at least their size, and at most ${COMPARABLE} times, on the same images${unjudged.some(({ row }) => Number.isNaN(row.distortion)) ? ', or no examples to know the size from' : ''}.${adviceFor(unjudged)}`
  const rule = `holds where that is so for all of them, does not where it is so for none and in some cell the interval is all below noise's: over the images that the network gets right when clean, beside the smallest noise at least as large, and at most ${COMPARABLE} times; Newcombe intervals of the difference, as of independent samples, Bonferroni over the cells`
  if (judged.length === 0) return { state: 'open', sentence: `${say('open')}.${left}`, rule }
  const state = stateOf([...judged.map(outcomeOf), ...unjudged.map(() => 'unsure' as const)])
  const range = (of: 'cell' | 'control') => `${span(judged.map((pair) => percent(pair[of].value, 1)))} %`
  const within = (some: readonly Judged[]) =>
    among ? some.filter(({ row, victim }) => among.has(row.source, victim)).length : 0
  return {
    state,
    sentence:
      `${say(state)}: in ${better.length} of ${judged.length} cells of two networks the examples made for one fool the other more ` +
      `often than Gaussian noise at least as large does (all of these at once with 95 % confidence); of images that it gets right ` +
      `when clean it loses ${range('cell')} to them, ${range('control')} to the noise.` +
      (worse.length > 0 ? ` In ${worse.length} the noise fools more often.` : '') +
      (possible.length === 0
        ? ` Too few images: with ${sizes(judged)} that it gets right when clean no error could have been told from the noise’s.`
        : '') +
      (among ? ` Between ${among.name}: ${within(better)} of ${within(judged)}.` : '') +
      amplifiedMore(shown) +
      besidePaper(shown, published) +
      left,
    rule,
  }
}

/** Which noise is to be shown, too, where cells have none. */
function adviceFor(pairs: readonly Pair[]): string {
  const sizes = pairs.flatMap(({ row: { distortion }, control }) =>
    control === undefined && distortion > 0 ? [distortion] : [],
  )
  return sizes.length === 0
    ? ''
    : ` Score the same examples with --noise ${noisesFor(sizes).join(' ')} to compare them.`
}

interface Judged {
  readonly row: Shown
  readonly victim: string
  readonly cell: Estimate
  readonly control: Estimate
  /** Errors on the examples above those on the noise, with an interval so wide that all of them hold at once. */
  readonly excess: Estimate
  /** Whether the excess could have been above 0 for certain: with an error of 100 %. */
  readonly possible: boolean
}

const outcomeOf = ({ excess: { low, high } }: Judged): Outcome =>
  low > 0 ? 'yes' : high < 0 ? 'no' : 'unsure'

/** The pairs with noise beside them, and those of them that fool more often than it, or less. */
function judge(pairs: readonly Pair[]) {
  const beside = pairs.filter(isBeside)
  const judged = beside.map(({ row, victim, ...pair }): Judged => {
    const [cell, control] = [whereRight(pair.cell), whereRight(pair.control)]
    const excess = difference(cell, control, beside.length)
    const most = difference({ value: 1, n: cell.n }, control, beside.length)
    return { row, victim, cell, control, excess, possible: most.low > 0 }
  })
  return {
    judged,
    better: judged.filter((pair) => outcomeOf(pair) === 'yes'),
    worse: judged.filter((pair) => outcomeOf(pair) === 'no'),
    possible: judged.filter((pair) => pair.possible),
  }
}

/** Whether a pair has noise beside it, and an image of either that the network gets right when clean. */
const isBeside = (pair: Pair): pair is Pair & { readonly control: ScoreRow } =>
  pair.control !== undefined && pair.control.clean_n > 0 && pair.cell.clean_n > 0

const sizes = (judged: readonly Judged[]) =>
  `${span(judged.flatMap(({ cell, control }) => [String(cell.n), String(control.n)]))} images`

function pairsOf(shown: readonly Shown[]): readonly Pair[] {
  // cut to the box it is smaller than its standard deviation
  const noise = shown.filter(({ kind, clip }) => kind === 'gaussian' && !clip)
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
      (one) =>
        one.kind === 'adversarial' &&
        one.source === row.source &&
        one.by === row.by &&
        one.images === row.images,
    )
    if (!before || !(before.distortion < row.distortion)) return []
    return [...row.victims].flatMap(([victim, cell]) => {
      const own = before.victims.get(victim)
      return victim === row.source || !own ? [] : [{ cell, own }]
    })
  })
  if (cells.length === 0) return ''
  const more = cells.filter(({ cell, own }) => difference(over(cell), over(own), cells.length).low > 0)
  return ` Amplified, they fool more often than before in ${more.length} of ${cells.length}.`
}

/** How many cells differ from the paper's by more than both samples and its rounding explain: those marked in the table. */
function besidePaper(shown: readonly Shown[], published: PublishedTable): string {
  const differences = shown.flatMap((row) =>
    [...row.victims].flatMap(([victim, cell]) => {
      const paper = paperOf(published, row, victim)
      if (paper === undefined) return []
      return [differs(over(cell), { percent: paper, n: PUBLISHED_SAMPLE }, cellsOf(published))]
    }),
  )
  if (differences.length === 0) return ''
  const differing = differences.filter(Boolean).length
  const theirs = judge(pairsOf(shownByPaper(published)))
  return ` The paper’s own numbers, over all images, give ${theirs.better.length} of ${theirs.judged.length}. ${differing} of ${differences.length} cells ${differing === 1 ? 'differs' : 'differ'} from the paper’s by more than sampling explains.`
}

const over = (row: ScoreRow) => rate(errorsOf(row))
const whereRight = (row: ScoreRow) => rate(rightErrorsOf(row))

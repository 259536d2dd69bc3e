import type { Table, Verdict } from '../../sinks/table/table.js'
import { arePublished, PUBLISHED_TABLE_3, type PublishedHalf } from './published.js'
import { difference, rate } from './statistics.js'
import { distortionCell, rateCell, successCell, textCell } from './cells.js'
import { lacking } from './lacking.js'
import { successOf, randomAttack, type CleanErrors, type Measured } from './measured.js'
import { halvesNote, sampleNotes } from './notes.js'
import { above, all, stateOf, type Outcome } from './state.js'
import { extent, percent, say, span } from './words.js'

/** A network knows what it was trained on: the upper end of its error there. */
const KNOWN = 0.005
/** Test errors that differ by less are alike. */
const SLIGHT = 0.02

/** Table 3: networks on disjoint halves. */
export function table3(measured: Measured): Table {
  const cleanOf = (model: string, images: string) =>
    measured.clean.find((row) => row.model === model && row.images === images)
  const lines = PUBLISHED_TABLE_3.map((paper) => ({
    ...{ name: paper.name, paper, record: measured.models.get(paper.name) },
    p1: cleanOf(paper.name, 'P1'),
    p2: cleanOf(paper.name, 'P2'),
    test: cleanOf(paper.name, 'test'),
    random: randomAttack(measured, paper.name),
  })).filter(({ record, test, random }) => record ?? test ?? random)
  return {
    id: 'table3',
    title: 'Table 3: networks trained on disjoint halves of the training images',
    claim: 'Networks that share no training image know their own by heart and generalise alike.',
    verdict: generalise(lines),
    missing: lacking(
      PUBLISHED_TABLE_3.map(({ name }) => name),
      lines,
    ),
    of: 'model',
    columns: [
      { key: 'trained_on', title: 'trained on' },
      { key: 'p1_error', title: 'error P1 %' },
      { key: 'p2_error', title: 'error P2 %' },
      { key: 'test_error', title: 'test error %' },
      { key: 'distortion', title: 'average distortion' },
      { key: 'success', title: 'success %', names: { n: 'attacked' } },
    ],
    rows: lines.map(({ paper, p1, p2, test, random }) => ({
      name: paper.name,
      keys: { model: paper.name, paper_model: paper.label },
      cells: [
        textCell(paper.half),
        p1 && cleanCell(p1, paper.p1Error),
        p2 && cleanCell(p2, paper.p2Error),
        test && cleanCell(test, paper.testError),
        random &&
          distortionCell(random.distortion, arePublished(random, 'test') ? paper.distortion : undefined),
        successCell(random && successOf(random)),
      ],
    })),
    notes: [
      ...sampleNotes(measured, 'test images'),
      'P1 and P2: two fixed, disjoint halves of the training images, every class shared out equally. Examples are of test images, which no network was trained on; a random wrong target each.',
      halvesNote,
      'Errors are over all images of a half and of the test set. Rates have Wilson 95 % intervals, means percentile bootstrap ones; distortion: RMS, over the successes. ≠: the paper’s value, as far as it is printed, is outside of what sampling explains.',
    ],
    queries: [measured.queries.clean, measured.queries.attacks],
  }
}

const cleanCell = ({ errors }: CleanErrors, paper: number) =>
  rateCell(errors, { percent: paper, n: errors.images }, { digits: 2 })

const TOLD: Readonly<Record<Outcome, string>> = {
  yes: 'not told apart by sampling',
  no: 'further apart than sampling',
  unsure: 'of too few images to say whether they differ',
}

function generalise(
  lines: readonly {
    readonly paper: PublishedHalf
    readonly p1: CleanErrors | undefined
    readonly p2: CleanErrors | undefined
    readonly test: CleanErrors | undefined
  }[],
): Verdict | undefined {
  const judged = lines.flatMap(({ paper: { half }, p1, p2, test }) => {
    if (!p1 || !p2 || !test) return []
    const [own, other] = half === 'P1' ? [p1, p2] : [p2, p1]
    const [seen, unseen, tested] = [own, other, test].map(({ errors }) => rate(errors))
    const knows = above({ low: -seen.high, high: -seen.low }, -KNOWN)
    const misses = above(difference(unseen, seen), 0)
    return [{ seen, unseen, tested, outcome: all([knows, misses]) }]
  })
  if (judged.length === 0) return undefined
  const pairs = (judged.length * (judged.length - 1)) / 2
  const apartness = judged.flatMap(({ tested }, i) =>
    judged.slice(i + 1).map((other) => difference(tested, other.tested, pairs)),
  )
  const alike = all(
    apartness.map(({ low, high }) =>
      low > 0 || high < 0 ? 'no' : low > -SLIGHT && high < SLIGHT ? 'yes' : 'unsure',
    ),
  )
  // that they are alike is of networks that know their own
  const state = stateOf([...judged.map(({ outcome }) => outcome), ...(alike === 'yes' ? [] : [alike])])
  const errors = judged.flatMap(({ unseen, tested }) => [unseen.value, tested.value])
  const [, apart] = extent(judged.map(({ unseen, tested }) => Math.abs(unseen.value - tested.value)))
  const [, known] = extent(judged.map(({ seen }) => seen.high))
  return {
    state,
    sentence:
      `${say(state)}: on its own half a network errs on at most ${percent(known)} % ` +
      `of images (95 % confidence), on images that it has not seen on ${span(errors.map((error) => percent(error)))} %; the other half and the test images ` +
      `give the same within ${percent(apart)} points, and the networks’ test errors are ${TOLD[alike]}.`,
    rule: `holds where every network’s error on its own half is at most ${percent(KNOWN, 1)} % (upper end of the interval) and higher on the other half (Newcombe interval), and no two test errors differ at 95 % or by ${percent(SLIGHT, 0)} points (Bonferroni); does not where no network is so, and an interval says that one is not or that two differ`,
  }
}

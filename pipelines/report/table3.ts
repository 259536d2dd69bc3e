import type { ReportTable, Verdict } from '../../sinks/report/content.js'
import { PUBLISHED_TABLE_3, type PublishedHalf } from '../published.js'
import { difference, proportion } from '../statistics.js'
import { distortionCell, errorCell, plainCell, successCell } from './cells.js'
import { lacking } from './lacking.js'
import { randomAttack, type Attack, type CleanErrors, type Measured } from './measured.js'
import { ATTACKS, CLEAN_ERRORS } from './queries.js'
import { extent, percent, say } from './words.js'

/** A network knows what it was trained on: the upper end of its error there. */
const KNOWN = 0.005

/** Table 3: networks on disjoint halves. */
export function reportTable3(measured: Measured): ReportTable {
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
    columns: ['trained on', 'error P1 %', 'error P2 %', 'test error %', 'average distortion', 'success %'],
    rows: lines.map(({ paper, p1, p2, test, random }) => ({
      name: paper.name,
      cells: [
        plainCell(paper.half),
        p1 && errorCell(p1.errors / p1.n, p1.n, paper.p1Error),
        p2 && errorCell(p2.errors / p2.n, p2.n, paper.p2Error),
        test && errorCell(test.errors / test.n, test.n, paper.testError),
        random && distortionCell(random.distortion, onTest(random) ? paper.distortion : undefined),
        successCell(random),
      ],
    })),
    notes: [
      'P1 and P2: two fixed, disjoint halves of the training images, every class shared out equally. Examples are of test images, which no network was trained on. FC100-100-10@P2 is the paper’s FC100-100-10′.',
    ],
    queries: [CLEAN_ERRORS, ATTACKS],
  }
}

const onTest = ({ dataset, split }: Attack) => dataset === 'mnist' && split === 'test'

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
    const [seen, unseen, tested] = [own, other, test].map(({ errors, n }) => proportion(errors, n))
    return [{ seen, unseen, tested, knows: seen.high <= KNOWN, misses: unseen.low > seen.high }]
  })
  if (judged.length === 0) return undefined
  const good = judged.filter(({ knows, misses }) => knows && misses).length
  const unlike = judged.flatMap(({ tested }, i) =>
    judged.slice(i + 1).filter((other) => {
      const { low, high } = difference(tested, other.tested, (judged.length * (judged.length - 1)) / 2)
      return low > 0 || high < 0
    }),
  )
  const alike = unlike.length === 0
  const state = good === judged.length && alike ? 'holds' : good > 0 ? 'partly' : 'no'
  const errors = judged.flatMap(({ unseen, tested }) => [unseen.value, tested.value])
  const [least, most] = extent(errors)
  const [, apart] = extent(judged.map(({ unseen, tested }) => Math.abs(unseen.value - tested.value)))
  const [, known] = extent(judged.map(({ seen }) => seen.high))
  return {
    state,
    sentence:
      `${say(state)}: on its own half a network errs on at most ${percent(known)} % ` +
      `of images (95 % confidence), on images that it has not seen on ${percent(least)} to ${percent(most)} %; the other half and the test images ` +
      `give the same within ${percent(apart)} points, and the networks’ test errors are ${alike ? 'not told apart by' : 'further apart than'} sampling.`,
    rule: `holds where every network’s error on its own half is at most ${percent(KNOWN, 1)} % (upper end of the interval) and higher on the other half, and no two test errors differ at 95 %`,
  }
}

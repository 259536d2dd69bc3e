import { NO_ROWS, type Cell } from './errorCount.js'
import type { Experiment, ResultTable } from './paperSteps.js'
import { PUBLISHED_TABLE_3 } from './tables/published.js'
import { rate, type Estimate } from './tables/statistics.js'
import { fraction, quickNote, type Distortions } from './table1Format.js'

/** What Table 3 says of one network. */
export interface Table3Row {
  readonly name: string
  /** On clean images of both halves and of the test set. */
  readonly p1: Cell | undefined
  readonly p2: Cell | undefined
  readonly test: Cell | undefined
  /** Random targets. */
  readonly random: Distortions
}

const percent = (value: number) => (100 * value).toFixed(2)
const rms = (value: number) => value.toFixed(4)
const beside = (digits: (value: number) => string, { value, low, high }: Estimate, paper: number) =>
  `${digits(value)} (${paper})\n[${digits(low)}, ${digits(high)}]`

/** Table 3: errors on both halves and the test images, and the average distortion that fools. */
export function formatTable3(
  { quick, images, limit, seed }: Experiment,
  rows: readonly Table3Row[],
): ResultTable {
  const estimate = (cell: Cell = NO_ROWS) => rate(cell.all)
  const measured = rows.flatMap(({ name, p1, p2, test, random }) => {
    const paper = PUBLISHED_TABLE_3.find((published) => published.name === name)
    if (!paper) return []
    const success = rate(random.success)
    return [{ paper, p1: estimate(p1), p2: estimate(p2), test: estimate(test), random, success }]
  })
  return {
    printed: {
      title:
        'Table 3: networks trained on disjoint halves, errors and average minimum distortion. Ours (the paper’s) [95 %]',
      header: [
        'model',
        'trained on',
        'error P1 %',
        'error P2 %',
        'test error %',
        'av. distortion',
        'success %',
        'N',
      ],
      rows: measured.map(({ paper, p1, p2, test, random, success }) => [
        paper.label,
        paper.half,
        beside(percent, p1, paper.p1Error),
        beside(percent, p2, paper.p2Error),
        beside(percent, test, paper.testError),
        beside(rms, random.distortion, paper.distortion),
        percent(success.value),
        String(random.success.images),
      ]),
      notes: [
        ...(quick ? [quickNote(images.count / 2, limit)] : []),
        'P1 and P2: two fixed, disjoint halves of the training images, every class shared out equally',
        'errors over all images of a half and the 10,000 test images; 95 %: Wilson score intervals, of means bootstrap',
        `N: the first test images, in the order of seed ${seed}, that the model gets right; distortion: RMS, over the successes; a random wrong target each`,
      ],
    },
    tidy: measured.map(({ paper, p1, p2, test, random, success }) => ({
      model: paper.name,
      paper_model: paper.label,
      trained_on: paper.half,
      ...columns('p1_error', p1, fraction(paper.p1Error)),
      ...columns('p2_error', p2, fraction(paper.p2Error)),
      ...columns('test_error', test, fraction(paper.testError)),
      attacked: random.success.images,
      success: success.value,
      ...columns('distortion', random.distortion, paper.distortion),
    })),
  }
}

function columns(name: string, { n, value, low, high }: Estimate, paper: number) {
  return {
    [`${name}_n`]: n,
    [name]: value,
    [`${name}_low`]: low,
    [`${name}_high`]: high,
    [`${name}_paper`]: paper,
  }
}

import type { ReportCell } from '../../sinks/report/content.js'
import { difference, rate, type Estimate, type Tally } from './statistics.js'
import { successOf, type Attack } from './measured.js'

/** A percentage of the paper's, and how many images it is of. */
export interface PublishedRate {
  readonly percent: number
  readonly n: number
}

const signed = (value: number, digits: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`

/** Half a unit of a printed number's last digit: it says no more. */
const rounding = (printed: number): number => 0.5 * 10 ** -(String(printed).split('.')[1] ?? '').length

/** Whether a rate differs from the paper's by more than both samples and its rounding explain, of several comparisons made together. */
export function differs(
  ours: Pick<Estimate, 'value' | 'n'>,
  paper: PublishedRate,
  comparisons: number,
): boolean {
  const { low, high } = difference(ours, { value: paper.percent / 100, n: paper.n }, comparisons)
  const slack = rounding(paper.percent) / 100
  return low > slack || high < -slack
}

/** A rate in per cent with its Wilson interval, whose N is of images, beside the paper's. */
export function rateCell(
  tally: Tally,
  paper?: PublishedRate,
  { digits = 1, comparisons = 1 }: { digits?: number; comparisons?: number } = {},
): ReportCell {
  const { n, value, low, high } = rate(tally)
  const percent = (share: number) => (100 * share).toFixed(digits)
  const cell = {
    ours: percent(value),
    interval: `${percent(low)} to ${percent(high)}`,
    n,
    heat: value,
  }
  if (!paper) return cell
  return {
    ...cell,
    paper: String(paper.percent),
    difference: signed(100 * value - paper.percent, digits),
    differs: differs({ value, n }, paper, comparisons),
  }
}

/** A mean RMS distortion with its interval, beside the paper's, of which only the value is known. */
export function distortionCell({ n, value, low, high }: Estimate, paper?: number): ReportCell | undefined {
  if (n === 0) return undefined
  const cell = {
    ours: value.toFixed(4),
    n,
    ...(n > 1 ? { interval: `${low.toFixed(4)} to ${high.toFixed(4)}` } : {}),
  }
  if (paper === undefined) return cell
  return {
    ...cell,
    paper: String(paper),
    difference: signed(value - paper, 4),
    differs: low > paper + rounding(paper) || high < paper - rounding(paper),
  }
}

/** A number alone. */
export const plainCell = (ours: string): ReportCell => ({ ours })

/** A cell without colour. */
export const withoutHeat = (cell: ReportCell): ReportCell => ({ ...cell, heat: undefined })

/** An error rate over all of n images, for which the paper has the same. */
export function errorCell(
  error: number | null | undefined,
  n: number | undefined,
  paper: number | undefined,
): ReportCell | undefined {
  if (error === null || error === undefined || !n) return undefined
  const beside = paper === undefined ? undefined : { percent: paper, n }
  return withoutHeat(rateCell({ rows: n, images: n, count: Math.round(error * n) }, beside, { digits: 2 }))
}

/** How often an attack succeeds; none where nothing was attacked. */
export const successCell = (attack: Attack | undefined): ReportCell | undefined =>
  attack && attack.attacked > 0 ? withoutHeat(rateCell(successOf(attack))) : undefined

import type { Cell, Measure, Unit } from '../../sinks/table/table.js'
import { difference, rate, type Estimate, type Tally } from './statistics.js'

/** A percentage of the paper's, and how many images it is of. */
export interface PublishedRate {
  readonly percent: number
  readonly n: number
}

/** Half a unit of a printed number's last digit: it says no more. */
export const rounding = (printed: number): number => 0.5 * 10 ** -(String(printed).split('.')[1] ?? '').length

/** The fraction of a published percentage, without the binary remainder of a division. */
const fraction = (percentage: number): number => Number((percentage / 100).toFixed(6))

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
): Measure {
  const { n, value, low, high } = rate(tally)
  return {
    ...{ value, low, high, n, count: tally.count, unit: 'percent', digits },
    ...(paper && { paper: fraction(paper.percent), differs: differs({ value, n }, paper, comparisons) }),
  }
}

/** A mean RMS distortion with its interval, beside the paper's, of which only the value is known. */
export function distortionCell({ n, value, low, high }: Estimate, paper?: number): Measure | undefined {
  if (n === 0) return undefined
  return {
    ...{ value, low, high, n, unit: 'rms', digits: 4 },
    ...(paper !== undefined && {
      paper,
      differs: low > paper + rounding(paper) || high < paper - rounding(paper),
    }),
  }
}

/** A number alone; none of null. */
export const numberCell = (value: number | null, unit: Unit, digits = 0): Measure | undefined =>
  value === null || Number.isNaN(value) ? undefined : { value, unit, digits }

export const textCell = (text: string): Cell => ({ text })

/** An error rate over all of n images, for which the paper has the same. */
export function errorCell(
  error: number | null | undefined,
  n: number | undefined,
  paper: number | undefined,
): Measure | undefined {
  if (error === null || error === undefined || !n) return undefined
  const beside = paper === undefined ? undefined : { percent: paper, n }
  return rateCell({ rows: n, images: n, count: Math.round(error * n) }, beside, { digits: 2 })
}

/** How often an attack succeeds; none where nothing was attacked. */
export const successCell = (success: Tally | undefined): Measure | undefined =>
  success && success.rows > 0 ? rateCell(success) : undefined

import type { Status } from '../../operators/records/codes.js'
import type { Database } from '../../sources/duckdb.js'
import { quoted } from '../../sources/duckdbScan.js'
import { bootstrapMean } from './bootstrap.js'
import { checked } from './restriction.js'
import { rate, type Estimate } from './statistics.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

/** What came of an attack. */
export interface AttackNumbers extends Readonly<Record<Status, number>> {
  /** Images attacked: some goals have several rows for an image. */
  readonly images: number
  /** Rows that failed because the network gave NaN or Infinity. */
  readonly nonFinite: number
  /** The share of the attacked rows that fool, and their mean RMS; the N of both intervals is of images. */
  readonly successRate: Estimate
  readonly distortion: Estimate
  /** Mean of ‖r‖₂/‖x‖₂; null without an example, and of rows of an earlier version. */
  readonly relativeL2: number | null
}

/**
 * What came of one attack, of its first images in the order in which they were committed. Of a run that the data set has
 * nothing of all counts are 0, and so is the n of the estimates, whose values are NaN then.
 *
 * @param of.run its step
 * @param of.first images, those that were skipped among them: a larger number earlier may have left more. Default: all
 * @throws BlindspotError `bad-option` for a run that is no string, and a `first` that is no whole number from 1
 */
export async function attackSummary(
  database: Database,
  of: { readonly run: string; readonly first?: number | undefined },
): Promise<AttackNumbers> {
  requireKnown<typeof of>('attackSummary', of, { run: true, first: true })
  const { run, first } = of
  checked({ runs: [run], first })
  const [row] = await database.rows<SummaryRow>(summaryRow(run, first))
  const { success, failed, skipped, nonFinite, images, relativeL2 } = row
  return {
    ...{ success, failed, skipped, nonFinite, images },
    successRate: rate({ rows: success + failed, images, count: success }),
    distortion: bootstrapMean(row.distortions ?? [], row.fooled ?? []),
    relativeL2,
  }
}

interface SummaryRow extends Record<Status | 'nonFinite' | 'images', number> {
  readonly relativeL2: number | null
  readonly distortions: readonly number[] | null
  readonly fooled: readonly number[] | null
}

const summaryRow = (run: string, first: number | undefined) => `SELECT
  count(*) FILTER (status = 'success') AS success,
  count(*) FILTER (status = 'failed') AS failed,
  count(*) FILTER (status = 'skipped') AS skipped,
  count(*) FILTER (reason = 'non-finite') AS "nonFinite",
  count(DISTINCT "index") FILTER (status <> 'skipped') AS images,
  avg(relative_l2) FILTER (isfinite(relative_l2)) AS "relativeL2",
  list(distortion ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS distortions,
  list("index" ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS fooled
FROM examples
WHERE run = ${quoted(run)}${
  first === undefined
    ? ''
    : ` AND "index" IN (
  SELECT "index" FROM examples WHERE run = ${quoted(run)}
  GROUP BY "index" ORDER BY min((filename, file_row_number)) LIMIT ${first}
)`
}`

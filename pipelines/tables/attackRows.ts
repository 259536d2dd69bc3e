import type { AttackCounts } from './measured.js'
import { optionsOrder } from './optionsOrder.js'
import { among, ATTACK, attackedFirst, where, type Restriction } from './restriction.js'

/** SQL for the attacks of a data set, each with its rows counted. */
export function attackRows(restriction: Restriction = {}): string {
  const { first, runs } = restriction
  return `${first === undefined ? '' : `WITH ${attackedFirst(restriction)}\n`}SELECT ${ATTACK},
  coalesce(any_value(options), '') AS options,
  count(*) FILTER (status <> 'skipped') AS attacked,
  count(DISTINCT "index") FILTER (status <> 'skipped') AS images,
  count(*) FILTER (status = 'success') AS successes,
  count(*) FILTER (status = 'skipped') AS skipped,
  median(distortion) FILTER (isfinite(distortion)) AS median,
  avg(relative_l2) FILTER (isfinite(relative_l2)) AS "relativeL2",
  median(c) AS c,
  avg(evaluations) FILTER (status <> 'skipped') AS evaluations,
  median(round((l2 / distortion) ** 2)) FILTER (distortion > 0 AND isfinite(distortion)) AS "values",
  list(distortion ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS distortions,
  list("index" ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS fooled
FROM examples${first === undefined ? '' : ` SEMI JOIN attacked USING (${ATTACK}, "index")`}${where(among('run', runs))}
GROUP BY ALL
ORDER BY source_model, goal, method, dataset, split, ${optionsOrder('any_value(options)')}, run`
}

/** An attack's rows; `distortions`, of the images `fooled`, are what its mean and the bootstrap are made of. */
export interface AttackRow extends Omit<AttackCounts, 'sourceModel'> {
  readonly source_model: string
  readonly distortions: readonly number[] | null
  readonly fooled: readonly number[] | null
}

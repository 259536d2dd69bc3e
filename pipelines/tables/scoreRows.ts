import { COUNTS, SHOWN } from './scoreColumns.js'
import { optionsOrder } from './optionsOrder.js'
import { among, ATTACK, attackedFirst, where, writtenBy, type Restriction } from './restriction.js'

/** SQL for the errors of each victim on what was made for one network, amplified or not, and on noise; not on what was stored. */
export function scoreRows(restriction: Restriction = {}): string {
  const { first, runs, victims } = restriction
  const of = (kind: string) => where(kind, writtenBy(runs), among('model', victims))
  const told =
    first === undefined
      ? ''
      : `WITH ${attackedFirst(restriction)}, shown AS (
  SELECT * FROM scores SEMI JOIN attacked USING (${ATTACK}, "index")${of("kind IN ('adversarial', 'amplified')")}
  UNION ALL BY NAME
  SELECT * FROM scores${of("kind = 'gaussian'")}
  QUALIFY row_number() OVER (
    PARTITION BY run, stddev, seed, clip, dataset, split, model ORDER BY filename, file_row_number
  ) <= ${first}
)
`
  return `${told}SELECT ${SHOWN}, dataset, split, model,
  ${COUNTS}
FROM ${first === undefined ? `scores${of("kind IN ('adversarial', 'amplified', 'gaussian')")}` : 'shown'}
GROUP BY ALL
ORDER BY kind, source_model, method, goal, ${optionsOrder('any_value(options)')}, stddev, min(seed), run, clip, quality, dataset, split, model`
}

/**
 * SQL for errors on clean images, by the images that the partition of their files is of (`shown=clean P1`, say): of
 * several runs of the same the largest first. Files of an earlier version do not tell their run.
 */
export const cleanRows = ({ runs, victims }: Restriction = {}): string => `SELECT model,
  url_decode(regexp_extract(filename, '/shown=clean%20([^/]+)/[^/]+$', 1)) AS shown,
  dataset, split,
  CASE WHEN coalesce(run, '') = '' THEN filename ELSE run END AS run,
  count(*) AS n,
  count(DISTINCT "index") AS images,
  count(*) FILTER (error) AS errors
FROM scores${where("kind = 'clean'", writtenBy(runs), among('model', victims))}
GROUP BY ALL
HAVING shown <> ''
ORDER BY images DESC, run`

export interface CleanRow {
  readonly model: string
  /** Which images were shown: `P1` or `test`, say. */
  readonly shown: string
  readonly dataset: string
  readonly split: string
  readonly run: string
  readonly n: number
  readonly images: number
  readonly errors: number
}

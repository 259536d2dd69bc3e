import { reach } from '../tables/meanOverSeeds.js'
import { proportion } from '../tables/statistics.js'

/** Degrees of freedom of which Student's t is in a list; of more by an expansion in 1/degrees that is right to six digits there. */
const LISTED = 30
const Z = reach(1e9)

/** The terms of Student's t in 1/degrees beside the normal's (Cornish and Fisher 1938). */
const TERMS = [
  (Z ** 3 + Z) / 4,
  (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96,
  (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384,
]

const STUDENT = `CREATE MACRO student(degrees) AS CASE
  WHEN degrees < 1 THEN NULL
  WHEN degrees <= ${LISTED} THEN [${Array.from({ length: LISTED }, (_, i) => reach(i + 1)).join(', ')}][degrees]
  ELSE ${Z} + ${TERMS.map((term, i) => `${term} / degrees ** ${i + 1}`).join(' + ')}
END`

/** z² of the 95 % interval: what Wilson's of 0 of 1 ends at is z² / (1 + z²). */
const { high } = proportion(0, 1)
const Z2 = high / (1 - high)

const wilson = (sign: '+' | '-') =>
  `(share + ${Z2 / 2} / n ${sign} sqrt(${Z2} * (share * (1 - share) / n + ${Z2 / 4} / n ** 2))) / (1 + ${Z2} / n)`

/**
 * SQL for the ends of 95 % intervals, as macros that every question and query has:
 *
 * - `rate_low(share, n)`, `rate_high(share, n)`: Wilson's, of a share of n images;
 * - `mean_low(mean, sd, n)`, `mean_high(mean, sd, n)`: by Student's t, of a mean of n independent values with the standard
 *   deviation sd (`stddev_samp`); null of one value.
 */
export const INTERVALS: readonly string[] = [
  STUDENT,
  `CREATE MACRO rate_low(share, n) AS CASE WHEN n > 0 AND share IS NOT NULL THEN greatest(0, least(share, ${wilson('-')})) END`,
  `CREATE MACRO rate_high(share, n) AS CASE WHEN n > 0 AND share IS NOT NULL THEN least(1, greatest(share, ${wilson('+')})) END`,
  'CREATE MACRO mean_low(mean, sd, n) AS CASE WHEN n > 1 THEN mean - student(n - 1) * sd / sqrt(n) END',
  'CREATE MACRO mean_high(mean, sd, n) AS CASE WHEN n > 1 THEN mean + student(n - 1) * sd / sqrt(n) END',
]

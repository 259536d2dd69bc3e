import { requireKnown } from '../../operators/options/knownOptions.js'
import type { Database } from '../../sources/duckdb.js'
import {
  checkedEpsilons,
  COLUMN_OF,
  NORMS,
  ROUND_EPSILONS,
  type Epsilons,
  type PerturbationNorm,
} from './epsilons.js'
import { byModel, type AttackOf } from './measured.js'
import { optionsOrder } from './optionsOrder.js'
import { among, ATTACK, checked, where } from './restriction.js'
import { proportion, type Estimate } from './statistics.js'

/** Of which attacks, images and budgets robust accuracy is asked for. */
export interface RobustAccuracyOptions {
  /** Identities of the attacks' steps. Default: all of the data set. */
  readonly runs?: readonly string[] | undefined
  /** How many images of each attack, the first in the order of their commits, those that were skipped among them. Default: all. */
  readonly first?: number | undefined
  /**
   * Budgets of each norm; where some norm is named, of no other. Default: 0 and round values, among them those that papers and leaderboards have, about where the
   * distances of the attacks lie.
   */
  readonly epsilons?: Partial<Epsilons> | undefined
}

/** The accuracy of one network within a budget, by one attack. */
export interface RobustAccuracy extends AttackOf {
  readonly norm: PerturbationNorm
  /** The budget, in the units of pixels. */
  readonly epsilon: number
  /** Images that the network gets right and of which no example was found within the budget. */
  readonly correct: number
  /** Their share of all images, whose number is its `n`. */
  readonly accuracy: Estimate
}

/**
 * Accuracy within budgets of perturbation, also called robust accuracy, or accuracy against ε: the share of the images that the
 * network gets right and of which the attack found no example with ‖r‖ ≤ ε, in each of the norms L2, RMS and L∞.
 *
 * The attack looks for the least perturbation, so one run tells all budgets. An image counts once, in each norm by the nearest of
 * its rows (targets); one that the network gets wrong anyway is wrong at ε = 0; a search that failed leaves its image right; an
 * image that was not attacked since it is of the target class is not counted. A search finds an upper bound of the least
 * perturbation, so the accuracy is an upper bound, too: of a goal that aims at a class, of the accuracy against that class alone;
 * in L∞ and, but for RMS, any other norm than L2 a loose one, as the examples are near in L2.
 *
 * @returns runs in the order of their models, of each the norms and budgets
 * @throws BlindspotError `bad-option` for options that cannot be
 * @example
 * const lake = await openLake('results')
 * await askData(lake, (database) => robustAccuracy(database, { epsilons: { linf: [8 / 255] } }), { tables: ['examples'] })
 */
export async function robustAccuracy(
  database: Database,
  options: RobustAccuracyOptions = {},
): Promise<readonly RobustAccuracy[]> {
  requireKnown<RobustAccuracyOptions>('robustAccuracy', options, { runs: true, first: true, epsilons: true })
  const { runs, first, epsilons = {} } = options
  checked({ runs, first })
  const budgets = checkedEpsilons(epsilons)
  if (normsOf(budgets).every((norm) => budgets[norm]?.length === 0)) return []
  const rows = await database.rows<CountRow>(accuracySql({ runs, first }, budgets))
  return byModel(rows, ({ source_model: model }) => model).map(
    ({ source_model: sourceModel, n, ...row }) => ({
      ...row,
      sourceModel,
      accuracy: proportion(row.correct, n),
    }),
  )
}

interface CountRow extends Omit<RobustAccuracy, 'sourceModel' | 'accuracy'> {
  readonly source_model: string
  readonly n: number
}

type Of = Pick<RobustAccuracyOptions, 'runs' | 'first'>

/** How far the distances of some attacks reach in each norm, but for the furthest `beyond` of each; 0 without any. */
export async function reachOf(
  database: Database,
  beyond: number,
): Promise<Readonly<Record<PerturbationNorm, number>>> {
  const rows = await database.rows<{ readonly norm: PerturbationNorm; readonly most: number | null }>(
    `WITH ${perImage({})}, ${reach(beyond)} FROM reach`,
  )
  const most = new Map(rows.map((row) => [row.norm, row.most ?? 0]))
  return { l2: most.get('l2') ?? 0, rms: most.get('rms') ?? 0, linf: most.get('linf') ?? 0 }
}

/** Of each attack so large a share of the distances, at either end, is beyond the budgets that nobody gave. */
const BEYOND = 0.05

/** The norms that are asked for: those that are given budgets, or else all. */
function normsOf(given: Partial<Epsilons>): readonly PerturbationNorm[] {
  const named = NORMS.filter((norm) => given[norm] !== undefined)
  return named.length > 0 ? named : NORMS
}

/** SQL for the images of attacks that are right within budgets, where none are given within the usual ones. */
export const accuracySql = (
  of: Of,
  given: Partial<Epsilons> = {},
): string => `WITH ${perImage(of)}, ${reach(BEYOND)}, budgets AS (
  ${normsOf(given)
    .map((norm) => (given[norm] ? budgetRows(norm, given[norm]) : usualRows(norm)))
    .join('\n  UNION ALL ')}
), counted AS (
  SELECT ${ATTACK}, options, norm, epsilon, count(*) AS n,
    count(*) FILTER (NOT wrong AND ${WITHIN} IS NOT true) AS correct
  FROM per_image, budgets
  GROUP BY ALL
)
FROM counted
ORDER BY source_model, goal, method, dataset, split, ${optionsOrder()}, run, list_position(${listOf(NORMS)}, norm), epsilon`

const listOf = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`

const budgetRows = (norm: PerturbationNorm, epsilons: readonly number[]) =>
  `SELECT '${norm}' AS norm, unnest([${epsilons.join(', ')}]::DOUBLE[]) AS epsilon`

/** 0 and the round budgets that lie about the reach: from the last at or below its least to the first at or above its most. */
const usualRows = (norm: PerturbationNorm) => `SELECT norm, epsilon
  FROM (${budgetRows(norm, [0, ...ROUND_EPSILONS[norm]])}) JOIN reach USING (norm)
  QUALIFY epsilon = 0 OR epsilon BETWEEN max(epsilon) FILTER (epsilon <= least) OVER ()
    AND coalesce(min(epsilon) FILTER (epsilon >= most) OVER (), 'inf')`

/** SQL for where the distances of attacks lie, but for the nearest and the furthest of each. */
const reach = (beyond: number) => `ends AS (
  SELECT ${NORMS.map((norm) => `quantile_cont(${norm}, [${beyond}, ${1 - beyond}]) FILTER (NOT wrong) AS ${norm}`).join(',\n    ')}
  FROM per_image
  GROUP BY ${ATTACK}
), reach AS (
  ${NORMS.map((norm) => `SELECT '${norm}' AS norm, min(${norm}[1]) AS least, max(${norm}[2]) AS most FROM ends`).join('\n  UNION ALL ')}
)`

/** Whether an image's nearest example is within the budget. */
const WITHIN = `(CASE norm ${NORMS.map((norm) => `WHEN '${norm}' THEN ${norm}`).join(' ')} END <= epsilon)`

/** The images of attacks: whether the network gets them wrong, and how near the nearest of their examples is in each norm. */
function perImage({ runs, first }: Of): string {
  const lengths = NORMS.map((norm) => {
    const column = COLUMN_OF[norm]
    return `min(${column}) FILTER (status = 'success' AND isfinite(${column})) AS ${norm}`
  })
  const kept =
    first === undefined
      ? ''
      : `\n  QUALIFY row_number() OVER (PARTITION BY ${ATTACK} ORDER BY min((filename, file_row_number))) <= ${first}`
  return `nearest AS (
  SELECT ${ATTACK}, any_value(coalesce(options, '')) AS options, "index",
    bool_or(prediction IS DISTINCT FROM label) AS wrong, bool_or(status <> 'skipped') AS attacked,
    ${lengths.join(',\n    ')}
  FROM examples${where(among('run', runs))}
  GROUP BY ${ATTACK}, "index"${kept}
), per_image AS (
  SELECT * FROM nearest WHERE attacked OR wrong
)`
}

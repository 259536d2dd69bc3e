import { requireKnown } from '../../operators/options/knownOptions.js'
import type { Database } from '../../sources/duckdb.js'
import {
  about,
  checkedEpsilons,
  COLUMN_OF,
  NORMS,
  ROUND_EPSILONS,
  type Epsilons,
  type PerturbationNorm,
  type Reach,
} from './epsilons.js'
import { byModel } from './measured.js'
import { among, ATTACK, checked, where } from './restriction.js'
import { proportion } from './statistics.js'

/** Of which attacks, images and budgets robust accuracy is asked for. */
export interface RobustAccuracyOptions {
  /** Identities of the attacks' steps. Default: all of the data set. */
  readonly runs?: readonly string[] | undefined
  /** How many images of each attack, the first in the order of their commits, those that were skipped among them. Default: all. */
  readonly first?: number | undefined
  /**
   * Budgets of each norm. Default: 0 and round values, among them those that papers and leaderboards have, about where the
   * distances of the attacks lie.
   */
  readonly epsilons?: Partial<Epsilons> | undefined
}

/** The accuracy of one network within a budget, by one attack. */
export interface RobustAccuracy {
  readonly run: string
  readonly source_model: string
  readonly dataset: string
  readonly split: string
  readonly method: string
  readonly goal: string
  /** What tells the attack from others of its method and goal; empty where all is as usual. */
  readonly options: string
  readonly norm: PerturbationNorm
  /** The budget, in the units of pixels. */
  readonly epsilon: number
  /** Images. */
  readonly n: number
  /** Those that the network gets right and of which no example was found within the budget. */
  readonly correct: number
  /** Their share, with its 95 % interval (Wilson's). */
  readonly accuracy: number
  readonly accuracy_low: number
  readonly accuracy_high: number
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
  const given = checkedEpsilons(epsilons)
  const budgets =
    epsilons.l2 && epsilons.rms && epsilons.linf
      ? (given as Epsilons)
      : { ...(await usual(database, { runs, first })), ...given }
  if (NORMS.every((norm) => budgets[norm].length === 0)) return []
  const rows = await database.rows<CountRow>(accuracySql({ runs, first }, budgets))
  return byModel(rows, ({ source_model: model }) => model).map((row) => {
    const { value, low, high } = proportion(row.correct, row.n)
    return { ...row, accuracy: value, accuracy_low: low, accuracy_high: high }
  })
}

type CountRow = Omit<RobustAccuracy, 'accuracy' | 'accuracy_low' | 'accuracy_high'>
type Of = Pick<RobustAccuracyOptions, 'runs' | 'first'>

/** Round budgets about where the distances of some attacks lie. */
async function usual(database: Database, of: Of): Promise<Epsilons> {
  const reach = await reachOf(database, of)
  return Object.fromEntries(
    NORMS.map((norm) => [norm, about(ROUND_EPSILONS[norm], reach[norm])]),
  ) as unknown as Epsilons
}

/** Where the distances of some attacks lie, but for the nearest and the furthest 5 % of each; without any at 0. */
export async function reachOf(
  database: Database,
  of: Of = {},
  share = 0.05,
): Promise<Readonly<Record<PerturbationNorm, Reach>>> {
  const ends = NORMS.map(
    (norm) => `quantile_cont(${norm}, [${share}, ${1 - share}]) FILTER (NOT wrong) AS ${norm}`,
  )
  const rows = await database.rows<Record<PerturbationNorm, readonly number[] | null>>(
    `WITH ${perImage(of)} SELECT ${ends.join(', ')} FROM per_image GROUP BY ${ATTACK}`,
  )
  const found = (norm: PerturbationNorm) => rows.flatMap((row) => (row[norm] ? [row[norm]] : []))
  const within = (norm: PerturbationNorm): Reach => ({
    least: found(norm).reduce((least, [low]) => Math.min(least, low), Infinity),
    most: found(norm).reduce((most, [, high]) => Math.max(most, high), 0),
  })
  return { l2: within('l2'), rms: within('rms'), linf: within('linf') }
}

/** SQL for the images of attacks that are right within budgets. */
export const accuracySql = (of: Of, budgets: Epsilons): string => `WITH ${perImage(of)}, budgets AS (
  FROM (VALUES ${NORMS.flatMap((norm) => budgets[norm].map((epsilon) => `('${norm}', '${epsilon}'::DOUBLE)`)).join(', ')}) AS budgets(norm, epsilon)
), counted AS (
  SELECT ${ATTACK}, options, norm, epsilon, count(*) AS n,
    count(*) FILTER (NOT wrong AND ${WITHIN} IS NOT true) AS correct
  FROM per_image, budgets
  GROUP BY ALL
)
FROM counted
ORDER BY source_model, goal, method, dataset, split, run, list_position(${listOf(NORMS)}, norm), epsilon`

/** SQL for the numbers that some lines are of. */
export function robustAccuracySql(lines: readonly RobustAccuracy[], of: Of = {}): string {
  const budgets = NORMS.map((norm) => {
    const own = lines.filter((line) => line.norm === norm).map(({ epsilon }) => epsilon)
    return [norm, [...new Set(own)]]
  })
  return accuracySql(of, Object.fromEntries(budgets) as Epsilons)
}

const listOf = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`

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

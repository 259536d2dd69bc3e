import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_3 } from './published.js'
import type { ModelRow } from './queries.js'
import type { Restriction } from './restriction.js'
import type { ScoreCounts, ShownTo } from './scoreColumns.js'
import type { Estimate, Tally } from './statistics.js'

/** What tells an attack, on some images, from others. */
export interface AttackOf {
  readonly run: string
  readonly sourceModel: string
  readonly dataset: string
  readonly split: string
  readonly method: string
  readonly goal: string
  /** What is not as usual of its method and goal; empty where all is. */
  readonly options: string
}

/** An attack's rows, counted. */
export interface AttackCounts extends AttackOf {
  /** Rows that were attacked, and images: of some goals an image has several rows. */
  readonly attacked: number
  readonly images: number
  readonly successes: number
  readonly skipped: number
  readonly median: number | null
  /** Mean of ‖r‖₂/‖x‖₂; null without an example, and of rows of an earlier version. */
  readonly relativeL2: number | null
  readonly c: number | null
  readonly evaluations: number | null
  /** Values of an image, by which an L2 norm is an RMS; null without a perturbation. */
  readonly values: number | null
}

/** An attack's rows with their mean distortion (RMS). */
export interface Attack extends AttackCounts {
  readonly distortion: Estimate
}

type AttackKind = Omit<AttackOf, 'run'>

/** Errors on clean images: of the half `P1`, say, or of `test`; of several runs of the same the largest first. */
export interface CleanErrors {
  readonly model: string
  readonly images: string
  readonly dataset: string
  readonly split: string
  readonly errors: Tally
}

/** Whether clean images are a half of those that a split has. */
export const isOfHalf = ({ images }: Pick<CleanErrors, 'images'>): boolean =>
  images === 'P1' || images === 'P2'

/** What a victim makes of what was made for one row, in one run. */
export interface ScoreRow extends ShownTo, ScoreCounts {
  readonly dataset: string
  readonly split: string
}

/** What is known of a data set beside its rows. */
export interface About {
  /** Whether the data set was made with `--quick`. */
  readonly quick?: boolean | undefined
  /**
   * Seed in whose order the images of the paper's tables were taken; undefined where they were not made by `paper`.
   */
  readonly seed?: number | undefined
}

/** What a data set holds of the tables, in numbers. */
export interface Measured extends About {
  /** Models by name; of several of one name the last. */
  readonly models: ReadonlyMap<string, ModelRow>
  /** Attacks in the order of their models. */
  readonly attacks: readonly Attack[]
  readonly scores: readonly ScoreRow[]
  readonly clean: readonly CleanErrors[]
  readonly restriction: Restriction
  /** SQL that each of these numbers is from. */
  readonly queries: Readonly<Record<'models' | 'attacks' | 'scores' | 'clean', string>>
}

/** How many of an attack's rows fool. */
export const successOf = ({ attacked, images, successes }: Attack): Tally => ({
  rows: attacked,
  images,
  count: successes,
})

const HALVES = new Set(PUBLISHED_TABLE_3.map(({ name }) => name))

/** Whether a model is one of Tables 3 and 4, and not of 1 and 2. */
export const isHalf = (model: string) => HALVES.has(model)

const PUBLISHED = new Set([...PUBLISHED_TABLE_1.map(({ name }) => name), ...HALVES])

/** Whether a model has a name of the paper's. */
export const isPublished = (model: string) => PUBLISHED.has(model)

/** Whether a network is of the runs that are asked for: trained, attacked or shown something by one of them. */
export const isOfRuns = (
  { run, model }: Pick<ModelRow, 'run' | 'model'>,
  { restriction: { runs }, attacks, scores }: Measured,
): boolean =>
  runs === undefined ||
  runs.includes(run ?? '') ||
  attacks.some((row) => row.sourceModel === model) ||
  scores.some((row) => row.model === model)

/** Models in the paper's order, then others by name. */
export function inOrder(models: Iterable<string>): readonly string[] {
  const order = [...PUBLISHED]
  const place = (model: string) => (order.includes(model) ? order.indexOf(model) : order.length)
  return [...new Set(models)].sort((a, b) => place(a) - place(b) || a.localeCompare(b))
}

/** Rows in the order of their models, otherwise as they are. */
export function byModel<Row>(rows: readonly Row[], modelOf: (row: Row) => string): readonly Row[] {
  const order = inOrder(rows.map(modelOf))
  return [...rows].sort((a, b) => order.indexOf(modelOf(a)) - order.indexOf(modelOf(b)))
}

/** Whether two attacks are on the same network, in the same way and of the same images. */
export const alike = (a: AttackKind, b: AttackKind): boolean =>
  a.sourceModel === b.sourceModel &&
  a.dataset === b.dataset &&
  a.split === b.split &&
  a.method === b.method &&
  a.goal === b.goal &&
  a.options === b.options

/** The attack that Tables 1 and 3 are about: random targets, by L-BFGS, of several the largest, of those alike that of the first seed. */
export const randomAttack = (
  { attacks }: Pick<Measured, 'attacks'>,
  model: string,
  goal = 'random',
): Attack | undefined =>
  largest(attacks.filter((row) => row.sourceModel === model && row.goal === goal && row.method === 'l-bfgs'))

/** The attack of most rows, of L-BFGS before others, of those alike the first. */
export const largest = (attacks: readonly Attack[]): Attack | undefined =>
  [...attacks]
    .sort((a, b) => Number(b.method === 'l-bfgs') - Number(a.method === 'l-bfgs') || b.attacked - a.attacked)
    .at(0)

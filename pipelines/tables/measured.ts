import type { LakeFile } from '../../sinks/lake/lake.js'
import type { Database } from '../../sources/duckdb.js'
import { groups } from './compareBases.js'
import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_3 } from './published.js'
import { bootstrapMean, type Estimate, type Tally } from './statistics.js'
import * as queries from './queries.js'

/** An attack's rows with their mean distortion (RMS). */
export interface Attack extends Omit<queries.AttackRow, 'distortions' | 'fooled'> {
  readonly distortion: Estimate
}

type AttackKind = Pick<Attack, 'source_model' | 'dataset' | 'split' | 'method' | 'goal'>

/** Errors on clean images: of the half `P1`, say, or of `test`. */
export interface CleanErrors {
  readonly model: string
  readonly images: string
  readonly errors: Tally
}

/** What a data set holds of the tables, in numbers. */
export interface Measured {
  /** By name; of several of one name the last. */
  readonly models: ReadonlyMap<string, queries.ModelRow>
  /** In the order of their models. */
  readonly attacks: readonly Attack[]
  readonly scores: readonly queries.ScoreRow[]
  readonly clean: readonly CleanErrors[]
  /** Made with `--quick`. */
  readonly quick: boolean
}

/** Asks a data set for its numbers. */
export async function measure(
  database: Database,
  files: readonly LakeFile[],
  quick: boolean,
): Promise<Measured> {
  const models = await database.rows<queries.ModelRow>(queries.MODELS)
  return {
    models: new Map(models.map((row) => [row.model, row])),
    attacks: await attacksOf(database),
    scores: await database.rows<queries.ScoreRow>(queries.ERRORS),
    clean: cleanErrors(await database.rows<queries.CleanRow>(queries.CLEAN_ERRORS), files),
    quick,
  }
}

/**
 * The attacks of a data set, in the order of their models.
 *
 * @param first only the first so many attacked images of each. Default: all.
 */
export async function attacksOf(database: Database, first?: number): Promise<readonly Attack[]> {
  const rows = await database.rows<queries.AttackRow>(queries.attacks(first))
  return byModel(rows, ({ source_model: model }) => model).map(({ distortions, fooled, ...row }) => ({
    ...row,
    distortion: bootstrapMean(distortions ?? [], fooled ?? []),
  }))
}

/** Clean scores by the images that their partition is of; of several runs of the same the largest first. */
function cleanErrors(rows: readonly queries.CleanRow[], files: readonly LakeFile[]): readonly CleanErrors[] {
  const shown = new Map(files.map(({ path, partition }) => [path, partition['shown'] ?? '']))
  const named = rows.flatMap((row) => {
    const images = /^clean (.+)$/.exec(shown.get(row.filename) ?? '')?.[1]
    return images === undefined ? [] : [{ ...row, shown: images }]
  })
  // the files of one run are of other images each
  const runs = groups(named, ({ run, model, shown: of, filename }) => [
    model,
    of,
    run === '' ? filename : run,
  ])
  const sum = (of: readonly (typeof named)[number][], column: 'n' | 'images' | 'errors') =>
    of.reduce((total, row) => total + row[column], 0)
  return runs
    .map((run) => ({
      model: run[0].model,
      images: run[0].shown,
      errors: { rows: sum(run, 'n'), images: sum(run, 'images'), count: sum(run, 'errors') },
    }))
    .sort((a, b) => b.errors.images - a.errors.images)
}

/** How many of an attack's rows fool. */
export const successOf = ({ attacked, images, successes }: Attack): Tally => ({
  rows: attacked,
  images,
  count: successes,
})

/** Errors of a victim over all rows, and over those of images that it gets right when clean. */
export const errorsOf = ({ n, images, errors }: queries.ScoreRow): Tally => ({
  rows: n,
  images,
  count: errors,
})
export const rightErrorsOf = ({ clean_n, clean_images, clean_errors }: queries.ScoreRow): Tally => ({
  rows: clean_n,
  images: clean_images,
  count: clean_errors,
})

const HALVES = new Set(PUBLISHED_TABLE_3.map(({ name }) => name))

/** Whether a model is one of Tables 3 and 4, and not of 1 and 2. */
export const isHalf = (model: string) => HALVES.has(model)

const PUBLISHED = new Set([...PUBLISHED_TABLE_1.map(({ name }) => name), ...HALVES])

/** Whether a model has a name of the paper's. */
export const isPublished = (model: string) => PUBLISHED.has(model)

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
  a.source_model === b.source_model &&
  a.dataset === b.dataset &&
  a.split === b.split &&
  a.method === b.method &&
  a.goal === b.goal

/** The attack that Tables 1 and 3 are about: random targets, by L-BFGS, of several the largest. */
export const randomAttack = (
  { attacks }: Pick<Measured, 'attacks'>,
  model: string,
  goal = 'random',
): Attack | undefined =>
  largest(attacks.filter((row) => row.source_model === model && row.goal === goal && row.method === 'l-bfgs'))

/** The attack of most rows, of L-BFGS before others. */
export const largest = (attacks: readonly Attack[]): Attack | undefined =>
  [...attacks]
    .sort((a, b) => Number(b.method === 'l-bfgs') - Number(a.method === 'l-bfgs') || b.attacked - a.attacked)
    .at(0)

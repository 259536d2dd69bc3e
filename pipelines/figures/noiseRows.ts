import { lastValueFrom, of } from 'rxjs'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import { sampleKey } from '../../operators/records/image.js'
import type { Database } from '../../sources/duckdb.js'
import { byModel } from '../tables/measured.js'
import { FIGURE_NOISE } from '../tables/published.js'
import { rate, type Estimate } from '../tables/statistics.js'
import type { ExampleRow, ExampleRows } from './exampleRows.js'
import type { Pixels } from './pixels.js'

/** Images under Gaussian noise, what a network takes them for, and its accuracy over all that it was asked of. */
export interface NoiseRows {
  readonly model: string
  readonly dataset: string
  readonly split: string
  readonly stddev: number
  readonly accuracy: Estimate
  readonly rows: readonly NoiseRow[]
}

export interface NoiseRow extends Pick<ExampleRow, 'index' | 'label'> {
  /** What the network took the image for; undefined where it was not asked. */
  readonly score: NoiseScore | undefined
  readonly pixels: Pixels
}

interface NoiseScore {
  readonly prediction: number
  readonly error: boolean
  readonly clean_error: boolean
}

export interface NoiseChoice {
  /** Images shown of a network, at most. */
  readonly most: number
  /** How many scores of each network count, the first ones. Default: all. */
  readonly first?: number | undefined
  /** Seed of noise whose rows do not say it, as those of an earlier version. Default 1. */
  readonly seed?: number
}

/** The noise of the paper's figure of digits that a person can hardly read. */
const IS_SHOWN = `kind = 'gaussian' AND stddev = ${FIGURE_NOISE}`

/** SQL for the scores of noise, of several runs those of each model's largest: its rows are of one seed. */
const scored = (first: number | undefined) => `WITH shown AS (
  SELECT *, coalesce(run, '') AS own, coalesce(clip, false) AS clipped
  FROM scores
  WHERE ${IS_SHOWN}${
    first === undefined
      ? ''
      : `
  QUALIFY row_number() OVER (PARTITION BY run, model, dataset, split ORDER BY filename, file_row_number) <= ${first}`
  }
), scorings AS (
  SELECT own AS run, seed, clipped AS clip, model, dataset, split, stddev,
    count(*) AS n,
    count(DISTINCT "index") AS images,
    count(*) FILTER (NOT error) AS correct
  FROM shown
  GROUP BY ALL
)
FROM scorings
QUALIFY row_number() OVER (PARTITION BY model, dataset, split ORDER BY images DESC, seed, run) = 1
ORDER BY model, dataset, split`

interface Scored {
  readonly run: string
  /** Seed of the noise; null in files of an earlier version. */
  readonly seed: number | null
  readonly clip: boolean
  readonly model: string
  readonly dataset: string
  readonly split: string
  readonly stddev: number
  readonly n: number
  readonly images: number
  readonly correct: number
}

/** SQL for what each network takes some noisy images for. */
const predictions = (indices: readonly number[]) =>
  `SELECT coalesce(run, '') AS run, model, dataset, split, "index", prediction, error, clean_error
FROM scores
WHERE ${IS_SHOWN} AND "index" IN (${indices.join(', ')})`

interface Prediction extends NoiseScore {
  readonly run: string
  readonly model: string
  readonly dataset: string
  readonly split: string
  readonly index: number
}

/**
 * The images shown of attacks under the noise that `gaussianNoise` gives them: of each network those of its own attacks
 * first, then those of others on the same images; those that it was asked of before those that it was not.
 *
 * @returns of each network and split whose noise was scored, in the order of the networks
 */
export async function noiseRows(
  database: Database,
  examples: readonly ExampleRows[],
  { most, first, seed = 1 }: NoiseChoice,
): Promise<readonly NoiseRows[]> {
  const indices = new Set(examples.flatMap(({ rows }) => rows.map(({ index }) => index)))
  if (indices.size === 0) return []
  const predicted = new Map(
    (await database.rows<Prediction>(predictions([...indices]))).map((row) => [keyOf(row, row.index), row]),
  )
  const all = await database.rows<Scored>(scored(first))
  return Promise.all(
    byModel(all, ({ model }) => model).map(async (one) => {
      const { model, dataset, split, stddev, clip, n, images, correct } = one
      const noise = gaussianNoise(stddev, { seed: one.seed ?? seed, clip })
      const rows = candidates(examples, one).map((row) => ({
        row,
        score: predicted.get(keyOf(one, row.index)),
      }))
      const chosen = [...rows.filter(({ score }) => score), ...rows.filter(({ score }) => !score)]
      return {
        ...{ model, dataset, split, stddev },
        accuracy: rate({ rows: n, images, count: correct }),
        rows: await Promise.all(
          chosen.slice(0, most).map(async ({ row, score }) => {
            const { original, shape, box } = row.pixels
            const image = { dataset, split, shape, pixels: original, ...(box && { box }) }
            const sample = { index: Int32Array.of(row.index), label: Int32Array.of(row.label) }
            const { pixels: changed } = await lastValueFrom(of({ ...image, ...sample }).pipe(noise))
            return {
              index: row.index,
              label: row.label,
              score,
              pixels: { ...row.pixels, changed },
            }
          }),
        ),
      }
    }),
  )
}

/** A network's score of an image in one run. */
const keyOf = ({ run, model, dataset, split }: Omit<Prediction, 'index' | keyof NoiseScore>, index: number) =>
  JSON.stringify([run, model, sampleKey(dataset, split, index)])

/** SQL for the images of a split that examples show, each once: those of a network's own attacks first. */
function candidates(
  examples: readonly ExampleRows[],
  { model, dataset, split }: Pick<Scored, 'model' | 'dataset' | 'split'>,
): readonly ExampleRow[] {
  const isOwn = ({ attack }: ExampleRows) => attack.sourceModel === model
  const rows = [...examples.filter(isOwn), ...examples.filter((one) => !isOwn(one))]
    .flatMap((one) => one.rows)
    .filter((row) => row.dataset === dataset && row.split === split)
  const once = new Map<number, ExampleRow>()
  for (const row of rows) if (!once.has(row.index)) once.set(row.index, row)
  return [...once.values()]
}

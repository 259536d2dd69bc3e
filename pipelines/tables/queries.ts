/** The questions that a report asks its data set, over views with the names of the tables. */

export const MODELS = `SELECT model, architecture, dataset, split, images, seed, decay, train_error, test_error, test_images
FROM models`

export interface ModelRow {
  readonly model: string
  readonly architecture: string
  readonly dataset: string
  readonly split: string
  readonly images: number
  readonly seed: number
  readonly decay: string
  readonly train_error: number | null
  readonly test_error: number | null
  readonly test_images: number
}

const ATTACK = 'run, source_model, dataset, split, method, goal'

const firstAttacked = (first: number) => `(
  SELECT *, count(*) FILTER (opens) OVER (PARTITION BY ${ATTACK} ORDER BY filename, file_row_number) AS opened
  FROM (
    SELECT *, status <> 'skipped' AND row_number() OVER (
      PARTITION BY ${ATTACK}, "index", status = 'skipped' ORDER BY filename, file_row_number
    ) = 1 AS opens
    FROM examples
  )
  QUALIFY opened <= ${first}
)`

/** @param first only the first so many attacked images of each attack, in the order of the files. Default: all. */
export const attacks = (first?: number) => `SELECT run, source_model, dataset, split, method, goal,
  count(*) FILTER (status <> 'skipped') AS attacked,
  count(DISTINCT "index") FILTER (status <> 'skipped') AS images,
  count(*) FILTER (status = 'success') AS successes,
  count(*) FILTER (status = 'skipped') AS skipped,
  median(distortion) FILTER (isfinite(distortion)) AS median,
  median(c) AS c,
  avg(evaluations) FILTER (status <> 'skipped') AS evaluations,
  list(distortion ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS distortions,
  list("index" ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS fooled
FROM ${first === undefined ? 'examples' : firstAttacked(first)}
GROUP BY ALL
ORDER BY source_model, goal, method, dataset, split, run`

export const ATTACKS = attacks()

/** An attack's rows; `distortions`, of the images `fooled`, are what its mean and the bootstrap are made of. */
export interface AttackRow {
  readonly run: string
  readonly source_model: string
  readonly dataset: string
  readonly split: string
  readonly method: string
  readonly goal: string
  /** Rows, and images: of some goals an image has several rows. */
  readonly attacked: number
  readonly images: number
  readonly successes: number
  readonly skipped: number
  readonly median: number | null
  readonly c: number | null
  readonly evaluations: number | null
  readonly distortions: readonly number[] | null
  readonly fooled: readonly number[] | null
}

export const ERRORS = `SELECT coalesce(run, '') AS run, source_model, kind, coalesce(method, '') AS method, goal, stddev,
  coalesce(clip, false) AS clip, dataset, split, model,
  count(*) AS n,
  count(DISTINCT "index") AS images,
  count(*) FILTER (error) AS errors,
  count(*) FILTER (NOT clean_error) AS clean_n,
  count(DISTINCT "index") FILTER (NOT clean_error) AS clean_images,
  count(*) FILTER (error AND NOT clean_error) AS clean_errors
FROM scores
WHERE kind <> 'clean'
GROUP BY ALL
ORDER BY ALL`

/** What a victim makes of what was made for one row, in one run. */
export interface ScoreRow {
  /** Empty, as the method, in files of an earlier version. */
  readonly run: string
  readonly source_model: string
  readonly kind: string
  readonly method: string
  readonly goal: string
  readonly stddev: number | null
  readonly clip: boolean
  readonly dataset: string
  readonly split: string
  readonly model: string
  /** Rows, and images: one can be there with several targets. */
  readonly n: number
  readonly images: number
  readonly errors: number
  /** The same over the images that the victim gets right when clean. */
  readonly clean_n: number
  readonly clean_images: number
  readonly clean_errors: number
}

export const CLEAN_ERRORS = `SELECT coalesce(run, '') AS run, model, filename,
  count(*) AS n,
  count(DISTINCT "index") AS images,
  count(*) FILTER (error) AS errors
FROM scores
WHERE kind = 'clean'
GROUP BY ALL
ORDER BY ALL`

export interface CleanRow {
  /** Empty in files of an earlier version. */
  readonly run: string
  readonly model: string
  /** Whose partition says which images, `shown=clean P1`, say. */
  readonly filename: string
  readonly n: number
  readonly images: number
  readonly errors: number
}

export const HISTOGRAM = `WITH fooled AS (
  SELECT run, source_model, method, goal, distortion
  FROM examples
  WHERE status = 'success' AND isfinite(distortion)
), width AS (
  SELECT greatest(max(distortion), 1e-6) / CASE WHEN count(*) < 5000 THEN 30 ELSE 60 END AS bin FROM fooled
)
SELECT run, source_model, floor(distortion / bin) * bin AS low, any_value(bin) AS bin, count(*) AS images
FROM fooled, width
GROUP BY ALL
ORDER BY ALL`

export interface HistogramRow {
  readonly run: string
  readonly source_model: string
  /** Where the bin begins, and how wide it is: RMS. */
  readonly low: number
  readonly bin: number
  readonly images: number
}

/** Values of c tried, in order. */
export const SEARCHES = `SELECT run, source_model, dataset, split, "index", label, target, solve, c, distortion, residual, fooled, best
FROM searches
ORDER BY source_model, run, "index", target, solve`

export interface SearchRow {
  readonly run: string
  readonly source_model: string
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
  readonly target: number
  readonly solve: number
  readonly c: number
  readonly distortion: number
  readonly residual: number
  readonly fooled: boolean
  readonly best: boolean
}

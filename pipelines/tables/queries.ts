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

export const ATTACKS = `SELECT run, source_model, dataset, split, method, goal,
  count(*) FILTER (status <> 'skipped') AS attacked,
  count(DISTINCT "index") FILTER (status <> 'skipped') AS images,
  count(*) FILTER (status = 'success') AS successes,
  count(*) FILTER (status = 'skipped') AS skipped,
  median(distortion) FILTER (isfinite(distortion)) AS median,
  median(c) AS c,
  avg(evaluations) FILTER (status <> 'skipped') AS evaluations,
  list(distortion ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS distortions,
  list("index" ORDER BY filename, file_row_number) FILTER (status = 'success' AND isfinite(distortion)) AS fooled
FROM examples
GROUP BY ALL
ORDER BY source_model, goal, method, dataset, split, run`

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

/** Rows to show: of each attack and status the first. */
export const shownExamples = (
  most: number,
  others: number,
) => `SELECT filename, file_row_number, run, source_model, dataset, split, method, goal,
  "index", label, target, prediction, adversarial_prediction, status, reason, distortion
FROM examples
QUALIFY row_number() OVER (
  PARTITION BY run, source_model, dataset, split, method, goal, status
  ORDER BY filename, file_row_number
) <= CASE status WHEN 'success' THEN ${most} ELSE ${others} END
ORDER BY status DESC, filename, file_row_number`

export interface ShownRow {
  readonly filename: string
  readonly file_row_number: number
  readonly run: string
  readonly source_model: string
  readonly dataset: string
  readonly split: string
  readonly method: string
  readonly goal: string
  readonly index: number
  readonly label: number
  readonly target: number | null
  readonly prediction: number | null
  readonly adversarial_prediction: number | null
  readonly status: string
  readonly reason: string
  readonly distortion: number | null
}

/** The images of such rows; names come from the data set itself. */
export const imagesOf = (rows: readonly Pick<ShownRow, 'filename' | 'file_row_number'>[]) =>
  `SELECT filename, file_row_number, original, adversarial
FROM examples
WHERE (filename, file_row_number) IN (${rows
    .map(({ filename, file_row_number: row }) => `('${filename.replaceAll("'", "''")}', ${row})`)
    .join(', ')})`

export interface PixelsRow {
  readonly filename: string
  readonly file_row_number: number
  readonly original: readonly number[]
  readonly adversarial: readonly number[] | null
}

/** The noise of the paper's figure of digits that a person can hardly read. */
const FIGURE_NOISE = "kind = 'gaussian' AND stddev = 1"

/** Of several runs the largest of each model: its rows are of one seed. */
export const NOISY = `WITH runs AS (
  SELECT coalesce(run, '') AS run, seed, coalesce(clip, false) AS clip, model, dataset, split, stddev,
    count(*) AS n,
    count(DISTINCT "index") AS images,
    count(*) FILTER (NOT error) AS correct
  FROM scores
  WHERE ${FIGURE_NOISE}
  GROUP BY ALL
)
FROM runs
QUALIFY row_number() OVER (PARTITION BY model, dataset, split ORDER BY images DESC, run) = 1
ORDER BY model, dataset, split`

export interface NoisyRow {
  readonly run: string
  /** Null in files of an earlier version. */
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

/** What each model takes some noisy images for. */
export const noisyPredictions = (
  indices: readonly number[],
) => `SELECT coalesce(run, '') AS run, model, dataset, split, "index", prediction, error, clean_error
FROM scores
WHERE ${FIGURE_NOISE} AND "index" IN (${indices.join(', ')})`

export interface NoisyPredictionRow {
  readonly run: string
  readonly model: string
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly prediction: number
  readonly error: boolean
  readonly clean_error: boolean
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

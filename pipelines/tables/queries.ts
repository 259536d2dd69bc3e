/** The questions that a report asks its data set, over views with the names of the tables. */

export const MODELS = `SELECT run, model, architecture, configuration, depth, width, activation, weight_decay, dataset, split, images,
  seed, decay, train_error, test_error, test_images
FROM models
ORDER BY filename, file_row_number`

export interface ModelRow {
  readonly run: string | null
  readonly model: string
  readonly architecture: string
  /** What networks of several seeds have in common; null, as the four below, in files of earlier versions. */
  readonly configuration: string | null
  readonly depth: number | null
  readonly width: number | null
  readonly activation: string | null
  /** λ; null also where the layers have several. */
  readonly weight_decay: number | null
  readonly dataset: string
  readonly split: string
  readonly images: number
  readonly seed: number
  readonly decay: string
  readonly train_error: number | null
  readonly test_error: number | null
  readonly test_images: number
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
  /** RMS at which the bin begins, and its width. */
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

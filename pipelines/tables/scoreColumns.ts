import type { Tally } from './statistics.js'

/** What was shown, and to which model. */
export interface ShownTo {
  /** Identity of the attack, or of the scoring of noise; empty, as the method, in files of an earlier version. */
  readonly run: string
  readonly source_model: string
  readonly kind: string
  /** How the examples were looked for, and what they aimed at; empty for noise. */
  readonly method: string
  readonly goal: string
  /** What of the attack is not as usual; empty where all is, and in files of earlier versions. */
  readonly options: string
  readonly stddev: number | null
  readonly clip: boolean
  /** Quality of the JPEG that examples were stored as. */
  readonly quality: number | null
  readonly model: string
}

/** SQL for the columns of what was shown. */
export const SHOWN = `coalesce(run, '') AS run, source_model, kind, coalesce(method, '') AS method, goal,
  coalesce(options, '') AS options, stddev, coalesce(clip, false) AS clip, quality`

/** Errors of a victim, counted. */
export interface ScoreCounts {
  /** Rows, and images: one image can be there with several targets. */
  readonly n: number
  readonly images: number
  readonly errors: number
  /** Rows, images and errors over the images that the victim gets right when clean. */
  readonly clean_n: number
  readonly clean_images: number
  readonly clean_errors: number
}

/** SQL for the counts of a group of scores. */
export const COUNTS = `count(*) AS n,
  count(DISTINCT (dataset, split, "index")) AS images,
  count(*) FILTER (error) AS errors,
  count(*) FILTER (NOT clean_error) AS clean_n,
  count(DISTINCT (dataset, split, "index")) FILTER (NOT clean_error) AS clean_images,
  count(*) FILTER (error AND NOT clean_error) AS clean_errors`

/** Errors of a victim over all rows. */
export const errorsOf = ({ n, images, errors }: ScoreCounts): Tally => ({ rows: n, images, count: errors })

/** Errors of a victim over the rows of images that it gets right when clean. */
export const rightErrorsOf = ({ clean_n, clean_images, clean_errors }: ScoreCounts): Tally => ({
  rows: clean_n,
  images: clean_images,
  count: clean_errors,
})

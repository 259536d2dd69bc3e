import type { Progress } from '../operators/flow/progress.js'
import type { BackendName } from '../operators/tensor/backend.js'
import type { Estimate } from './tables/statistics.js'

export interface Evaluation {
  readonly model: string
  /** Where the model was loaded from. */
  readonly path: string
  /** Images that could be read. */
  readonly images: number
  readonly errors: number
  /** Images that could not be read. */
  readonly unreadable: number
  /** Share of images that are wrong, with its Wilson 95 % interval. */
  readonly error: Estimate
}

export interface EvaluateOptions {
  /** A SOURCE, such as `mnist:test`. */
  readonly data: string
  /** Only the first so many images. Default: all. */
  readonly limit?: number | undefined
  readonly backend?: BackendName | undefined
  /** A file that says what is done to images, in place of the preprocess.json beside each model.json. */
  readonly preprocess?: string | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

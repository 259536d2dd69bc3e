import type { Preprocess } from '../classifier/preprocess.js'

/** Options of `loadClassifier`. */
export interface LoadOptions {
  /** Name of the model. Default: the name in its provenance, or else the folder's. */
  readonly name?: string
  /**
   * What is done to an image before the network sees it, or a JSON file that says it. Default: what the `preprocess.json` beside
   * its `model.json` says; without one nothing: the network's inputs are pixels from 0 to 1.
   */
  readonly preprocess?: Preprocess | string | undefined
}

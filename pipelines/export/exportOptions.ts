import type { ExampleChoice } from './examplesOf.js'

export interface ExportOptions extends ExampleChoice {
  /**
   * `png`: of each example three images of 8 bits, the original, the example and their difference. `npy`: of all together an array
   * for each column, as NumPy reads them, images as they are.
   */
  readonly as: 'png' | 'npy'
  /** Told of the examples that are written, of so many. */
  readonly onRows?: ((rows: number, total: number) => void) | undefined
}

/** What was exported. */
export interface Exported {
  readonly folder: string
  readonly examples: number
  /** How many files, the index among them. */
  readonly files: number
  /** CSV with a row per example, in the order of the arrays. */
  readonly index: string
}

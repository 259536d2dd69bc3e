import { formatArchitecture, type Architecture } from '../../architecture.js'
import type { TrainingEvent } from '../../records/training.js'
import { backendVersions } from '../backend.js'
import type { Recipe } from './recipe.js'
import type { TrainingSet } from './trainingSet.js'

/** Where a model comes from; stored in its `model.json` under `userDefinedMetadata.blindspot`. */
export interface Provenance {
  readonly model: string
  /** The architecture in its canonical form. */
  readonly architecture: string
  readonly lambda: readonly number[]
  readonly recipe: Recipe
  readonly dataset: string
  readonly split: string
  /** Images trained on. */
  readonly images: number
  /** SHA-256 of the training pixels' float32 bytes and then the labels' int32 bytes, in order. */
  readonly dataHash: string
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  /** `native`, `wasm` or `cpu`. */
  readonly backend: string
  /** Names and versions, as `backendVersions` gives them. */
  readonly versions: Readonly<Record<string, string>>
  /** Mean loss at the end, decay included. */
  readonly loss: number
  /** Fraction of the training images that the finished model gets wrong. */
  readonly trainError: number
  readonly seconds: number
  /**
   * Loss and error of each epoch or iteration, as in TrainingEvent; no `trainError` where the phase has no classes.
   */
  readonly history: readonly Past[]
}

export type Past = Pick<TrainingEvent, 'phase' | 'epoch' | 'loss' | 'seconds'> & {
  readonly trainError?: number
}

/** Provenance of a model from what made it. */
export async function provenanceOf(
  architecture: Architecture,
  recipe: Recipe,
  set: TrainingSet,
  result: Pick<Provenance, 'model' | 'weightsHash' | 'trainError' | 'seconds' | 'history'>,
): Promise<Provenance> {
  const { dataset, split, size, dataHash } = set
  const versions = await backendVersions()
  return {
    ...result,
    architecture: formatArchitecture(architecture),
    lambda: architecture.lambda,
    recipe,
    dataset,
    split,
    images: size,
    dataHash,
    backend: versions['backend'],
    versions,
    loss: result.history.at(-1)?.loss ?? NaN,
  }
}

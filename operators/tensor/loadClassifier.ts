import { basename } from 'node:path'
import type { Classifier } from '../classifier.js'
import { classifierOf } from './classifier.js'
import { networkOf } from './layersModel.js'
import { readModelFile } from './modelFile.js'

/** `loadClassifier`'s. */
export interface LoadOptions {
  /** Default: the name in the model's provenance, or else the folder's. */
  readonly name?: string
}

/**
 * Loads a TensorFlow.js layers model from disk. A softmax at its end is left out: a classifier gives
 * logits. Chains of dense layers are evaluated by a written-out pass, all else by TensorFlow.js.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError `bad-model`, naming the file, what was expected and what was found
 * @example const classifier = await loadClassifier('results/networks/FC100-100-10')
 */
export async function loadClassifier(path: string, options: LoadOptions = {}): Promise<Classifier> {
  const file = await readModelFile(path)
  const written = file.provenance?.['model']
  const name = options.name ?? (typeof written === 'string' ? written : basename(file.folder))
  return classifierOf(name, file.weightsHash, await networkOf(file))
}

import type { Classifier } from '../classifier.js'
import { classifierOf } from './classifier.js'
import { networkOf } from './layersModel.js'
import { readModelFile } from './modelFile.js'
import { rememberOrigin, type LoadOptions } from './modelReference.js'
import { referenceTo } from './referenceTo.js'

export type { LoadOptions } from './modelReference.js'

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
  const origin = referenceTo(file, options.name)
  return rememberOrigin(classifierOf(origin.name, file.weightsHash, await networkOf(file)), origin)
}

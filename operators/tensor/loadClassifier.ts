import type { Classifier } from '../classifier.js'
import { classifierOf } from './classifier.js'
import { networkOf } from './layersModel.js'
import { readModelFile } from './modelFile.js'
import { rememberOrigin, type LoadOptions } from './modelReference.js'
import { referenceTo } from './referenceTo.js'
import { watched } from './watched.js'

export type { LoadOptions } from './modelReference.js'

/**
 * Loads a TensorFlow.js layers model from disk, of Keras 2, Keras 3 or TensorFlow.js. A softmax at its end is left out,
 * also where layers follow that do nothing at inference: a classifier gives logits. Models in the model are written
 * out, their layers named `block/conv1`. Chains of dense layers are evaluated by a written-out pass, all else by
 * TensorFlow.js. A model whose first batches give probabilities all the same is a warning.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError `bad-model`, naming the file, what was expected and what was found
 * @example const classifier = await loadClassifier('results/networks/FC100-100-10')
 */
export async function loadClassifier(path: string, options: LoadOptions = {}): Promise<Classifier> {
  const file = await readModelFile(path)
  const origin = referenceTo(file, options.name)
  const classifier = classifierOf(origin.name, file.weightsHash, networkOf(file))
  return rememberOrigin(watched(classifier, file), origin)
}

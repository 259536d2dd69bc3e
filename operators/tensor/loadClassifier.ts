import type { Classifier } from '../classifier.js'
import type { LoadOptions } from './loadOptions.js'
import { rememberOrigin } from './modelReference.js'
import { referenceTo } from './referenceTo.js'
import { requireText } from '../options/requireKinds.js'
import { requireKnown } from '../options/knownOptions.js'

export type { LoadOptions } from './loadOptions.js'

/**
 * Loads a TensorFlow.js layers model from disk, of Keras 2, Keras 3 or TensorFlow.js, or a graph model. A softmax at its end is left out,
 * also where layers follow that do nothing at inference: a classifier gives logits. Models in the model are written
 * out, their layers named `block/conv1`. Chains of dense layers are evaluated by a written-out pass, all else by
 * TensorFlow.js. A model whose first batches give probabilities all the same is a warning.
 *
 * What a `preprocess.json` beside `model.json` says becomes part of the classifier, whose images are RGB pixels from 0 to 1
 * whatever the network takes: an input is (pixel / divide - mean) / std of pixels from 0 to 255, in its order of channels,
 * and the layer named in `outputs.logits` gives the logits. Of a network on three channels it has the `framing` too.
 *
 * It computes with the backend that `useBackend` has chosen; where none is, with the fastest that loads.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError `bad-model`, naming the file, what was expected and what was found
 * @example
 * const { layers, classes } = await loadClassifier('my-model')
 */
export async function loadClassifier(path: string, options: LoadOptions = {}): Promise<Classifier> {
  requireKnown<LoadOptions>('loadClassifier', options, { name: true, preprocess: true })
  requireText('loadClassifier', path, 'the path of a folder with model.json, or of that file')
  const { classifierOf } = await import('./classifier.js')
  const { readModelFile } = await import('./modelFile.js')
  const { networkOf } = await import('./networkOf.js')
  const { watched } = await import('./watched.js')
  const { useBackend } = await import('./backend.js')
  const file = await readModelFile(path, options.preprocess)
  await useBackend()
  const origin = referenceTo(file, options)
  const classifier = classifierOf(origin.name, file.weightsHash, networkOf(file), origin.framing)
  return rememberOrigin(watched(classifier, file), origin)
}

import type { Classifier, ModelReference } from '../classifier.js'
import type { LoadOptions } from './loadOptions.js'
import { referenceTo } from './referenceTo.js'
import { requireText } from '../options/requireKinds.js'
import { requireKnown } from '../options/knownOptions.js'

/**
 * Reads and checks the files of a model, but not its layers: TensorFlow.js is not needed for that.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError `bad-option` where there is none; `bad-model`, naming the file, what was expected and what was found
 * @example
 * const examples = mnist('test', { limit: 16 }).pipe(attack(await modelReference('my-model')))
 * await lastValueFrom(examples)
 */
export async function modelReference(path: string, options: LoadOptions = {}): Promise<ModelReference> {
  requireKnown<LoadOptions>('modelReference', options, { name: true, preprocess: true })
  requireText('modelReference', path, 'the path of a folder with model.json, or of that file')
  const { readModelFile } = await import('./modelFile.js')
  return referenceTo(await readModelFile(path, options.preprocess), options)
}

/**
 * Files that classifiers were made from. They are no property of a classifier: a copy of it with other methods is
 * another one.
 */
const origins = new WeakMap<Classifier, ModelReference>()

/** The file that `loadClassifier` made a classifier from, for other threads to do the same. */
export const originOf = (classifier: Classifier): ModelReference | undefined => origins.get(classifier)

/** Notes the file that a classifier was made from; for `loadClassifier` alone. */
export function rememberOrigin(classifier: Classifier, origin: ModelReference): Classifier {
  origins.set(classifier, origin)
  return classifier
}

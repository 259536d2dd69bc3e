import { parseArchitecture, type Architecture } from '../../architecture.js'
import type { Classifier } from '../../classifier.js'
import type { Preprocess } from '../../classifier/preprocess.js'
import { readModelFile, readProvenance } from '../modelFile.js'
import { Trained } from './trained.js'
import { initialLayers } from './weights.js'

/**
 * The network that a training began with: the same architecture with the initial weights of the same seed. Of a softmax on
 * an autoencoder's code it has the autoencoder's initial encoder. (The softmax itself, which L-BFGS trains from zeros, has
 * here what other layers begin with, since of zeros all images are alike.)
 *
 * @param path of the trained model: its folder with `model.json`, or that file
 * @param preprocess as the trained one is loaded with
 * @returns undefined where the model's provenance does not tell its architecture and seed; to be disposed of.
 */
export async function untrainedClassifier(
  path: string,
  { name, inputShape }: Pick<Classifier, 'name' | 'inputShape'>,
  preprocess?: Preprocess | string,
): Promise<Classifier | undefined> {
  const provenance = await readProvenance(path)
  const architecture = architectureOf(provenance?.['architecture'])
  const recipe = provenance?.['recipe']
  const seed = typeof recipe === 'object' && recipe !== null && 'seed' in recipe ? recipe.seed : undefined
  if (architecture === undefined || typeof seed !== 'number' || !Number.isSafeInteger(seed)) return undefined
  const { preparation } = await readModelFile(path, preprocess)
  const [height, width, channels] = inputShape.length === 3 ? inputShape : [1, inputShape[0], 1]
  const shape = [height, width, channels] as const
  return new Trained(name, architecture, shape, initialLayers(architecture, seed, shape)).classifier(
    preparation,
  )
}

/** The architecture of a provenance; undefined where another program wrote it, or it is none that we know. */
function architectureOf(text: unknown): Architecture | undefined {
  try {
    return typeof text === 'string' ? parseArchitecture(text) : undefined
  } catch {
    return undefined
  }
}

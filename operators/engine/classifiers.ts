import type { Classifier, ModelReference } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { loadClassifier } from '../tensor/loadClassifier.js'

/** Classifiers that a thread keeps beside those in use: a sweep comes back to a few. */
const KEPT = 3

interface Entry {
  readonly classifier: Promise<Classifier>
  users: number
}

/** The classifiers of this thread, each loaded once; in the order of their last use. */
const entries = new Map<string, Entry>()

/**
 * The classifier that a reference means; `release` when it is no longer used.
 *
 * @throws BlindspotError `bad-model` where the file cannot be read or holds other weights now
 */
export async function borrow(
  model: ModelReference,
): Promise<{ readonly classifier: Classifier; readonly release: () => void }> {
  const key = JSON.stringify([model.file, model.name, model.weightsHash, model.preprocess])
  const entry = entries.get(key) ?? { classifier: loadReference(model), users: 0 }
  entries.delete(key)
  entries.set(key, entry)
  entry.users++
  const release = () => {
    entry.users--
    removeUnused()
  }
  try {
    return { classifier: await entry.classifier, release }
  } catch (error) {
    if (entries.get(key) === entry) entries.delete(key)
    throw error
  }
}

/** The classifier that a reference means, for the caller to dispose. */
export async function loadReference(reference: ModelReference): Promise<Classifier> {
  const { file, name, weightsHash, preprocess } = reference
  const classifier = await loadClassifier(file, { name, preprocess })
  if (classifier.weightsHash === weightsHash) return classifier
  const found = classifier.weightsHash
  classifier.dispose()
  throw new BlindspotError(
    'bad-model',
    `${file}: expected weights of SHA-256 ${weightsHash}, as when it was opened, got ${found}; ` +
      'they or what its preprocess.json says were changed meanwhile; load the model again',
  )
}

function removeUnused(): void {
  const unused = [...entries].filter(([, { users }]) => users === 0)
  for (const [key, { classifier }] of unused.slice(0, Math.max(0, unused.length - KEPT))) {
    entries.delete(key)
    void classifier.then((one) => one.dispose())
  }
}

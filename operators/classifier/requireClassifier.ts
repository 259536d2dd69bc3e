import type { Classifier, ModelReference } from '../classifier.js'
import { isObject } from '../options/isObject.js'
import { unexpected } from '../options/unexpected.js'

/** Whether a model is loaded, and not a reference to one on disk. */
export const isLoaded = (model: Classifier | ModelReference): model is Classifier => 'logits' in model

/**
 * Checks that what should be a classifier can be one: JavaScript lets through a folder, or a promise that nobody waited for.
 *
 * @param owner what it was given to
 * @throws BlindspotError `bad-option`
 */
export function requireClassifier(owner: string, given: unknown): void {
  if (isObject(given) && typeof given['logits'] === 'function') return
  throw unexpected(owner, 'a classifier, as loadClassifier or defineClassifier gives it', given)
}

/** The same of a classifier or a reference to a model on disk. */
export function requireModel(owner: string, given: unknown): void {
  if (isObject(given) && (typeof given['logits'] === 'function' || typeof given['file'] === 'string')) return
  throw unexpected(
    owner,
    'a classifier, as loadClassifier or defineClassifier gives it, or what modelReference gives',
    given,
  )
}

import type { OperatorFunction } from 'rxjs'
import type { Classifier, ModelReference } from './classifier.js'
import { attackBy, checkAttackOptions, type CommonAttackOptions } from './engine/attackBy.js'
import { searchOptionsOf, type GivenSearchOptions } from './engine/searchOptions.js'
import { SEARCH_DEFAULTS } from './minimize/searchDefaults.js'
import type { AdversarialBatch } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'

/** Options of `attack`: those that all attacks have, and how it searches. */
export interface AttackOptions extends CommonAttackOptions, GivenSearchOptions {}

/**
 * Finds, for each image, the smallest perturbation that a classifier takes for a chosen wrong class.
 *
 * Box-constrained L-BFGS on c ‖r‖² − log softmax(f(x + r))[target] with x + r in the
 * classifier's box, [0, 1]ⁿ, and a search on
 * log c per sample for the largest c that still fools (Szegedy et al. 2013, §4.1, whose c is on the penalty).
 *
 * ImageBatches in, one AdversarialBatch for each, in order, its rows in order of (image, target). Images
 * that the model gets wrong, or that already are the target, are rows `skipped`; a search that ends
 * without an example is a row `failed` with its reason. A row is a function of the image, the model and the
 * options alone: not of batch size, order, neighbours or workers.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const examples = mnist('test', { limit: 16 }).pipe(attack(network, { goal: 'random', seed: 1 }))
 * const { distortion } = await lastValueFrom(examples)
 *
 * @param model a classifier, or a model on disk, which this thread need not load TensorFlow for
 * @throws BlindspotError `bad-option`, at once, for an option that there is not, a goal or number that cannot be used, or workers
 * for a classifier that is not from disk, `bad-model` for one of one class or with a property that cannot be; in the stream
 * `bad-option` for images of another size than the classifier's, or a target or case that is no class of it, `bad-model` for an answer
 * that is none, or where a worker finds another file than was loaded.
 */
export function attack(
  model: Classifier | ModelReference,
  options: AttackOptions = {},
): OperatorFunction<ImageBatch, AdversarialBatch> {
  checkAttackOptions('attack', options, Object.keys(SEARCH_DEFAULTS))
  const { goal, target, cases, seed, run, batchSize = 256, workers, onStats, ...given } = options
  const search = searchOptionsOf('attack', batchSize, given)
  const common = { goal, target, cases, seed, run, batchSize, workers, onStats }
  return attackBy({ owner: 'attack', method: 'l-bfgs', search }, model, common)
}

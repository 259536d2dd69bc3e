import type { OperatorFunction } from 'rxjs'
import { checkAim, type AimOptions } from './engine/aim.js'
import { checked, requireClasses } from './classifier/checked.js'
import type { Classifier, ModelReference } from './classifier.js'
import type { EngineOptions } from './engine/attacker.js'
import { Engine } from './engine/engine.js'
import { share, type Open } from './engine/share.js'
import { attackThreads, checkWorkers, defaultWorkers, threadsRunning } from './engine/threads.js'
import { BlindspotError } from './errors.js'
import { asyncOperator } from './flow/asyncOperator.js'
import type { AdversarialBatch } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'
import { searchOptionsOf, type GivenSearchOptions } from './engine/searchOptions.js'
import { slotsFor, type AttackStats } from './engine/searchQueue.js'
import { originOf } from './tensor/modelReference.js'

/** Options of `attack`: what it aims at, how it searches, with how many threads. */
export interface AttackOptions extends AimOptions, GivenSearchOptions {
  /**
   * Searches evaluated together, per worker; fewer where images are so large that they count (3 of 227 × 227 × 3).
   * Changes speed and memory, never a result. Default 256.
   */
  readonly batchSize?: number
  /**
   * Worker threads that share the images, each with a backend of its own; 0: this thread alone. Changes speed and
   * memory (0.2 GB each), never a result. The threads are the process' own and stay for the next attack.
   * Default: `defaultWorkers()` where the model is on disk, but the first 128 images of a loaded one are attacked
   * in this thread, since a thread needs a second to start; 0 for any other classifier, which only this thread has.
   */
  readonly workers?: number | undefined
  /**
   * Told after each batch how full the batched evaluations have been so far and where the time went, all threads
   * together.
   */
  readonly onStats?: ((stats: AttackStats) => void) | undefined
}

/** So few images are not worth starting a thread for. */
const FEW = 128
/** Searches per image, about, of goals that look at all wrong classes. */
const MANY_SEARCHES = 8

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
 * @throws BlindspotError `bad-option`, at once, for a goal or number that cannot be used, or workers for a
 * classifier that is not from disk, `bad-model` for one of one class or with a property that cannot be; in the stream
 * `bad-data` for images of another size than the classifier's or a case without its class, `bad-model` for an answer
 * that is none, or where a worker finds another file than was loaded.
 */
export function attack(
  model: Classifier | ModelReference,
  options: AttackOptions = {},
): OperatorFunction<ImageBatch, AdversarialBatch> {
  const { goal, target, cases, seed, run, batchSize = 256, workers, onStats, ...given } = options
  const aim = { goal, target, cases, seed, run }
  checkAim(aim)
  const search = searchOptionsOf('attack', batchSize, given)
  if (isLoaded(model)) requireClasses(checked(model))
  const origin = isLoaded(model) ? originOf(model) : model
  const threads = workers ?? (origin ? defaultWorkers() : 0)
  checkWorkers(threads)
  if (threads > 0 && !origin) {
    throw new BlindspotError(
      'bad-option',
      `attack: workers: expected 0 for ${model.name}, which is not from loadClassifier, got ${threads}`,
    )
  }
  const few = workers === undefined && isLoaded(model) ? FEW : 0
  const engineOptions: EngineOptions = { aim, batchSize, search }
  const searches = goal === 'all' || goal === 'untargeted' ? MANY_SEARCHES : 1

  return asyncOperator(1, async (batches, out) => {
    const classifier = isLoaded(model) ? model : threads === 0 ? await load(model) : undefined
    const here: readonly Open[] = classifier
      ? [(events) => new Engine(classifier, engineOptions, events)]
      : []
    let others: readonly Open[] | undefined
    const inThreads = (): readonly Open[] =>
      (others ??= origin
        ? attackThreads(threads).map(
            (thread): Open =>
              (events) =>
                thread.open(origin, engineOptions, events),
          )
        : [])
    const attackers = (images: number) => {
      const fewYet = !others && images <= few && !threadsRunning()
      return threads === 0 || fewYet ? here : inThreads()
    }
    try {
      const slots = (values: number) => slotsFor(batchSize, values, search.memory)
      await share(batches, out, { attackers, slots, searches, onStats })
    } finally {
      if (!isLoaded(model)) classifier?.dispose()
    }
  })
}

const isLoaded = (model: Classifier | ModelReference): model is Classifier => 'logits' in model

async function load(model: ModelReference): Promise<Classifier> {
  const { useBackend } = await import('./tensor/backend.js')
  const { loadReference } = await import('./engine/classifiers.js')
  await useBackend()
  return loadReference(model)
}

import type { OperatorFunction } from 'rxjs'
import { checkAim, type AimOptions } from './aimOptions.js'
import type { EngineOptions, MethodSearch } from './attacker.js'
import { checked, requireClasses } from '../classifier/checked.js'
import { isLoaded, requireModel } from '../classifier/requireClassifier.js'
import type { Classifier, ModelReference } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { asyncOperator } from '../flow/asyncOperator.js'
import { positiveInteger } from '../flow/positiveInteger.js'
import type { AttackStats } from './queue.js'
import { requireKnown, type Known } from '../options/knownOptions.js'
import type { AdversarialBatch } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'
import type { Open } from './share.js'
import { originOf } from '../tensor/modelReference.js'
import { attackThreads, checkWorkers, defaultWorkers, threadsRunning } from './threads.js'

/** What all attacks can be told, by the same names, whatever their method: `attack`, `deepFool` and `decoupledDirectionNorm`. */
export interface CommonAttackOptions extends AimOptions {
  /**
   * Searches evaluated together, per worker; fewer where images are so large that they count (3 of 227 × 227 × 3).
   * Changes speed and memory, never a result. Default 256.
   */
  readonly batchSize?: number | undefined
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

/** Their names, for who tells them from a method's own. */
const COMMON: Known<CommonAttackOptions> = {
  ...{ goal: true, target: true, cases: true, seed: true, run: true },
  ...{ batchSize: true, workers: true, onStats: true },
}

/** So few images are not worth starting a thread for. */
const FEW = 128
/** Searches per image, about, of goals that look at all wrong classes one by one. */
const MANY_SEARCHES = 8

/** A method, by the name of its operator, with its search. */
export type NamedMethod = MethodSearch & { readonly owner: string }

/**
 * Checks that nobody gives an attack an option that it has not, and that those that all have can be used.
 *
 * @param own names of the method's own options
 * @throws BlindspotError `bad-option`
 */
export function checkAttackOptions(
  owner: string,
  options: CommonAttackOptions,
  own: readonly string[],
): void {
  const ofMethod: object = Object.fromEntries(own.map((name) => [name, true]))
  requireKnown(owner, options, { ...COMMON, ...ofMethod })
  checkAim(options)
  positiveInteger(owner, 'batchSize', options.batchSize ?? 256)
  if (options.workers !== undefined) checkWorkers(options.workers, owner)
}

/**
 * The operator of a method whose options are checked: ImageBatches in, an AdversarialBatch for each, in order, by the searches of
 * this thread or of others.
 *
 * @throws BlindspotError `bad-option`, at once, for workers for a classifier that is not from disk, `bad-model` for one of one
 * class or with a property that cannot be; in the stream as `attack`
 */
export function attackBy(
  { owner, ...method }: NamedMethod,
  model: Classifier | ModelReference,
  { goal, target, cases, seed, run, batchSize = 256, workers, onStats }: CommonAttackOptions,
): OperatorFunction<ImageBatch, AdversarialBatch> {
  requireModel(owner, model)
  if (isLoaded(model)) requireClasses(checked(model))
  const origin = isLoaded(model) ? originOf(model) : model
  const threads = workers ?? (origin ? defaultWorkers() : 0)
  if (threads > 0 && !origin) {
    throw new BlindspotError(
      'bad-option',
      `${owner}: workers: expected 0 for ${model.name}, which is not from loadClassifier, got ${threads}`,
    )
  }
  const few = workers === undefined && isLoaded(model) ? FEW : 0
  const engineOptions: EngineOptions = { ...method, aim: { goal, target, cases, seed, run }, batchSize }
  // of several targets a search on c has one after the other
  const isMany = goal === 'all' || (goal === 'untargeted' && method.method === 'l-bfgs')

  return asyncOperator(1, async (batches, out) => {
    const { Engine } = await import('./engine.js')
    const { slotsOf } = await import('./queueOf.js')
    const { share } = await import('./share.js')
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
      const slots = (values: number) => slotsOf(engineOptions, values)
      await share(batches, out, { attackers, slots, searches: isMany ? MANY_SEARCHES : 1, onStats })
    } finally {
      if (!isLoaded(model)) classifier?.dispose()
    }
  })
}

async function load(model: ModelReference): Promise<Classifier> {
  const { loadReference } = await import('./classifiers.js')
  return loadReference(model)
}

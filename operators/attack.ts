import type { OperatorFunction } from 'rxjs'
import type { AdversarialRows } from './adversarialRows.js'
import { aim, type AimOptions } from './aim.js'
import type { Classifier } from './classifier.js'
import { BlindspotError } from './errors.js'
import { asyncOperator } from './flow/asyncOperator.js'
import { positiveInteger } from './flow/positiveInteger.js'
import { SEARCH_DEFAULTS, type SearchOptions } from './minimize/boundarySearch.js'
import { PENALTIES } from './minimize/penalty.js'
import type { AdversarialBatch } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'
import { SearchQueue } from './searchQueue.js'

export interface AttackOptions extends AimOptions, Partial<SearchOptions> {
  /** Searches evaluated together. Changes speed and memory, never a result. Default 256. */
  readonly batchSize?: number
}

/** Batches that may wait for the engine: enough to fill its slots from a source of single images. */
const WAITING_BATCHES = 16
/** Rows in work, in units of `batchSize`: what a slow search at the head may hold back. */
const PENDING_BATCHES = 4

/**
 * Finds, for each image, the smallest perturbation that a classifier takes for a chosen wrong class.
 *
 * Box-constrained L-BFGS on c ‖r‖² − log softmax(f(x + r))[target] with x + r ∈ [0, 1]ⁿ, and a search on
 * log c per sample for the largest c that still fools (Szegedy et al. 2013, §4.1, whose c is on the penalty).
 *
 * ImageBatches in, one AdversarialBatch for each, in order, its rows in order of (image, target). Images
 * that the model gets wrong, or that already are the target, are rows `skipped`; a search that ends
 * without an example is a row `failed` with its reason. A row is a function of the image, the model and the
 * options alone: not of batch size, order or neighbours.
 *
 * @example
 * mnist('test', { limit: 256 }).pipe(attack(classifier, { goal: 'random', seed: 1 }))
 *
 * @throws BlindspotError `bad-option`, at once, for a goal or number that cannot be used; in the stream
 * `bad-data` for images of another size than the classifier's, `bad-option` for a case without its class.
 */
export function attack(
  classifier: Classifier,
  options: AttackOptions = {},
): OperatorFunction<ImageBatch, AdversarialBatch> {
  const { goal, target, cases, seed, run, batchSize = 256, ...search } = options
  const rowsOf = aim(classifier, 'l-bfgs', { goal, target, cases, seed, run })
  const searchOptions = { ...SEARCH_DEFAULTS, ...search }
  const { penalty, memory, maxSolves, maxIterations, maxEvaluations, ...tolerances } = searchOptions
  if (!PENALTIES.includes(penalty)) {
    throw new BlindspotError(
      'bad-option',
      `penalty: expected one of ${PENALTIES.join(', ')}, got '${penalty}'`,
    )
  }
  for (const [name, value] of Object.entries(tolerances)) {
    if (!(value > 0))
      throw new BlindspotError('bad-option', `${name}: expected a number over 0, got ${value}`)
  }
  for (const [name, value] of Object.entries({
    batchSize,
    memory,
    maxSolves,
    maxIterations,
    maxEvaluations,
  })) {
    positiveInteger('attack', name, value)
  }

  return asyncOperator(WAITING_BATCHES, async (batches, out) => {
    const queue = new SearchQueue(classifier, batchSize, searchOptions)
    const pending: AdversarialRows[] = []
    const rowsPending = () => pending.reduce((sum, { length }) => sum + length, 0)
    const full = () => queue.backlog >= batchSize || rowsPending() >= PENDING_BATCHES * batchSize

    while (!out.signal.aborted) {
      while (!full() && !batches.done) {
        const batch = batches.take() ?? (queue.busy ? undefined : (await batches.next()).value)
        if (!batch) break
        const rows = rowsOf(batch)
        rows.open((image, target, done) => queue.add(image, target, done))
        pending.push(rows)
      }
      if (pending.length === 0) break
      if (queue.busy) queue.round()
      for (let head = pending.at(0); head?.complete; head = pending.at(0)) {
        pending.shift()
        await out.emit(head.batch)
      }
      // lets the source push, and an unsubscription through
      await new Promise(setImmediate)
    }
  })
}

import type { OperatorFunction } from 'rxjs'
import { AdversarialRows, type RowPlan } from './adversarialRows.js'
import type { Classifier } from './classifier.js'
import { BlindspotError } from './errors.js'
import { asyncOperator } from './flow/asyncOperator.js'
import { positiveInteger } from './flow/positiveInteger.js'
import { requireImages } from './inputSize.js'
import { SEARCH_DEFAULTS, type SearchOptions } from './minimize/boundarySearch.js'
import { GOALS, type AdversarialBatch, type Goal } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'
import { SearchQueue } from './searchQueue.js'
import { targetsOf, type Case, type Targets } from './targets.js'

export interface AttackOptions extends Partial<SearchOptions> {
  /**
   * Which wrong class to aim at. `random`: one per image, drawn from (seed, sample id), as in the paper;
   * `all`: every wrong class, a row each; `untargeted`: the least perturbation over all wrong classes, one
   * row; `runner-up` and `least-likely`: by the clean logits. Default `random`.
   */
  readonly goal?: Exclude<Goal, 'cases'>
  /** Exactly these samples and targets, in place of a goal; other images give no row. */
  readonly cases?: readonly Case[]
  /** Of the random targets. Default 1. */
  readonly seed?: number
  /** Searches evaluated together. Changes speed and memory, never a result. Default 256. */
  readonly batchSize?: number
  /** Identity of the run, copied to every row. Default ''. */
  readonly run?: string
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
  const { goal: asked = 'random', cases, seed = 1, batchSize = 256, run = '', ...search } = options
  const searchOptions = { ...SEARCH_DEFAULTS, ...search }
  const goal: Goal = cases ? 'cases' : asked
  if (!GOALS.includes(goal) || (goal === 'cases' && !cases)) {
    const goals = GOALS.filter((name) => name !== 'cases').join(', ')
    throw new BlindspotError('bad-option', `goal: expected one of ${goals}, got '${goal}'`)
  }
  const { memory, maxSolves, maxIterations, maxEvaluations, ...tolerances } = searchOptions
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
  if (!Number.isSafeInteger(seed)) {
    throw new BlindspotError('bad-option', `attack: seed must be a whole number, got ${seed}`)
  }
  const targets = targetsOf(goal, seed, cases)

  return asyncOperator(WAITING_BATCHES, async (batches, out) => {
    const queue = new SearchQueue(classifier, batchSize, searchOptions)
    const pending: AdversarialRows[] = []
    const rowsPending = () => pending.reduce((sum, { length }) => sum + length, 0)
    const full = () => queue.backlog >= batchSize || rowsPending() >= PENDING_BATCHES * batchSize

    while (!out.signal.aborted) {
      while (!full() && !batches.done) {
        const batch = batches.take() ?? (queue.busy ? undefined : (await batches.next()).value)
        if (!batch) break
        const rows = rowsOf(batch, classifier, targets, { run, goal, sourceModel: classifier.name })
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

/** Classifies a batch of clean images and plans a row for each aim. */
function rowsOf(
  batch: ImageBatch,
  classifier: Classifier,
  targets: Targets,
  identity: { readonly run: string; readonly goal: Goal; readonly sourceModel: string },
): AdversarialRows {
  const { dataset, split, index, label, pixels } = batch
  const { classes } = classifier
  requireImages(classifier, batch, pixels, index.length)
  requireBox(batch)
  const logits = classifier.logits(pixels)
  const plans: RowPlan[] = []
  for (let at = 0; at < index.length; at++) {
    if (!(label[at] >= 0 && label[at] < classes)) {
      throw new BlindspotError(
        'bad-data',
        `${dataset} ${split} ${index[at]}: label ${label[at]}, but model ${classifier.name} has ${classes} classes`,
      )
    }
    const seen = logits.subarray(at * classes, (at + 1) * classes)
    const aims = targets({ dataset, split, index: index[at], label: label[at], logits: seen })
    if (identity.goal === 'untargeted') plans.push({ at, targets: aims })
    else for (const target of aims) plans.push({ at, targets: [target] })
  }
  return new AdversarialRows(batch, logits, plans, identity)
}

/** A value outside of the box cannot be perturbed within it; one that is no number ends in its row. */
function requireBox({ dataset, split, index, pixels }: ImageBatch): void {
  const at = pixels.findIndex((x) => x < 0 || x > 1)
  if (at < 0) return
  const sample = index[Math.floor(at / (pixels.length / index.length))]
  throw new BlindspotError(
    'bad-data',
    `${dataset} ${split} ${sample}: expected pixels in [0, 1], got ${pixels[at]}; divide bytes by 255`,
  )
}

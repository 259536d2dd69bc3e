import type { AdversarialRows } from './adversarialRows.js'
import { checked } from '../classifier/checked.js'
import { type Classifier, inputSize } from '../classifier.js'
import { BoundarySearch, searchBytes, type Minimiser } from '../minimize/boundarySearch.js'
import type { SearchOptions } from '../minimize/searchDefaults.js'
import { Vectors, type Address } from '../minimize/vectors.js'
import { MOST_VALUES, type AttackStats, type Queue } from './queue.js'
import { largestOther } from './reached.js'
import { crossEntropy } from '../classifier/crossEntropy.js'

interface Job {
  readonly image: Float32Array
  readonly target: number
  readonly done: (search: BoundarySearch) => void
  readonly onSolve: ((minimiser: Minimiser) => void) | undefined
}

/** Bytes that the searches of a queue may hold. */
const MOST_BYTES = 2 ** 29

/** Searches evaluated together where `batchSize` are asked for: fewer where the images are so large that they count. */
export function slotsFor(batchSize: number, values: number, memory: number): number {
  const own = Math.max(1, values)
  return Math.max(
    1,
    Math.min(batchSize, Math.floor(MOST_VALUES / own), Math.floor(MOST_BYTES / searchBytes(own, memory))),
  )
}

/**
 * One shared queue of evaluations: a round is one batched forward and backward pass for every active
 * search, whatever it is doing. Finished searches leave at once and their slots are refilled, so no
 * sample waits for another.
 */
export class SearchQueue implements Queue {
  private readonly waiting: Job[] = []
  private readonly active: { job: Job; search: BoundarySearch }[] = []
  private readonly idle: BoundarySearch[] = []
  private readonly size: number
  private readonly vectors: Vectors
  /** The trials of a round. */
  private readonly trials: Address
  /** Searches evaluated together. */
  readonly slots: number

  private readonly classifier: Classifier

  constructor(
    classifier: Classifier,
    batchSize: number,
    private readonly options: SearchOptions,
  ) {
    this.classifier = checked(classifier)
    this.size = inputSize(classifier)
    this.slots = slotsFor(batchSize, this.size, options.memory)
    this.vectors = new Vectors(this.size, ...classifier.box)
    this.trials = this.vectors.allocateBatch(this.slots)
  }

  private rounds = 0
  private evaluations = 0
  private milliseconds = { network: 0, search: 0 }

  get stats(): AttackStats {
    const { rounds, evaluations, slots, milliseconds } = this
    const seconds = { network: milliseconds.network / 1000, search: milliseconds.search / 1000 }
    return { rounds, evaluations, slots: rounds * slots, seconds }
  }

  /** Searches that have no slot yet. */
  get backlog(): number {
    return this.waiting.length
  }

  get busy(): boolean {
    return this.active.length + this.waiting.length > 0
  }

  open(rows: AdversarialRows): void {
    rows.open((image, target, done) => this.add(image, target, done))
  }

  /**
   * `done` is called with the finished search, whose arrays are valid during the call only; `onSolve` before it, with
   * each value of c solved for.
   */
  add(
    image: Float32Array,
    target: number,
    done: (search: BoundarySearch) => void,
    onSolve?: (minimiser: Minimiser) => void,
  ): void {
    this.waiting.push({ image, target, done, onSolve })
  }

  /** Evaluates the trials of all active searches once. */
  round(): void {
    const began = performance.now()
    this.refill()
    const { active, size, vectors, trials } = this
    const { classes } = this.classifier
    const targets = new Int32Array(active.length)
    const sharpness = new Float64Array(active.length)
    active.forEach(({ job, search }, i) => {
      vectors.toRow(trials, i, search.trial)
      targets[i] = job.target
      sharpness[i] = search.sharpness
    })
    const pixels = vectors.rows(trials, active.length)
    const asked = performance.now()
    const { logits, gradient } = this.classifier.logitGradient(pixels, (all) =>
      this.weigh(all, targets, sharpness),
    )
    const answered = performance.now()
    let kept = 0
    for (let i = 0; i < active.length; i++) {
      const { job, search } = active[i]
      search.advance(
        logits.subarray(i * classes, (i + 1) * classes),
        gradient.subarray(i * size, (i + 1) * size),
      )
      if (search.status === undefined) active[kept++] = active[i]
      else {
        job.done(search)
        this.idle.push(search)
      }
    }
    this.rounds++
    this.evaluations += active.length
    active.length = kept
    this.milliseconds.network += answered - asked
    this.milliseconds.search += performance.now() - answered + (asked - began)
  }

  /** [active × classes] for each search the weights of the logits whose gradient it asks for. */
  private weigh(logits: Float32Array, targets: Int32Array, sharpness: Float64Array): Float32Array {
    const { classes } = this.classifier
    const { gradient } = crossEntropy(logits, targets, classes, sharpness)
    this.active.forEach(({ search, job: { target } }, i) => {
      if (!search.wantsMargin) return
      const other = largestOther(logits.subarray(i * classes, (i + 1) * classes), target)
      const weights = gradient.subarray(i * classes, (i + 1) * classes)
      weights.fill(0)
      weights[target] = 1
      weights[other] = -1
    })
    return gradient
  }

  private refill(): void {
    const take = Math.min(this.slots - this.active.length, this.waiting.length)
    for (const job of this.waiting.splice(0, take)) {
      const search = this.idle.pop() ?? new BoundarySearch(this.vectors, this.options)
      search.start(job.image, job.target, job.onSolve)
      this.active.push({ job, search })
    }
  }
}

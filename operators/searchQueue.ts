import type { Classifier } from './classifier.js'
import { inputSize } from './inputSize.js'
import { BoundarySearch, type SearchOptions } from './minimize/boundarySearch.js'
import { Vectors } from './minimize/vectors.js'

interface Job {
  readonly image: Float32Array
  readonly target: number
  readonly done: (search: BoundarySearch) => void
}

/**
 * One shared queue of evaluations: a round is one batched forward and backward pass for every active
 * search, whatever it is doing. Finished searches leave at once and their slots are refilled, so no
 * sample waits for another.
 */
export class SearchQueue {
  private readonly waiting: Job[] = []
  private readonly active: { job: Job; search: BoundarySearch }[] = []
  private readonly idle: BoundarySearch[] = []
  private readonly size: number
  private readonly vectors: Vectors

  constructor(
    private readonly classifier: Classifier,
    private readonly slots: number,
    private readonly options: SearchOptions,
  ) {
    this.size = inputSize(classifier)
    this.vectors = new Vectors(this.size, ...classifier.box)
  }

  /** Searches that have no slot yet. */
  get backlog(): number {
    return this.waiting.length
  }

  get busy(): boolean {
    return this.active.length + this.waiting.length > 0
  }

  /** `done` is called with the finished search, whose arrays are valid during the call only. */
  add(image: Float32Array, target: number, done: (search: BoundarySearch) => void): void {
    this.waiting.push({ image, target, done })
  }

  /** Evaluates the trials of all active searches once. */
  round(): void {
    this.refill()
    const { active, size } = this
    const { classes } = this.classifier
    const pixels = new Float32Array(active.length * size)
    const targets = new Int32Array(active.length)
    active.forEach(({ job, search }, i) => {
      pixels.set(search.trial, i * size)
      targets[i] = job.target
    })
    const { logits, gradient } = this.classifier.lossGradient(pixels, targets)
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
    active.length = kept
  }

  private refill(): void {
    const take = Math.min(this.slots - this.active.length, this.waiting.length)
    for (const job of this.waiting.splice(0, take)) {
      const search = this.idle.pop() ?? new BoundarySearch(this.vectors, this.options)
      search.start(job.image, job.target)
      this.active.push({ job, search })
    }
  }
}

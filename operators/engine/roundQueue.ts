import type { AdversarialRows, SearchResult } from './adversarialRows.js'
import { checked } from '../classifier/checked.js'
import { type Classifier, inputSize } from '../classifier.js'
import type { Reason } from '../records/codes.js'
import { MOST_VALUES, type AttackStats, type Queue } from './queue.js'

/** What a search asks of the model at one point. */
export interface Question {
  /** [values], read before the search goes on */
  readonly pixels: Float32Array
  /**
   * Functions of the logits; for each of them the input gradient of Σ logits · weights, with weights [classes] =
   * weigh(logits), at a forward-backward pass each; none: the logits alone, at a forward pass.
   */
  readonly weigh: readonly ((logits: Float32Array) => Float32Array)[]
}

/** What the model says at a point; valid until the next question. */
export interface Answer {
  /** [classes] */
  readonly logits: Float32Array
  /** [values], one for each of `weigh` */
  readonly gradients: readonly Float32Array[]
}

/** What a search ends with. */
export interface Found {
  /** Why there is no example; `none` for a success. */
  readonly reason: Reason
  /** The class that the search reached, and by what margin. */
  readonly target: number
  readonly margin: number
  /** [values] the example of a success. */
  readonly best: Float32Array
  readonly iterations: number
}

/** The search for one image, as its paper writes it: a loop that yields wherever it needs the model. */
export type Search = Generator<Question, Found, Answer>

/** Begins the search for an image [values] with the clean logits [classes], for the nearest of some wrong classes. */
export type BeginSearch = (image: Float32Array, clean: Float32Array, targets: readonly number[]) => Search

interface Job {
  readonly search: Search
  readonly done: (found: Found, evaluations: number) => void
  /** What the search asks now; undefined before its first question and after its last. */
  question: Question | undefined
  evaluations: number
}

/**
 * Searches evaluated together where `batchSize` are asked for, each of which asks for so many gradients at once: fewer where the
 * images are so large that they fill a pass.
 */
export const roundSlots = (batchSize: number, values: number, gradients: number): number =>
  Math.max(1, Math.min(batchSize, Math.floor(MOST_VALUES / (Math.max(1, values) * gradients))))

/**
 * One shared queue of searches that are generators: a round answers the questions of all active ones by one batched
 * forward-backward pass and one forward pass; those that end leave, and others take their place.
 *
 * For methods with a search for a row, whatever the number of its targets, and none on c.
 */
export class RoundQueue implements Queue {
  private readonly classifier: Classifier
  private readonly waiting: Job[] = []
  private active: Job[] = []
  private rounds = 0
  private evaluations = 0
  private milliseconds = { network: 0, search: 0 }

  /** @param gradients that a search asks for at once, at most */
  constructor(
    classifier: Classifier,
    readonly slots: number,
    private readonly gradients: number,
    private readonly begin: BeginSearch,
  ) {
    this.classifier = checked(classifier)
  }

  get stats(): AttackStats {
    const { rounds, evaluations, slots, gradients, milliseconds } = this
    const seconds = { network: milliseconds.network / 1000, search: milliseconds.search / 1000 }
    return { rounds, evaluations, slots: rounds * slots * gradients, seconds }
  }

  get backlog(): number {
    return this.waiting.length
  }

  get busy(): boolean {
    return this.active.length + this.waiting.length > 0
  }

  open(rows: AdversarialRows): void {
    rows.openRows((image, clean, targets, done) => {
      this.waiting.push({
        search: this.begin(image, clean, targets),
        question: undefined,
        evaluations: 0,
        done: (found, evaluations) => done(found.target, resultOf(found, evaluations)),
      })
    })
  }

  round(): void {
    const began = performance.now()
    const network = this.milliseconds.network
    this.active.push(...this.waiting.splice(0, this.slots - this.active.length))
    const asked = this.active.map((job) => ({ job, question: job.question ?? advance(job) }))
    const weighed = asked.flatMap(({ job, question }) => (question?.weigh.length ? [{ job, question }] : []))
    const checks = asked.flatMap(({ job, question }) =>
      question?.weigh.length === 0 ? [{ job, question }] : [],
    )
    this.weigh(weighed)
    this.check(checks)
    this.rounds++
    this.active = this.active.filter(({ question }) => question)
    this.milliseconds.search += performance.now() - began - (this.milliseconds.network - network)
  }

  /** Answers those that ask for gradients. */
  private weigh(asked: readonly Asked[]): void {
    if (asked.length === 0) return
    const { classifier } = this
    const size = inputSize(classifier)
    const { classes } = classifier
    const passes = asked.flatMap(({ question: { pixels, weigh } }) =>
      weigh.map((one) => ({ pixels, weigh: one })),
    )
    const { logits, gradient } = this.timed(() =>
      classifier.logitGradient(gathered(passes, size), (all) => {
        const weights = new Float32Array(all.length)
        passes.forEach(({ weigh }, i) => weights.set(weigh(rowOf(all, i, classes)), i * classes))
        return weights
      }),
    )
    this.evaluations += passes.length
    let at = 0
    for (const { job, question } of asked) {
      const first = at
      const gradients = question.weigh.map(() => rowOf(gradient, at++, size))
      advance(job, { logits: rowOf(logits, first, classes), gradients })
    }
  }

  /** Answers those that ask for the logits alone. */
  private check(asked: readonly Asked[]): void {
    if (asked.length === 0) return
    const { classifier } = this
    const points = gathered(
      asked.map(({ question }) => question),
      inputSize(classifier),
    )
    const logits = this.timed(() => classifier.logits(points))
    this.evaluations += asked.length
    asked.forEach(({ job }, i) =>
      advance(job, { logits: rowOf(logits, i, classifier.classes), gradients: [] }),
    )
  }

  private timed<T>(ask: () => T): T {
    const began = performance.now()
    const answer = ask()
    this.milliseconds.network += performance.now() - began
    return answer
  }
}

/** A search and what it asks. */
interface Asked {
  readonly job: Job
  readonly question: Question
}

/** What a search that is none on c found, as a row has it. */
const resultOf = ({ reason, best, margin, iterations }: Found, evaluations: number): SearchResult => ({
  status: reason === 'none' ? 'success' : 'failed',
  ...{ reason, best, margin, iterations, evaluations },
  ...{ c: NaN, polished: NaN, residual: NaN, bracketWidth: NaN },
  ...{ monotone: undefined, solves: 0 },
})

/** Brings a search to its next question, or to its end. */
function advance(job: Job, answer?: Answer): Question | undefined {
  job.evaluations += answer ? Math.max(1, answer.gradients.length) : 0
  const { done, value } = answer ? job.search.next(answer) : job.search.next()
  job.question = done ? undefined : value
  if (done) job.done(value, job.evaluations)
  return job.question
}

const rowOf = (values: Float32Array, row: number, size: number) =>
  values.subarray(row * size, (row + 1) * size)

function gathered(points: readonly { readonly pixels: Float32Array }[], size: number): Float32Array {
  const all = new Float32Array(points.length * size)
  points.forEach(({ pixels }, i) => all.set(pixels, i * size))
  return all
}

import type { OperatorFunction } from 'rxjs'
import type { AdversarialRows } from './adversarialRows.js'
import { checked } from '../classifier/checked.js'
import { type Classifier, inputSize } from '../classifier.js'
import { asyncOperator } from '../flow/asyncOperator.js'
import type { AdversarialBatch, Reason } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'

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

interface Job {
  readonly search: Search
  readonly done: (found: Found, evaluations: number) => void
  /** What the search asks now; undefined before its first question and after its last. */
  question: Question | undefined
  evaluations: number
}

/**
 * Runs the searches of a batch together: a round answers the questions of up to `batchSize` of them by one batched
 * forward-backward pass and one forward pass; those that end leave, and others take their place.
 *
 * For methods with a search for a row, whatever the number of its targets, and none on c.
 */
export function searchInRounds(
  model: Classifier,
  batchSize: number,
  rowsOf: (batch: ImageBatch) => AdversarialRows,
  searchOf: (image: Float32Array, clean: Float32Array, targets: readonly number[]) => Search,
): OperatorFunction<ImageBatch, AdversarialBatch> {
  const classifier = checked(model)
  return asyncOperator(0, async (batches, out) => {
    for await (const batch of batches) {
      const rows = rowsOf(batch)
      let jobs = jobsOf(rows, searchOf)
      while (jobs.length > 0) {
        const active = jobs.slice(0, batchSize)
        round(classifier, active)
        jobs = [...active.filter(({ question }) => question), ...jobs.slice(batchSize)]
        // lets an unsubscription through
        await new Promise(setImmediate)
        if (out.signal.aborted) return
      }
      await out.emit(rows.batch)
    }
  })
}

function jobsOf(rows: AdversarialRows, searchOf: Parameters<typeof searchInRounds>[3]): Job[] {
  const jobs: Job[] = []
  rows.openRows((image, clean, targets, done) => {
    jobs.push({
      search: searchOf(image, clean, targets),
      question: undefined,
      evaluations: 0,
      done: ({ target, reason, best, margin, iterations }, evaluations) =>
        done(target, {
          status: reason === 'none' ? 'success' : 'failed',
          reason,
          best,
          margin,
          iterations,
          evaluations,
          c: NaN,
          polished: NaN,
          residual: NaN,
          bracketWidth: NaN,
          monotone: undefined,
          solves: 0,
        }),
    })
  })
  return jobs
}

function round(classifier: Classifier, jobs: readonly Job[]): void {
  const size = inputSize(classifier)
  const { classes } = classifier
  const asked = jobs.map((job) => ({ job, question: job.question ?? advance(job) }))
  const weighed = asked.flatMap(({ job, question }) => (question?.weigh.length ? [{ job, question }] : []))
  const checks = asked.flatMap(({ job, question }) =>
    question?.weigh.length === 0 ? [{ job, question }] : [],
  )

  const passes = weighed.flatMap(({ question: { pixels, weigh } }) =>
    weigh.map((one) => ({ pixels, weigh: one })),
  )
  const { logits, gradient } = classifier.logitGradient(gathered(passes, size), (all) => {
    const weights = new Float32Array(all.length)
    passes.forEach(({ weigh }, i) => weights.set(weigh(rowOf(all, i, classes)), i * classes))
    return weights
  })
  let at = 0
  for (const { job, question } of weighed) {
    const first = at
    const gradients = question.weigh.map(() => rowOf(gradient, at++, size))
    advance(job, { logits: rowOf(logits, first, classes), gradients })
  }

  const checked = classifier.logits(
    gathered(
      checks.map(({ question }) => question),
      size,
    ),
  )
  checks.forEach(({ job }, i) => advance(job, { logits: rowOf(checked, i, classes), gradients: [] }))
}

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

import { BlindspotError } from '../errors.js'
import { predictions } from '../classifier.js'
import type { Box } from '../minimize/box.js'
import type { AdversarialBatch } from '../records/adversarial.js'
import { REASONS, STATUSES, type Goal, type Method, type Reason, type Status } from '../records/codes.js'
import type { ImageBatch } from '../records/image.js'

/** What a row asks for: the least perturbation over `targets` for image `at` of the batch. */
export interface RowPlan {
  readonly at: number
  readonly targets: readonly number[]
}

/** What a search for one (image, target) found; its arrays are valid only while it is handed over. */
export interface SearchResult {
  readonly status: Status | undefined
  readonly reason: Reason
  /** [values] the example of a success. */
  readonly best: Float32Array
  readonly c: number
  readonly margin: number
  /** L2 norm of the perturbation of the nearest example seen, brought closer along the boundary. */
  readonly polished: number
  readonly residual: number
  readonly bracketWidth: number
  /** Whether every c that fooled is below every c that did not; undefined where there is no search on c. */
  readonly monotone: boolean | undefined
  readonly solves: number
  readonly iterations: number
  readonly evaluations: number
}

/** What all rows of an attack on a batch have in common. */
export interface RowIdentity {
  readonly run: string
  readonly method: Method
  readonly goal: Goal
  /** What tells the attack from others of its method and goal. */
  readonly options?: string
  readonly sourceModel: string
  readonly box: Box
}

const statusCode = (status: Status): number => STATUSES.indexOf(status)
const reasonCode = (reason: Reason): number => REASONS.indexOf(reason)

/** The rows of one batch of images while their searches run. */
export class AdversarialRows {
  readonly length: number
  private readonly rows: AdversarialBatch
  private readonly size: number
  private readonly images: number
  private outstanding = 0

  /** `logits` [n × classes] are the clean ones. */
  constructor(
    batch: ImageBatch,
    private readonly logits: Float32Array,
    private readonly plans: readonly RowPlan[],
    identity: RowIdentity,
  ) {
    const n = plans.length
    this.images = batch.index.length
    // a batch may have lost all its images on the way
    const size = (this.size = batch.pixels.length / Math.max(1, this.images))
    requireRoom(batch, n, size)
    const classes = logits.length / Math.max(1, this.images)
    const ints = (fill = 0) => new Int32Array(n).fill(fill)
    const doubles = () => new Float64Array(n).fill(NaN)
    const predicted = predictions(logits, classes)
    this.length = n
    this.rows = {
      ...identity,
      dataset: batch.dataset,
      split: batch.split,
      shape: batch.shape,
      index: Int32Array.from(plans, ({ at }) => batch.index[at]),
      label: Int32Array.from(plans, ({ at }) => batch.label[at]),
      ...(batch.path && { path: plans.map(({ at }) => batch.path?.[at] ?? '') }),
      target: Int32Array.from(plans, ({ targets }) => (targets.length === 1 ? targets[0] : -1)),
      prediction: Int32Array.from(plans, ({ at }) => predicted[at]),
      adversarialPrediction: ints(-1),
      status: new Uint8Array(n).fill(statusCode('failed')),
      reason: new Uint8Array(n),
      distortion: doubles(),
      l2: doubles(),
      relativeL2: doubles(),
      linf: doubles(),
      c: doubles(),
      margin: doubles(),
      polishedDistortion: doubles(),
      residual: doubles(),
      bracketWidth: doubles(),
      monotone: ints(-1),
      solves: ints(),
      iterations: ints(),
      evaluations: ints(),
      original: new Float32Array(n * size),
      adversarial: new Float32Array(n * size),
    }
    plans.forEach(({ at }, row) => {
      const image = batch.pixels.subarray(at * size, (at + 1) * size)
      this.rows.original.set(image, row * size)
      this.rows.adversarial.set(image, row * size)
    })
  }

  get complete(): boolean {
    return this.outstanding === 0
  }

  get batch(): AdversarialBatch {
    return this.rows
  }

  /** Settles the rows that need no search and calls `search` for each (image, target) that does, with its row. */
  open(
    search: (image: Float32Array, target: number, done: (result: SearchResult) => void, row: number) => void,
  ): void {
    for (const { row, image, targets } of this.unsettled()) {
      for (const target of targets) {
        this.outstanding++
        const done = (result: SearchResult) => {
          this.outstanding--
          this.take(row, target, result)
        }
        search(image, target, done, row)
      }
    }
  }

  /**
   * Settles the rows that need no search and calls `search` once for each row that does, whatever the number of its
   * targets; `clean` are the image's logits [classes], and the result is of the target that the search reached.
   */
  openRows(
    search: (
      image: Float32Array,
      clean: Float32Array,
      targets: readonly number[],
      done: (target: number, result: SearchResult) => void,
    ) => void,
  ): void {
    const classes = this.logits.length / this.images
    for (const { row, image, targets } of this.unsettled()) {
      const { at } = this.plans[row]
      this.outstanding++
      search(image, this.logits.subarray(at * classes, (at + 1) * classes), targets, (target, result) => {
        this.outstanding--
        this.take(row, target, result)
      })
    }
  }

  /** Settles the rows that need no search and gives the others. */
  private *unsettled(): Generator<{ row: number; image: Float32Array; targets: readonly number[] }> {
    const { plans, rows, size } = this
    for (const [row, { targets }] of plans.entries()) {
      const prediction = rows.prediction[row]
      if (prediction < 0) this.settle(row, 'failed', 'non-finite')
      else if (prediction !== rows.label[row]) this.settle(row, 'skipped', 'misclassified')
      else {
        if (targets.includes(prediction)) this.settle(row, 'skipped', 'already-target')
        const image = rows.original.subarray(row * size, (row + 1) * size)
        const wrong = targets.filter((target) => target !== prediction)
        if (wrong.length > 0) yield { row, image, targets: wrong }
      }
    }
  }

  private settle(row: number, status: Status, reason: Reason): void {
    this.rows.status[row] = statusCode(status)
    this.rows.reason[row] = reasonCode(reason)
  }

  /** Takes in a finished search: its cost is added, its example kept where it is the least so far. */
  private take(row: number, target: number, result: SearchResult): void {
    const { rows, size } = this
    rows.solves[row] += result.solves
    rows.iterations[row] += result.iterations
    rows.evaluations[row] += result.evaluations
    if (result.status !== 'success') {
      if (rows.status[row] === statusCode('failed')) this.settle(row, 'failed', result.reason)
      return
    }
    const original = rows.original.subarray(row * size, (row + 1) * size)
    const { best } = result
    let squares = 0
    let norm = 0
    let most = 0
    for (let i = 0; i < size; i++) {
      const r = Math.abs(best[i] - original[i])
      squares += r * r
      norm += original[i] * original[i]
      if (r > most) most = r
    }
    const l2 = Math.sqrt(squares)
    // equal perturbations: the lower class, whatever the order in which searches end
    const kept = rows.l2[row]
    if (l2 > kept || (l2 === kept && target > rows.target[row])) return
    this.settle(row, 'success', 'none')
    rows.target[row] = target
    rows.adversarialPrediction[row] = target
    rows.l2[row] = l2
    rows.relativeL2[row] = norm > 0 ? l2 / Math.sqrt(norm) : NaN
    rows.linf[row] = most
    rows.distortion[row] = Math.sqrt(squares / size)
    rows.c[row] = result.c
    rows.margin[row] = result.margin
    // the search has rounded it otherwise
    rows.polishedDistortion[row] = Math.min(result.polished / Math.sqrt(size), rows.distortion[row])
    rows.residual[row] = result.residual
    rows.bracketWidth[row] = result.bracketWidth
    rows.monotone[row] = result.monotone === undefined ? -1 : Number(result.monotone)
    rows.adversarial.set(best, row * size)
  }
}

/** Values of a column of images at most: 2 GiB. */
const MOST_VALUES = 2 ** 29

function requireRoom({ dataset, split, index }: ImageBatch, rows: number, size: number): void {
  if (rows * size <= MOST_VALUES) return
  throw new BlindspotError(
    'bad-data',
    `${dataset} ${split}: ${index.length} images make ${rows} rows of ${size} values, over 2 GiB; ` +
      'give smaller batches, or another goal than all',
  )
}

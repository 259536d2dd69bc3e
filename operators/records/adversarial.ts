import type { RecordBatch } from 'apache-arrow'
import { constant, flags, integers, lists, numbers, recordBatch, texts } from './columns.js'
import { GOALS, METHODS, REASONS, STATUSES, type Goal, type Method } from './codes.js'
import { boxOf, imageMetadata, shapeOf } from './image.js'
import type { ImageBatch, ImageShape } from './image.js'
import { codesOf, flagsOf, integersOf, listsOf, nameOf, numbersOf, runs, textsOf } from './rows.js'

export {
  GOALS,
  METHODS,
  REASONS,
  STATUSES,
  type Goal,
  type Method,
  type Reason,
  type Status,
} from './codes.js'

/**
 * Adversarial examples, one row per (image, target, source model); failures and skipped images are rows too.
 * Numbers that a row does not have are NaN, missing classes are -1.
 */
export interface AdversarialBatch {
  /** Identity of the run that made the rows. */
  readonly run: string
  /** The model that the examples were made for. */
  readonly sourceModel: string
  readonly dataset: string
  readonly split: string
  readonly method: Method
  readonly goal: Goal
  readonly shape: ImageShape
  /** Of the source model, in which the examples are; [0, 1] where it is left out. */
  readonly box?: ImageBatch['box']
  /** [n] position of the image in its split. */
  readonly index: Int32Array
  readonly label: Int32Array
  readonly target: Int32Array
  /** [n] the source model's class of the clean image. */
  readonly prediction: Int32Array
  /** [n] the source model's class of the adversarial image; -1 unless `success`. */
  readonly adversarialPrediction: Int32Array
  /** [n] position in STATUSES. */
  readonly status: Uint8Array
  /** [n] position in REASONS. */
  readonly reason: Uint8Array
  /** [n] RMS of the perturbation, sqrt(Σ (x′ − x)² / values). */
  readonly distortion: Float64Array
  readonly l2: Float64Array
  readonly linf: Float64Array
  /** [n] weight of the penalty ‖r‖² beside the cross-entropy in nats, of the solve that gave the example. */
  readonly c: Float64Array
  /** [n] target logit less the largest other logit at the adversarial image; positive for a success. */
  readonly margin: Float64Array
  /**
   * [n] RMS of the nearest point of class `target` that the search ever evaluated, brought closer along the segment to
   * the original and along the boundary: not a minimiser of anything, and never more than `distortion`.
   */
  readonly polishedDistortion: Float64Array
  /** [n] relative KKT residual at the example: ‖projected ∇F‖ over the penalty's gradient; 0 at a KKT point. */
  readonly residual: Float64Array
  /** [n] of log c: from the largest c that fooled to the least one above it that did not; NaN where none failed. */
  readonly bracketWidth: Float64Array
  /** [n] 1 where every c that fooled is below every c that did not, 0 where not; -1 where there was no search. */
  readonly monotone: Int32Array
  /** [n] values of c that were solved for. */
  readonly solves: Int32Array
  /** [n] steps of the method; of L-BFGS over all solves. */
  readonly iterations: Int32Array
  /** [n] forward-backward passes. */
  readonly evaluations: Int32Array
  /** [n × values] */
  readonly original: Float32Array
  /** [n × values] the example; the original where there is none. */
  readonly adversarial: Float32Array
}

/**
 * Arrow batch with a column per field, in snake_case; the arrays are not copied. NaN and -1 become null, and
 * so does `adversarial` where there is no example; the shape and the box are in the schema's metadata.
 */
export function adversarialToArrow(batch: AdversarialBatch): RecordBatch {
  const n = batch.index.length
  const success = STATUSES.indexOf('success')
  return recordBatch(
    [
      constant('run', batch.run, n),
      constant('source_model', batch.sourceModel, n),
      constant('dataset', batch.dataset, n),
      constant('split', batch.split, n),
      integers('index', batch.index),
      integers('label', batch.label),
      constant('method', batch.method, n),
      constant('goal', batch.goal, n),
      integers('target', batch.target, -1),
      integers('prediction', batch.prediction, -1),
      integers('adversarial_prediction', batch.adversarialPrediction, -1),
      texts(
        'status',
        Array.from(batch.status, (code) => STATUSES[code]),
      ),
      texts(
        'reason',
        Array.from(batch.reason, (code) => REASONS[code]),
      ),
      numbers('distortion', batch.distortion),
      numbers('l2', batch.l2),
      numbers('linf', batch.linf),
      numbers('c', batch.c),
      numbers('margin', batch.margin),
      numbers('polished_distortion', batch.polishedDistortion),
      numbers('residual', batch.residual),
      numbers('bracket_width', batch.bracketWidth),
      flags('monotone', batch.monotone, -1),
      integers('solves', batch.solves),
      integers('iterations', batch.iterations),
      integers('evaluations', batch.evaluations),
      lists('original', batch.original, n),
      lists('adversarial', batch.adversarial, n, (row) => batch.status[row] === success),
    ],
    n,
    imageMetadata(batch),
  )
}

/**
 * The batches that `adversarialToArrow` was given, images bit for bit: one for each stretch of rows of one run,
 * model, data set, split, method and goal.
 *
 * @param images false: the columns `original` and `adversarial` are not looked at, the arrays are empty.
 */
export function adversarialFromArrow(batch: RecordBatch, images = true): AdversarialBatch[] {
  const run = textsOf(batch, 'run')
  const sourceModel = textsOf(batch, 'source_model')
  const dataset = textsOf(batch, 'dataset')
  const split = textsOf(batch, 'split')
  const method = textsOf(batch, 'method')
  const goal = textsOf(batch, 'goal')
  const original = images ? listsOf(batch, 'original') : new Float32Array(0)
  const adversarial = images ? listsOf(batch, 'adversarial', original) : original
  const shape = shapeOf(batch, images ? original.length / run.length : NaN)
  const values = images ? shape[0] * shape[1] * shape[2] : 0
  const box = boxOf(batch)
  const columns = {
    index: integersOf(batch, 'index'),
    label: integersOf(batch, 'label'),
    target: integersOf(batch, 'target', -1),
    prediction: integersOf(batch, 'prediction', -1),
    adversarialPrediction: integersOf(batch, 'adversarial_prediction', -1),
    status: codesOf(batch, 'status', STATUSES),
    reason: codesOf(batch, 'reason', REASONS),
    distortion: numbersOf(batch, 'distortion'),
    l2: numbersOf(batch, 'l2'),
    linf: numbersOf(batch, 'linf'),
    c: numbersOf(batch, 'c'),
    margin: numbersOf(batch, 'margin'),
    polishedDistortion: numbersOf(batch, 'polished_distortion'),
    residual: numbersOf(batch, 'residual'),
    bracketWidth: numbersOf(batch, 'bracket_width'),
    monotone: flagsOf(batch, 'monotone', -1),
    solves: integersOf(batch, 'solves'),
    iterations: integersOf(batch, 'iterations'),
    evaluations: integersOf(batch, 'evaluations'),
  }
  return Array.from(runs([run, sourceModel, dataset, split, method, goal]), ([from, to]) => ({
    run: run[from],
    sourceModel: sourceModel[from],
    dataset: dataset[from],
    split: split[from],
    method: nameOf('method', from, method[from], METHODS),
    goal: nameOf('goal', from, goal[from], GOALS),
    shape,
    ...box,
    index: columns.index.subarray(from, to),
    label: columns.label.subarray(from, to),
    target: columns.target.subarray(from, to),
    prediction: columns.prediction.subarray(from, to),
    adversarialPrediction: columns.adversarialPrediction.subarray(from, to),
    status: columns.status.subarray(from, to),
    reason: columns.reason.subarray(from, to),
    distortion: columns.distortion.subarray(from, to),
    l2: columns.l2.subarray(from, to),
    linf: columns.linf.subarray(from, to),
    c: columns.c.subarray(from, to),
    margin: columns.margin.subarray(from, to),
    polishedDistortion: columns.polishedDistortion.subarray(from, to),
    residual: columns.residual.subarray(from, to),
    bracketWidth: columns.bracketWidth.subarray(from, to),
    monotone: columns.monotone.subarray(from, to),
    solves: columns.solves.subarray(from, to),
    iterations: columns.iterations.subarray(from, to),
    evaluations: columns.evaluations.subarray(from, to),
    original: original.subarray(from * values, to * values),
    adversarial: adversarial.subarray(from * values, to * values),
  }))
}

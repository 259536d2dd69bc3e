import type { OperatorFunction } from 'rxjs'
import { aim, type AimOptions } from './engine/aim.js'
import { type Classifier, predictions } from './classifier.js'
import { BlindspotError } from './errors.js'
import { positiveInteger } from './flow/positiveInteger.js'
import { clip, moveInward } from './minimize/box.js'
import { leastMargin, rounding } from './minimize/standing.js'
import { largestOther, reached } from './engine/reached.js'
import type { AdversarialBatch, Reason } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'
import { searchInRounds, type Search } from './engine/searchInRounds.js'

/** How much further than to the boundary each iteration goes, as in the authors' code; for a box of width 1. */
const BEYOND = 1e-4

/** Options of `deepFool`. */
export interface DeepFoolOptions extends Omit<AimOptions, 'goal'> {
  /** Which wrong class to aim at, as for `attack`. Default `untargeted`, the method's own. */
  readonly goal?: AimOptions['goal']
  /** Linearisations at most. Default 50, as in the authors' code. */
  readonly iterations?: number | undefined
  /** η: the perturbation is made longer by this share, to end beyond the boundary. Default 0.02, as in the paper. */
  readonly overshoot?: number | undefined
  /**
   * Wrong classes linearised where none is given, the likeliest by the clean logits: each costs a gradient in each
   * iteration. Default 9, as in the authors' code: all of them for ten classes.
   */
  readonly candidates?: number | undefined
  /** Images evaluated together. Changes speed and memory, never a result. Default 256. */
  readonly batchSize?: number | undefined
}

/**
 * DeepFool: goes to the nearest boundary of the linearised classifier until the class changes
 * (Moosavi-Dezfooli, Fawzi, Frossard, CVPR 2016, algorithm 2, L2). A reference beside `attack`.
 *
 * With f_k the logit of wrong class k less that of the image's own and w_k its gradient, r grows by
 * (|f_k| / ‖w_k‖ + 1e-4) w_k / ‖w_k‖ of the class with the least |f_k| / ‖w_k‖, and the next point is x + (1 + η) r
 * clipped to the box, while r itself is not: as in foolbox, since the paper and its authors' code have no box. The 1e-4,
 * of a box of width 1, is the authors' code's: where the box holds pixels back, as on MNIST, iterations fall short again
 * and again, and would not end without. It ends at the first point where a wrong class leads, and does not look for a
 * nearer one.
 *
 * With one target a row (every goal but `untargeted`) the boundary is that between the target and the likeliest
 * other class at the point: this targeted form is ours, the paper has none.
 *
 * ImageBatches in, an AdversarialBatch for each, rows as of `attack`: `evaluations` counts each class's gradient and
 * the check of each new point. Rows `failed`: `budget` (no class in so many iterations), `non-finite`, `unreachable`
 * (no gradient, not beside the image either).
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const { distortion } = await lastValueFrom(mnist('test', { limit: 16 }).pipe(deepFool(network)))
 *
 * @throws BlindspotError as `attack`
 */
export function deepFool(
  classifier: Classifier,
  options: DeepFoolOptions = {},
): OperatorFunction<ImageBatch, AdversarialBatch> {
  const { target, cases, seed, run } = options
  const usual = target === undefined && cases === undefined ? 'untargeted' : undefined
  const { goal = usual } = options
  const { iterations = 50, overshoot = 0.02, candidates = 9, batchSize = 256 } = options
  for (const [name, value] of Object.entries({ iterations, candidates, batchSize })) {
    positiveInteger('deepFool', name, value)
  }
  if (!(overshoot >= 0 && overshoot < Infinity)) {
    throw new BlindspotError('bad-option', `deepFool: overshoot: expected a number from 0, got ${overshoot}`)
  }
  const how = { iterations, overshoot, candidates }
  const rowsOf = aim(classifier, 'deepfool', { goal, target, cases, seed, run }, how)
  return searchInRounds(classifier, batchSize, rowsOf, (image, clean, targets) =>
    search(image, clean, targets, classifier.box, how),
  )
}

function* search(
  origin: Float32Array,
  clean: Float32Array,
  targets: readonly number[],
  box: Classifier['box'],
  { iterations, overshoot, candidates }: { iterations: number; overshoot: number; candidates: number },
): Search {
  const [label] = predictions(clean, clean.length)
  const wrong = [...targets].sort((a, b) => clean[b] - clean[a]).slice(0, candidates)
  // a wrong class that is ahead of the image's own has to be so of the other wrong ones, too
  const against = (logits: Float32Array, k: number) =>
    targets.length > 1 && !(logits[k] > logits[label]) ? label : largestOther(logits, k)
  const weigh = wrong.map((k) => (logits: Float32Array) => {
    const weights = new Float32Array(logits.length)
    weights[k] = 1
    weights[against(logits, k)] = -1
    return weights
  })
  const x = Float32Array.from(origin)
  const r = new Float64Array(x.length)
  let iteration = 0
  const end = (reason: Reason, target = -1, margin = NaN) => ({
    reason,
    target,
    margin,
    best: x,
    iterations: iteration,
  })

  const from = Float32Array.from(origin)
  let first = yield { pixels: from, weigh }
  if (first.gradients.every((w) => squaresOf(w) === 0)) {
    // the image can be on a kink where the network is not constant
    moveInward(from, box)
    first = yield { pixels: from, weigh }
  }
  const width = box[1] - box[0]
  const slope = Math.sqrt(Math.min(...first.gradients.map(squaresOf).filter((squares) => squares > 0)))
  const least = leastMargin(clean, slope < Infinity ? slope : 0, x.length, width)
  const aim = least + rounding(clean)
  let logits = clean
  let { gradients } = first

  for (;;) {
    let nearest = Infinity
    let scale = 0
    let direction: Float32Array = x
    for (const [i, k] of wrong.entries()) {
      const w = gradients[i]
      const squares = squaresOf(w)
      // to beyond the margin that a success needs, not to 0
      const gap = Math.abs(logits[against(logits, k)] - logits[k] + aim)
      const norm = Math.sqrt(squares)
      const distance = gap / norm
      if (Number.isNaN(gap + squares)) return end('non-finite')
      if (!(distance < nearest)) continue
      nearest = distance
      scale = (distance + BEYOND * width) / norm
      direction = w
    }
    if (!(scale > 0 && scale < Infinity)) return end('unreachable')

    for (let i = 0; i < x.length; i++) {
      r[i] += scale * direction[i]
      x[i] = clip(origin[i] + (1 + overshoot) * r[i], box)
    }
    iteration++
    const { target, margin } = reached((yield { pixels: x, weigh: [] }).logits, targets)
    if (Number.isNaN(margin)) return end('non-finite')
    if (margin > least) return end('none', target, margin)
    if (iteration === iterations) return end('budget')
    ;({ logits, gradients } = yield { pixels: x, weigh })
  }
}

const squaresOf = (w: Float32Array): number => w.reduce((sum, value) => sum + value * value, 0)

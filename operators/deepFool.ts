import type { OperatorFunction } from 'rxjs'
import type { Classifier, ModelReference } from './classifier.js'
import { attackBy, checkAttackOptions, type CommonAttackOptions } from './engine/attackBy.js'
import { DEEP_FOOL_DEFAULTS, type DeepFoolSearchOptions } from './engine/methodDefaults.js'
import { unexpected } from './options/unexpected.js'
import { positiveInteger } from './flow/positiveInteger.js'
import type { AdversarialBatch } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'

export type GivenOptions = {
  readonly [Name in keyof DeepFoolSearchOptions]?: DeepFoolSearchOptions[Name] | undefined
}

/** Options of `deepFool`: those that all attacks have, and how it goes. */
export interface DeepFoolOptions extends CommonAttackOptions, GivenOptions {
  /** Which wrong class to aim at, as for `attack`. Default `untargeted`, the method's own. */
  readonly goal?: CommonAttackOptions['goal']
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
 * @param model as `attack`
 * @throws BlindspotError as `attack`
 */
export function deepFool(
  model: Classifier | ModelReference,
  options: DeepFoolOptions = {},
): OperatorFunction<ImageBatch, AdversarialBatch> {
  checkAttackOptions('deepFool', options, Object.keys(DEEP_FOOL_DEFAULTS))
  const { target, cases } = options
  const usual = target === undefined && cases === undefined ? 'untargeted' : undefined
  const { goal = usual } = options
  return attackBy({ owner: 'deepFool', method: 'deepfool', search: deepFoolSearchOf(options) }, model, {
    ...options,
    goal,
  })
}

/** How DeepFool goes, checked, with its defaults. */
function deepFoolSearchOf({
  iterations = DEEP_FOOL_DEFAULTS.iterations,
  overshoot = DEEP_FOOL_DEFAULTS.overshoot,
  candidates = DEEP_FOOL_DEFAULTS.candidates,
}: GivenOptions): DeepFoolSearchOptions {
  for (const [name, value] of Object.entries({ iterations, candidates }))
    positiveInteger('deepFool', name, value)
  if (!(overshoot >= 0 && overshoot < Infinity)) {
    throw unexpected('deepFool: overshoot', 'a number from 0', overshoot)
  }
  return { iterations, overshoot, candidates }
}

import type { OperatorFunction } from 'rxjs'
import type { Classifier, ModelReference } from './classifier.js'
import { attackBy, checkAttackOptions, type CommonAttackOptions } from './engine/attackBy.js'
import { DDN_DEFAULTS, type DdnSearchOptions } from './engine/methodDefaults.js'
import { BlindspotError } from './errors.js'
import { positiveInteger } from './flow/positiveInteger.js'
import type { AdversarialBatch } from './records/adversarial.js'
import type { ImageBatch } from './records/image.js'

export type GivenOptions = { readonly [Name in keyof DdnSearchOptions]?: DdnSearchOptions[Name] | undefined }

/** Options of `decoupledDirectionNorm`: those that all attacks have, and how it goes. */
export interface DecoupledDirectionNormOptions extends CommonAttackOptions, GivenOptions {}

/**
 * DDN: follows the normalised gradient of the cross-entropy on a sphere about the image, which shrinks while the
 * point fools and grows while it does not (Rony et al., CVPR 2019, algorithm 1). A reference beside `attack`.
 *
 * δ ← δ ± α g/‖g‖, ε ← (1 ∓ γ) ε, x′ = clip(x + ε δ/‖δ‖), α from 1 to 0.01 by a cosine; the nearest x′ that
 * fools is kept. Lengths are those of the paper for a box of width 1, and in proportion to it.
 *
 * With one target a row it is the targeted form. `untargeted` is the paper's untargeted form, up the cross-entropy
 * of the image's own class, at a ninth of the cost of the least over nine targets: what the paper measures. As of every method
 * here the class of an example leads all others by more than float32's noise: where two wrong classes stay equal all along the way,
 * as of a symmetric network, there is none.
 *
 * ImageBatches in, an AdversarialBatch for each, rows as of `attack`: `evaluations` is the number of iterations and
 * one for the last point, and one more where the logits are far too large or too small for a softmax: the
 * cross-entropy is that of multiplied ones then, as `attack`'s. Rows `failed`: `budget` (nothing in so many iterations),
 * `non-finite`, `unreachable` (no gradient, not beside the image either).
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const examples = mnist('test', { limit: 16 }).pipe(decoupledDirectionNorm(network, { goal: 'untargeted' }))
 * const { distortion } = await lastValueFrom(examples)
 *
 * @param model as `attack`
 * @throws BlindspotError as `attack`
 */
export function decoupledDirectionNorm(
  model: Classifier | ModelReference,
  options: DecoupledDirectionNormOptions = {},
): OperatorFunction<ImageBatch, AdversarialBatch> {
  checkAttackOptions('decoupledDirectionNorm', options, Object.keys(DDN_DEFAULTS))
  const search = ddnSearchOf(options)
  return attackBy({ owner: 'decoupledDirectionNorm', method: 'ddn', search }, model, options)
}

/** How DDN goes, checked, with its defaults. */
function ddnSearchOf({
  iterations = DDN_DEFAULTS.iterations,
  gamma = DDN_DEFAULTS.gamma,
  levels,
}: GivenOptions): DdnSearchOptions {
  positiveInteger('decoupledDirectionNorm', 'iterations', iterations)
  if (!(gamma > 0 && gamma < 1)) {
    const expected = 'expected a number between 0 and 1'
    throw new BlindspotError('bad-option', `decoupledDirectionNorm: gamma: ${expected}, got ${gamma}`)
  }
  if (levels !== undefined && !(Number.isSafeInteger(levels) && levels >= 2)) {
    const expected = 'expected a whole number from 2'
    throw new BlindspotError('bad-option', `decoupledDirectionNorm: levels: ${expected}, got ${levels}`)
  }
  return { iterations, gamma, levels }
}

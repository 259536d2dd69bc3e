import { AdversarialRows, type RowPlan } from './adversarialRows.js'
import { checkAim, type AimOptions } from './aimOptions.js'
import { checked, requireClasses } from '../classifier/checked.js'
import { type Classifier, requireImages, requireKnownLabels } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { identity } from '../records/identity.js'
import type { Goal, Method } from '../records/codes.js'
import type { ImageBatch } from '../records/image.js'
import { unusualOptions, USUAL_SEED } from './attackOptions.js'
import { targetsOf, withoutPlace } from './targets.js'

/**
 * Plans the rows of a batch of clean images: classifies them and sets a row for each (image, target), or for each
 * image where the goal is `untargeted`.
 *
 * @param how the method's own options, in so far as they change rows: part of the run's identity
 * @throws BlindspotError `bad-option`, at once, for a goal, target or seed that cannot be used; from the function
 * that it gives `bad-option` for images of another size, and labels, cases or a target that are no classes of the classifier, `bad-data` for
 * pixels outside its box
 */
export function aim(
  model: Classifier,
  method: Method,
  options: AimOptions,
  how: object = {},
): (batch: ImageBatch) => AdversarialRows {
  checkAim(options)
  const classifier = checked(model)
  requireClasses(classifier)
  const { goal: asked = 'random', target, cases, seed = USUAL_SEED } = options
  const goal: Goal = cases ? 'cases' : target === undefined ? asked : 'target'
  const targets = targetsOf(goal, seed, { cases, target })
  const { name: sourceModel, weightsHash, classes, box } = classifier
  const own = { method, sourceModel, weightsHash, goal, target, cases: cases?.map(withoutPlace), seed, how }
  const unusual = unusualOptions(method, goal, seed, how)
  const constants = {
    ...{ run: options.run ?? identity(own), method, goal, sourceModel, box },
    ...(unusual && { options: unusual }),
  }

  return (batch) => {
    const { dataset, split, index, label, pixels } = batch
    requireImages(classifier, batch, pixels, index.length)
    requireBox(classifier, batch)
    requireKnownLabels(classifier, batch)
    const logits = withoutAnswer(classifier.logits(pixels), batch)
    const plans: RowPlan[] = []
    for (let at = 0; at < index.length; at++) {
      const seen = logits.subarray(at * classes, (at + 1) * classes)
      const aims = targets({ dataset, split, index: index[at], label: label[at], logits: seen })
      if (goal === 'untargeted') plans.push({ at, targets: aims })
      else for (const each of aims) plans.push({ at, targets: [each] })
    }
    return new AdversarialRows(batch, logits, plans, constants)
  }
}

/**
 * Logits with NaN for an image that holds a NaN, whatever the answer is: a layer, such as a ReLU, can make numbers of
 * it.
 */
function withoutAnswer(logits: Float32Array, { index, pixels }: ImageBatch): Float32Array {
  if (!pixels.includes(NaN)) return logits
  const [size, classes] = [pixels.length / index.length, logits.length / index.length]
  return logits.map((logit, i) => {
    const at = Math.floor(i / classes)
    return pixels.subarray(at * size, (at + 1) * size).includes(NaN) ? NaN : logit
  })
}

/**
 * Checks that pixels are in the classifier's box: one outside cannot be perturbed within it. NaN passes, and ends in
 * its row.
 */
function requireBox({ box: [low, high] }: Classifier, { dataset, split, index, pixels }: ImageBatch): void {
  let at = 0
  while (at < pixels.length && !(pixels[at] < low || pixels[at] > high)) at++
  if (at === pixels.length) return
  const sample = index[Math.floor(at / (pixels.length / index.length))]
  throw new BlindspotError(
    'bad-data',
    `${dataset} ${split} ${sample}: expected pixels in [${low}, ${high}], got ${pixels[at]}; divide bytes by 255`,
  )
}

import { AdversarialRows, type RowPlan } from './adversarialRows.js'
import { checked, requireClasses } from '../classifier/checked.js'
import { type Classifier, requireImages, requireKnownLabels } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { identity } from '../records/identity.js'
import { PLAIN_GOALS, type Goal, type Method, type PlainGoal } from '../records/codes.js'
import { SEARCH_DEFAULTS } from '../minimize/boundarySearch.js'
import { DDN_DEFAULTS } from './ddnSearch.js'
import { DEEP_FOOL_DEFAULTS } from './deepFoolSearch.js'
import type { ImageBatch } from '../records/image.js'
import { targetsOf, withoutPlace, type Case } from './targets.js'

/** What an attack aims at, by whatever method. */
export interface AimOptions {
  /**
   * Which wrong class to aim at. `random`: one per image, drawn from (seed, sample id), as in the paper;
   * `all`: every wrong class, a row each; `untargeted`: the least perturbation over all wrong classes, one
   * row; `runner-up` and `least-likely`: by the clean logits. Default `random`.
   */
  readonly goal?: PlainGoal | undefined
  /** A class to aim at for every image, in place of a goal; images that are of it are rows `skipped`. */
  readonly target?: number | undefined
  /** Exactly these samples and targets, in place of a goal; other images give no row. */
  readonly cases?: readonly Case[] | undefined
  /** Seed of the random targets. Default 1. */
  readonly seed?: number | undefined
  /**
   * Identity of the run, copied to every row. Default: a hash of the model and of all that the rows depend on beside the
   * images, so that two attacks that differ in any of it are told apart.
   */
  readonly run?: string | undefined
}

/**
 * Checks what an attack is to aim at.
 *
 * @throws BlindspotError `bad-option` for a goal, target or seed that cannot be used
 */
export function checkAim({ goal, target, cases, seed = 1 }: AimOptions): void {
  if (goal !== undefined && !PLAIN_GOALS.includes(goal)) {
    throw new BlindspotError('bad-option', `goal: expected one of ${PLAIN_GOALS.join(', ')}, got '${goal}'`)
  }
  if (!Number.isSafeInteger(seed)) {
    throw new BlindspotError('bad-option', `seed: expected a whole number, got ${seed}`)
  }
  if (target !== undefined && !(Number.isSafeInteger(target) && target >= 0)) {
    throw new BlindspotError('bad-option', `target: expected a class, a whole number from 0, got ${target}`)
  }
  const given = Object.entries({ goal, target, cases }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' and ')
    throw new BlindspotError('bad-option', `expected one of goal, target and cases, got ${names}`)
  }
}

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
  const { goal: asked = 'random', target, cases, seed = 1 } = options
  const goal: Goal = cases ? 'cases' : target === undefined ? asked : 'target'
  const targets = targetsOf(goal, seed, { cases, target })
  const { name: sourceModel, weightsHash, classes, box } = classifier
  const own = { method, sourceModel, weightsHash, goal, target, cases: cases?.map(withoutPlace), seed, how }
  const unusual = [
    ...(goal === 'random' && seed !== 1 ? [`seed=${seed}`] : []),
    ...unusualIn(how, DEFAULTS[method]),
  ].join(' ')
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

/** How each method searches unless told otherwise. */
const DEFAULTS: Readonly<Record<Method, object>> = {
  'l-bfgs': SEARCH_DEFAULTS,
  deepfool: DEEP_FOOL_DEFAULTS,
  ddn: DDN_DEFAULTS,
}

/** The options of a search that are not its defaults, as texts. */
const unusualIn = (how: object, defaults: object): readonly string[] => {
  const usual = new Map<string, unknown>(Object.entries(defaults))
  return Object.entries(how as Record<string, unknown>)
    .filter(([name, value]) => value !== usual.get(name))
    .map(([name, value]) => `${name}=${String(value)}`)
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

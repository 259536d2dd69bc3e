import { isPromise } from 'node:util/types'
import type { Classifier } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { requireKnown } from '../options/knownOptions.js'
import { randomFor } from '../random.js'
import { answerOf, type Findings, type Questions } from './answers.js'
import { isShape, requireProperties } from './checked.js'
import { unexpected } from '../options/unexpected.js'
import { described } from '../options/described.js'
import { probes, type Probe } from './differences.js'
import { disagreement } from './disagreement.js'
import { gradientAnswer } from './gradientAnswer.js'
import { sizeFromShape } from './sizeFromShape.js'

/** Options of `checkClassifier`. */
export interface CheckClassifierOptions {
  /** [n × values] images to ask it for, two or more. Default: four of noise within the box. */
  readonly pixels?: Float32Array
  /** Of the noise, the weights and the directions. Default 1. */
  readonly seed?: number
}

/** What was compared of a classifier that is right. */
export interface CheckedClassifier {
  /** Images it was asked for, from 2. */
  readonly images: number
  /** Directions along which the gradient was compared with differences, of all images together: up to 19 each. */
  readonly directions: number
  /** Those of them where float32's rounding of the logits left nothing to compare, from 0 to less than `directions`. */
  readonly untold: number
  /** The largest difference between gradient and differences along the others, as a share of the largest slope, from 0; curvature and kinks leave some percent. */
  readonly gradient: number
  /** The largest difference between the logits of `logits` and of `logitGradient`, as a share of the largest logit, from 0 to 1e-4. */
  readonly logits: number
  /** Layers whose activations were asked for, from 0. */
  readonly layers: number
}

const METHODS = ['logits', 'logitGradient', 'layerShape', 'activations', 'dispose'] as const

/**
 * Checks a classifier of one's own: the lengths and types of its answers, that they are finite, that it leaves what it is given as it
 * is and gives the same again, that a row does not depend on its batch, that logits are no probabilities, and its gradient, by
 * central differences, at kinks too. It is evaluated some hundred times.
 *
 * @throws BlindspotError `bad-model` that lists all that is wrong, a line each; `bad-option` for options that are none
 * @example
 * const network = await loadClassifier('my-model')
 * const { gradient } = await checkClassifier(network, { seed: 2 })
 */
export async function checkClassifier(
  classifier: Classifier,
  options: CheckClassifierOptions = {},
): Promise<CheckedClassifier> {
  requireKnown<CheckClassifierOptions>('checkClassifier', options, { pixels: true, seed: true })
  const given: unknown = classifier
  if (typeof given !== 'object' || given === null || isPromise(given))
    throw unexpected('checkClassifier', 'a classifier', given)
  const name =
    typeof classifier.name === 'string' && classifier.name !== '' ? classifier.name : 'the classifier'
  const missing = METHODS.filter((method) => typeof (classifier[method] as unknown) !== 'function')
  if (missing.length > 0)
    throw wrong(
      name,
      missing.map(
        (method) => `${method}: expected a method, got ${described(Reflect.get(classifier, method))}`,
      ),
    )
  requireProperties(classifier)
  const { seed = 1 } = options
  const findings: string[] = []
  const questions = questionsFor(classifier, options)
  const { rows } = questions
  const logits = answerOf(questions, findings, {
    ...{ method: 'logits', ask: (pixels) => classifier.logits(pixels) },
    ...{ width: classifier.classes, what: 'logits' },
  })
  if (logits && areProbabilities(logits, classifier.classes))
    findings.push(
      'logits: they are probabilities, from 0 to 1 and 1 in sum: expected what is there before the softmax',
    )
  const weights = weightsFor(rows * classifier.classes, seed)
  // what is wrong with logits is wrong with their gradient, too
  const answer =
    logits && findings.length === 0
      ? gradientAnswer(classifier, questions, findings, { logits, weights })
      : undefined
  const compared =
    logits && answer && findings.length === 0
      ? compare(classifier, questions, findings, { logits, weights, gradient: answer.gradient, seed })
      : []
  checkLayers(classifier, questions, findings)
  if (findings.length > 0) throw wrong(name, findings)
  const told = compared.filter(({ tells }) => tells)
  const largest = largestOf(compared, ({ difference }) => difference)
  return Promise.resolve({
    ...{ images: rows, directions: compared.length, untold: compared.length - told.length },
    gradient: largestOf(told, (one) => one.gradient - one.difference) / largest,
    logits: answer?.apart ?? 0,
    layers: classifier.layers.length,
  })
}

const wrong = (name: string, findings: readonly string[]) =>
  new BlindspotError(
    'bad-model',
    findings.length === 1 ? `${name}: ${findings[0]}` : `${name}:\n${findings.join('\n')}`,
  )

const largestOf = (all: readonly Probe[], of: (probe: Probe) => number): number =>
  all.reduce((most, probe) => Math.max(most, Math.abs(of(probe))), 0)

function questionsFor(
  { inputShape, box: [low, high] }: Classifier,
  { pixels, seed = 1 }: CheckClassifierOptions,
): Questions {
  const size = sizeFromShape(inputShape)
  if (pixels !== undefined) {
    const rows = pixels.length / size
    if (Number.isInteger(rows) && rows >= 2) return { pixels: pixels.slice(), rows, size }
    throw new BlindspotError(
      'bad-option',
      `checkClassifier: pixels: expected two or more images of ${size} values, got ${pixels.length} values`,
    )
  }
  const random = randomFor(seed, 'check')
  const within = () => low + (high - low) * (0.05 + 0.9 * random.uniform())
  return { pixels: Float32Array.from({ length: 4 * size }, within), rows: 4, size }
}

function weightsFor(length: number, seed: number): Float32Array {
  const random = randomFor(seed, 'check weights')
  return Float32Array.from({ length }, () => random.gaussian())
}

/** Whether all rows are at least 0 and sum to 1, as float32 rounds it. */
function areProbabilities(logits: Float32Array, classes: number): boolean {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes)
    const sum = row.reduce((total, value) => total + value, 0)
    if (!row.every((value) => value >= 0) || !(Math.abs(sum - 1) <= 1e-5)) return false
  }
  return classes > 1
}

/** Says where the gradient is not what differences of the logits are. */
function compare(
  { box, classes, ...classifier }: Classifier,
  { pixels, rows }: Questions,
  findings: Findings,
  given: {
    readonly logits: Float32Array
    readonly weights: Float32Array
    readonly gradient: Float32Array
    readonly seed: number
  },
): readonly Probe[] {
  const all = probes({
    ...given,
    ...{ pixels, rows, classes, range: box[1] - box[0] },
    logits: (points) => classifier.logits(points).slice(),
  })
  const said = disagreement(all, given.logits)
  if (said !== undefined) findings.push(`logitGradient: ${said}`)
  return all
}

function checkLayers(classifier: Classifier, questions: Questions, findings: Findings): void {
  for (const layer of classifier.layers) {
    const shape: unknown = classifier.layerShape(layer)
    if (isShape(shape))
      answerOf(questions, findings, {
        ...{ method: `activations('${layer}')`, what: 'values', width: sizeFromShape(shape) },
        ask: (images) => classifier.activations(layer, images),
      })
    else
      findings.push(
        `layerShape('${layer}'): expected whole numbers from 1, such as [10], got ${described(shape)}`,
      )
  }
}

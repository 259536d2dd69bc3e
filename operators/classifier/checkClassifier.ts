import { requireKnown } from '../options/knownOptions.js'
import { isFloat32Array, isPromise } from 'node:util/types'
import type { Classifier } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { randomFor } from '../random.js'
import { described, requireProperties } from './checked.js'
import { probes, type Probe } from './differences.js'
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
  readonly images: number
  /** Directions along which the gradient was compared with differences, and those of which rounding left nothing to compare. */
  readonly directions: number
  readonly untold: number
  /** The largest difference between gradient and differences, as a share of the largest slope. */
  readonly gradient: number
  /** The largest difference between the logits of `logits` and of `logitGradient`, as a share of the largest. */
  readonly logits: number
  /** Layers whose activations were asked for. */
  readonly layers: number
}

const METHODS = ['logits', 'logitGradient', 'layerShape', 'activations', 'dispose'] as const
/** How far the logits of two methods may be from each other, as a share of the largest. */
const SAME = 1e-4

/**
 * Checks a classifier of one's own: the lengths and types of its answers, that they are finite, that it leaves what it is given as it
 * is and gives the same again, that a row does not depend on its batch, and its gradient, by central differences, at kinks too.
 * It is evaluated some hundred times.
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
  if (typeof given !== 'object' || given === null)
    throw new BlindspotError(
      'bad-option',
      `checkClassifier: expected a classifier, got ${given === null ? 'null' : typeof given}`,
    )
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
  const { pixels, rows } = imagesFor(classifier, options)
  const asking = new Asking(classifier, pixels, rows)
  const logits = asking.logits()
  const weights = weightsFor(rows * classifier.classes, options.seed ?? 1)
  // what is wrong with logits is wrong with their gradient, too
  const both = logits && asking.findings.length === 0 ? asking.gradient(logits, weights) : undefined
  const compared =
    logits && both && asking.findings.length === 0
      ? asking.compare(logits, weights, both, options.seed ?? 1)
      : []
  asking.layers()
  if (asking.findings.length > 0) throw wrong(name, asking.findings)
  const largest = largestOf(compared.map(({ difference }) => difference))
  const told = compared.filter(({ tells }) => tells)
  return Promise.resolve({
    ...{ images: rows, directions: compared.length, untold: compared.length - told.length },
    gradient: largest > 0 ? largestOf(told.map((one) => one.gradient - one.difference)) / largest : 0,
    logits: asking.apart,
    layers: classifier.layers.length,
  })
}

const wrong = (name: string, findings: readonly string[]) =>
  new BlindspotError(
    'bad-model',
    findings.length === 1 ? `${name}: ${findings[0]}` : `${name}:\n${findings.join('\n')}`,
  )

const largestOf = (values: Iterable<number>): number => {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

function imagesFor(
  { inputShape, box: [low, high] }: Classifier,
  { pixels, seed = 1 }: CheckClassifierOptions,
) {
  const size = sizeFromShape(inputShape)
  if (pixels !== undefined) {
    const rows = pixels.length / size
    if (Number.isInteger(rows) && rows >= 2) return { pixels: pixels.slice(), rows }
    throw new BlindspotError(
      'bad-option',
      `checkClassifier: pixels: expected two or more images of ${size} values, got ${pixels.length} values`,
    )
  }
  const random = randomFor(seed, 'check')
  const within = () => low + (high - low) * (0.05 + 0.9 * random.uniform())
  return { pixels: Float32Array.from({ length: 4 * size }, within), rows: 4 }
}

function weightsFor(length: number, seed: number): Float32Array {
  const random = randomFor(seed, 'check weights')
  return Float32Array.from({ length }, () => random.gaussian())
}

/** A classifier that is asked, and what was found. */
class Asking {
  readonly findings: string[] = []
  /** See `CheckedClassifier`. */
  apart = 0
  private readonly size: number

  constructor(
    private readonly classifier: Classifier,
    private readonly pixels: Float32Array,
    private readonly rows: number,
  ) {
    this.size = sizeFromShape(classifier.inputShape)
  }

  /** Logits of all images; undefined where they are none. */
  logits(): Float32Array | undefined {
    const { classifier, rows } = this
    const ask = (pixels: Float32Array) => classifier.logits(pixels)
    return this.answers('logits', ask, rows * classifier.classes, `logits of ${rows} images`)
  }

  gradient(logits: Float32Array, weights: Float32Array): Float32Array | undefined {
    const { classifier, pixels, rows, size, findings } = this
    const { classes } = classifier
    let [calls, given] = [0, logits as unknown]
    let rest = weights
    let first = true
    const from = (row: number, count: number) => weights.slice(row * classes, (row + count) * classes)
    const ask = (images: Float32Array): Float32Array => {
      const own = images.length === pixels.length ? weights.slice() : from(this.asked, 1)
      rest = own
      const answer: unknown = classifier.logitGradient(images, (seen) => {
        calls++
        given = seen
        return own
      })
      if (typeof answer !== 'object' || answer === null || isPromise(answer))
        throw new Shape(`logitGradient: expected { logits, gradient }, got ${described(answer)}`)
      const { logits: told, gradient } = answer as { readonly logits: unknown; readonly gradient: unknown }
      const count = (images.length / size) * classes
      for (const [what, values] of [
        ['the logits of its answer', told],
        ['the logits that weigh gets', given],
      ] as const)
        if (!isFloat32Array(values) || values.length !== count)
          throw new Shape(
            `logitGradient: ${what}: expected a Float32Array of ${count}, got ${describedArray(values)}`,
          )
      // the first question has the images that the logits are of
      if (first) this.compareLogits(told as Float32Array, logits)
      first = false
      return gradient as Float32Array
    }
    const found = this.answers('logitGradient', ask, rows * size, `gradient values of ${rows} images`)
    if (calls === 0) findings.push('logitGradient: it never asks weigh for the weights of the logits')
    const before = rest.length === weights.length ? weights : from(this.asked, 1)
    if (found && !isSame(rest, before))
      findings.push('logitGradient: it changes the weights that weigh gives it')
    return found
  }

  /** Says where the gradient is not what differences of the logits are. */
  compare(
    logits: Float32Array,
    weights: Float32Array,
    gradient: Float32Array,
    seed: number,
  ): readonly Probe[] {
    const { classifier, pixels, rows } = this
    const { classes, box } = classifier
    const all = probes({
      logits: (points) => classifier.logits(points).slice(),
      ...{ pixels, rows, classes, weights, gradient, range: box[1] - box[0], seed },
    })
    const failing = all.filter(({ agrees }) => !agrees)
    if (failing.length > 0) this.findings.push(`logitGradient: ${sentenceOf(failing, all, logits)}`)
    return all
  }

  layers(): void {
    const { classifier, rows, findings } = this
    for (const layer of classifier.layers) {
      const shape: unknown = classifier.layerShape(layer)
      if (!Array.isArray(shape) || !shape.every((one) => Number.isSafeInteger(one) && Number(one) >= 1)) {
        findings.push(`layerShape('${layer}'): expected whole numbers from 1, got ${described(shape)}`)
        continue
      }
      const ask = (images: Float32Array) => classifier.activations(layer, images)
      const values = rows * sizeFromShape(shape as number[])
      this.answers(`activations('${layer}')`, ask, values, `values of ${rows} images`)
    }
  }

  /** Row that is asked for alone. */
  private asked = 0

  /** What a method gives of all images; what is wrong with it is a finding, and undefined where it is no answer. */
  private answers(
    method: string,
    ask: (pixels: Float32Array) => Float32Array,
    length: number,
    what: string,
  ): Float32Array | undefined {
    const { pixels, rows, size, findings } = this
    const say = (message: string): undefined => {
      findings.push(`${method}: ${message}`)
    }
    try {
      const images = pixels.slice()
      const first: unknown = ask(images)
      if (!isFloat32Array(first) || first.length !== length) {
        say(`expected a Float32Array of ${length} ${what}, got ${describedArray(first)}`)
        return
      }
      const found = first.slice()
      const at = found.findIndex((value) => !Number.isFinite(value))
      if (at >= 0) {
        say(`expected finite numbers, got ${found[at]} of image ${Math.floor((at * rows) / length)}`)
        return
      }
      if (!isSame(images, pixels)) say('it changes the pixels that it is given')
      const again = ask(pixels.slice())
      if (!isSame(again, found)) {
        say(`asked again it gives another answer, ${apart(again, found)}`)
        return
      }
      // another question, which an answer that is kept would be written over by
      const width = length / rows
      const other = pixels.slice()
      other.copyWithin(0, size)
      this.asked = 0
      ask(other)
      if (!isSame(again, found))
        say('its answer changes when it is asked for another: give a new array each time')
      for (const row of new Set([0, rows - 1])) {
        this.asked = row
        const alone = ask(pixels.slice(row * size, (row + 1) * size))
        const within = found.subarray(row * width, (row + 1) * width)
        if (!isFloat32Array(alone) || alone.length !== width) {
          say(`of one image alone: expected ${width} values, got ${describedArray(alone)}`)
          return
        }
        if (!isSame(alone, within)) {
          say(
            `image ${row} alone gives another answer than in a batch of ${rows}, ${apart(alone, within)}: a row must not depend on others, bit for bit`,
          )
          break
        }
      }
      return found
    } catch (error) {
      if (error instanceof Shape) findings.push(error.message)
      else say(`it throws: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  private compareLogits(found: Float32Array, logits: Float32Array): void {
    const off =
      largestOf(found.map((value, i) => value - logits[i])) / Math.max(largestOf(logits), Number.MIN_VALUE)
    this.apart = Math.max(this.apart, off)
    if (off > SAME)
      throw new Shape(
        `logitGradient: its logits are not those of logits, off by ${off.toPrecision(2)} of the largest`,
      )
  }
}

/** An answer that is none, in words. */
class Shape extends Error {}

const isSame = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]) || value === b[i])

function apart(a: Float32Array, b: Float32Array): string {
  if (a.length !== b.length) return `${a.length} values in place of ${b.length}`
  const most = largestOf(a.map((value, i) => value - b[i]))
  return `off by up to ${most.toPrecision(2)}, of values up to ${largestOf(b).toPrecision(2)}`
}

const describedArray = (value: unknown): string =>
  isFloat32Array(value) ? `${value.length}` : described(value)

/** Of the directions that do not agree what they have in common, or the worst of them. */
function sentenceOf(failing: readonly Probe[], all: readonly Probe[], logits: Float32Array): string {
  const share = `${failing.length} of ${all.length} directions`
  const [squares, products] = all.reduce(
    ([a, b], { gradient, difference }) => [a + difference ** 2, b + gradient * difference],
    [0, 0],
  )
  const factor = products / squares
  const largest = largestOf(all.map(({ difference }) => difference))
  const isNear = ({ gradient, difference }: Probe) =>
    Math.abs(gradient - factor * difference) <=
    0.05 * Math.abs(factor) * Math.abs(difference) + 0.005 * Math.abs(factor) * largest
  // a few are at kinks
  const near = all.filter(isNear).length
  if (all.every(({ gradient }) => gradient === 0)) return 'the gradient is 0 everywhere, the logits change'
  if (Number.isFinite(factor) && Math.abs(factor - 1) > 0.05 && near >= 0.9 * all.length)
    return `the gradient is ${factor.toPrecision(2)} times what differences of the logits say`
  const [worst] = [...failing].sort(
    (a, b) => Math.abs(b.gradient - b.difference) - Math.abs(a.gradient - a.difference),
  )
  const { row, pixel, gradient, difference } = worst
  const along = pixel === undefined ? 'along a direction' : `by value ${pixel}`
  return (
    `the gradient is not what differences of the logits say, in ${share}; of image ${row} ${along} ` +
    `it is ${gradient.toPrecision(4)}, differences say ${difference.toPrecision(4)} (logits up to ${largestOf(logits).toPrecision(3)})`
  )
}

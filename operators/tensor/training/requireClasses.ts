import { formatArchitecture, type Architecture } from '../../architecture.js'
import { BlindspotError, warnOnce } from '../../errors.js'

/** Images from which on a class that none of them has is taken for none: half of all classes are missed by chance in 1 of 2³². */
const ENOUGH = 32

/** Outputs from which on a last number is more likely a hidden layer's than the classes of a subset of images. */
const WIDE = 20

/** How many outputs an architecture has, one a class. */
export const outputsOf = ({ units }: Architecture): number => units[units.length - 1]

/**
 * The short form that was meant where there are `classes` classes: of an architecture with more than twice as many outputs,
 * one with them as another hidden layer, `FC100-100-10` of `FC100-100`; of others with another last number.
 */
export function withClasses(architecture: Architecture, classes: number): string {
  const { units, lambda } = architecture
  const isHidden = outputsOf(architecture) > 2 * classes
  const own = [...(isHidden ? units : units.slice(0, -1)), classes]
  const [form] = formatArchitecture({ ...architecture, units: own, lambda: [] }).split('(')
  // λ of a single layer is its name, and that of several is for so many
  const isOne = new Set(lambda).size === 1 && !(units.length === 1 && isHidden)
  const written = formatArchitecture(architecture)
  const [decays = ''] = /\(.*\)$/.exec(written) ?? []
  return `${form}${isOne || !isHidden ? decays : ''}`
}

/**
 * Checks that a network has no more outputs than its images have classes: a last number that was meant for a hidden layer gives a
 * network of that many classes, most of which there are not.
 *
 * @param classes that there are
 * @throws BlindspotError `bad-option`, with the name that was meant
 */
export function requireClasses(architecture: Architecture, classes: number): void {
  if (outputsOf(architecture) <= classes) return
  const labels = classes === 1 ? 'one class (label 0)' : `${classes} classes (labels 0 to ${classes - 1})`
  throw tooMany(architecture, `the images have ${labels}`, classes)
}

/**
 * The same where it is not known how many classes there are, of all labels: an error from 32 images on of which none has a label in
 * the upper half of the outputs, and a warning where these are fewer than 20, as of MNIST's zeros and ones alone. Fewer images, and
 * labels of which some are missing, are a subset.
 *
 * @throws BlindspotError `bad-option`, with the name that was meant
 */
export function requireLikelyClasses(architecture: Architecture, labels: Int32Array): void {
  const largest = labels.reduce((most, label) => Math.max(most, label), 0)
  const outputs = outputsOf(architecture)
  if (labels.length < ENOUGH || outputs <= 2 * (largest + 1)) return
  const error = tooMany(
    architecture,
    `of ${labels.length} images none has a label above ${largest}, which makes ${largest + 1} classes`,
    largest + 1,
    ` If there are ${outputs} classes all the same, say so in code: train(…, { classes: ${outputs} })`,
  )
  if (outputs >= WIDE) throw error
  warnOnce(error.message)
}

function tooMany(architecture: Architecture, found: string, classes: number, otherwise = ''): BlindspotError {
  return new BlindspotError(
    'bad-option',
    `architecture ${formatArchitecture(architecture)}: its last number is its classes, ${outputsOf(architecture)}, and ${found}` +
      `${classes < 2 ? '' : `: did you mean ${withClasses(architecture, classes)}?`}${otherwise}`,
  )
}

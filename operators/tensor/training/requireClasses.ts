import { formatArchitecture, type Architecture } from '../../architecture.js'
import { BlindspotError, warnOnce } from '../../errors.js'

/** Images from which on a class that none of them has is taken for none: half of all classes are missed by chance in 1 of 2³². */
const ENOUGH = 32

/** Outputs from which on a last number is more likely a hidden layer's than the classes of a subset of images. */
const WIDE = 20

/** How many outputs an architecture has, one a class. */
export const outputsOf = ({ units }: Architecture): number => units[units.length - 1]

/**
 * The short forms that may have been meant where there are `classes` classes, the likelier first: with another last number, and, but of
 * an autoencoder, with what is the last number as another hidden layer. That is likelier of more than twice as many outputs,
 * as of `FC100-100`.
 */
export function withClasses(architecture: Architecture, classes: number): readonly string[] {
  const another = withLast(architecture, classes, false)
  if (architecture.kind === 'AE') return [another]
  const hidden = withLast(architecture, classes, true)
  return outputsOf(architecture) > 2 * classes ? [hidden, another] : [another, hidden]
}

/** @param isHidden whether what is the last number stays, as a hidden layer's */
function withLast(architecture: Architecture, classes: number, isHidden: boolean): string {
  const { units, lambda } = architecture
  const own = [...(isHidden ? units : units.slice(0, -1)), classes]
  const [form] = formatArchitecture({ ...architecture, units: own, lambda: [] }).split('(')
  // λ of a single layer is its name, and that of several is for so many
  const isOne = new Set(lambda).size === 1 && !(units.length === 1 && isHidden)
  const written = formatArchitecture(architecture)
  const [decays = ''] = /\(.*\)$/.exec(written) ?? []
  return `${form}${isOne || !isHidden ? decays : ''}`
}

/**
 * Checks that a network has as many outputs as its images have classes: a last number that was meant for a hidden layer gives a
 * network of that many classes, most of which there are not, and of fewer some images are of none.
 *
 * @param classes that there are
 * @throws BlindspotError `bad-option`, with the names that may have been meant
 */
export function requireClasses(architecture: Architecture, classes: number): void {
  if (outputsOf(architecture) === classes) return
  const labels = classes === 1 ? 'one class (label 0)' : `${classes} classes (labels 0 to ${classes - 1})`
  throw others(architecture, `the images have ${labels}`, classes)
}

/**
 * Checks that a network has an output for each label that there is, where it is not known whether there are more classes.
 *
 * @param least one more than the largest label
 * @throws BlindspotError `bad-option`, with the names that may have been meant
 */
export function requireLeastClasses(architecture: Architecture, least: number): void {
  if (outputsOf(architecture) >= least) return
  throw others(architecture, `the images have labels up to ${least - 1}, which makes ${least} classes`, least)
}

/**
 * Checks the same where nobody says how many classes there are, by all labels: more than twice as many outputs are an error from 32
 * images on, and a warning where these are fewer than 20, as of MNIST's zeros and ones alone. Fewer images, and labels of which some
 * are missing, are a subset.
 *
 * @throws BlindspotError `bad-option`, with the names that may have been meant
 */
export function requireLikelyClasses(architecture: Architecture, labels: Int32Array): void {
  const largest = labels.reduce((most, label) => Math.max(most, label), 0)
  const outputs = outputsOf(architecture)
  if (labels.length < ENOUGH || outputs <= 2 * (largest + 1)) return
  const error = others(
    architecture,
    `of ${labels.length} images none has a label above ${largest}, which makes ${largest + 1} classes`,
    largest + 1,
    ` If there are ${outputs} classes all the same, say so in code: train(…, { classes: ${outputs} })`,
  )
  if (outputs >= WIDE) throw error
  warnOnce(error.message)
}

function others(architecture: Architecture, found: string, classes: number, otherwise = ''): BlindspotError {
  const meant = classes < 2 ? '' : `: did you mean ${withClasses(architecture, classes).join(' or ')}?`
  return new BlindspotError(
    'bad-option',
    `architecture ${formatArchitecture(architecture)}: its last number is its classes, ${outputsOf(architecture)}, and ${found}${meant}${otherwise}`,
  )
}

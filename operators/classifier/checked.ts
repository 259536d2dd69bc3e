import { isFloat32Array, isPromise } from 'node:util/types'
import type { Classifier, LossGradient } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { boxFault } from '../minimize/box.js'
import { described } from '../options/described.js'
import { sizeFromShape } from './sizeFromShape.js'

const wrappers = new WeakMap<Classifier, Classifier>()

/**
 * A classifier each of whose answers is looked at before it is used: a classifier of somebody's own can be wrong, and
 * what is missing would go unnoticed. That its numbers are finite is asked where they are used, since an attack has a
 * row for those that are not.
 *
 * @throws BlindspotError `bad-model`, at once, for a property that cannot be (input shape, classes, box, layers); from
 * the methods for an answer that is not a Float32Array of as many values as the question asks for
 */
export function checked(classifier: Classifier): Classifier {
  const there = wrappers.get(classifier)
  if (there) return there
  requireProperties(classifier)
  const { name, inputShape, classes, box, layers, weightsHash, framing } = classifier
  const size = sizeFromShape(inputShape)
  const rowsOf = (pixels: Float32Array) => Math.floor(pixels.length / size)

  const layerShape = (layer: string): readonly number[] => {
    const shape: unknown = classifier.layerShape(layer)
    if (isShape(shape)) return shape
    throw bad(name, `layerShape('${layer}'): expected whole numbers from 1, got ${described(shape)}`)
  }
  const logitsOf = (method: string, logits: unknown, rows: number): Float32Array =>
    requireValues(name, method, logits, rows * classes, `logits for ${rows} images`)
  const both = (method: string, answer: unknown, rows: number): LossGradient => {
    if (typeof answer !== 'object' || answer === null || isPromise(answer))
      throw bad(name, `${method}: expected logits and gradient, got ${described(answer)}`)
    const { logits, gradient } = answer as Readonly<Record<keyof LossGradient, unknown>>
    logitsOf(method, logits, rows)
    requireValues(name, method, gradient, rows * size, `gradient values for ${rows} images`)
    return answer as LossGradient
  }

  const wrapper: Classifier = {
    name,
    inputShape,
    classes,
    box,
    layers,
    weightsHash,
    framing,
    logits: (pixels) => logitsOf('logits', classifier.logits(pixels), rowsOf(pixels)),
    logitGradient(pixels, weigh) {
      const rows = rowsOf(pixels)
      const answer = classifier.logitGradient(pixels, (logits) =>
        weigh(logitsOf('logitGradient', logits, rows)),
      )
      return both('logitGradient', answer, rows)
    },
    layerShape,
    activations(layer, pixels, options) {
      const values = classifier.activations(layer, pixels, options)
      const units = sizeFromShape(layerShape(layer))
      const rows = rowsOf(pixels)
      const what = `activations of layer ${layer} for ${rows} images`
      return requireValues(name, 'activations', values, rows * units, what)
    },
    ...(classifier.increasing && {
      increasing(layer) {
        const answer: unknown = classifier.increasing?.(layer)
        if (typeof answer === 'boolean') return answer
        throw bad(name, `increasing('${layer}'): expected true or false, got ${described(answer)}`)
      },
    }),
    dispose: () => classifier.dispose(),
  }
  wrappers.set(classifier, wrapper)
  wrappers.set(wrapper, wrapper)
  return wrapper
}

/**
 * Checks that there is a choice to make: with one output every image is of one class.
 *
 * @throws BlindspotError `bad-model`
 */
export function requireClasses({ name, classes }: Classifier): void {
  if (!(classes >= 2)) throw bad(name, `classes: expected two or more, got ${classes}`)
}

/**
 * Checks what a classifier says of itself.
 *
 * @throws BlindspotError `bad-model`
 */
export function requireProperties({ name, inputShape, classes, box, layers }: Classifier): void {
  if (!isShape(inputShape))
    throw bad(name, `inputShape: expected whole numbers from 1, such as [784], got ${described(inputShape)}`)
  if (!(Number.isSafeInteger(classes) && classes >= 1))
    throw bad(name, `classes: expected a whole number from 1, got ${described(classes)}`)
  const fault = boxFault(box)
  if (fault !== undefined) throw bad(name, `box: ${fault}, got ${described(box)}`)
  const names: unknown = layers
  if (!(Array.isArray(names) && names.every((layer) => typeof layer === 'string')))
    throw bad(name, `layers: expected names, got ${described(names)}`)
}

function requireValues(
  name: string,
  method: string,
  values: unknown,
  length: number,
  what: string,
): Float32Array {
  if (isFloat32Array(values) && values.length === length) return values
  if (isFloat32Array(values)) throw bad(name, `${method}: expected ${length} ${what}, got ${values.length}`)
  throw bad(name, `${method}: expected a Float32Array of ${length} ${what}, got ${described(values)}`)
}

/** Whether a value is the shape of an image or a layer. */
export const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && Number(extent) >= 1)

const bad = (name: string, message: string) => new BlindspotError('bad-model', `${name}: ${message}`)

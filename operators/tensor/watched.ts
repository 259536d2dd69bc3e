import type { Classifier } from '../classifier.js'
import { warnOnce } from '../errors.js'
import type { ModelFile } from './modelFile.js'
import { functionOf, lastLayer } from './softmax.js'

/** How far a row's sum may be from 1: probabilities in half precision sum to 1 within 1e-3. */
const TOLERANCE = 2e-3

/**
 * The classifier, with a warning, once for a file, if its logits are something else: probabilities in all rows of its
 * first batch, or the values of a sigmoid. Steps and margins mean nothing on those.
 */
export function watched(classifier: Classifier, model: ModelFile): Classifier {
  const { file } = model
  const last = endOf(model)
  if (/sigmoid$/i.test(last.function)) {
    warnOnce(
      `${file}: ends in a sigmoid (layer ${JSON.stringify(last.name)}), whose values from 0 to 1 are taken for logits; ` +
        'if they are to be softmaxed, make that layer linear',
    )
  }
  let seen = false
  const look = (logits: Float32Array): void => {
    if (seen || logits.length === 0) return
    seen = true
    if (!areProbabilities(logits, classifier.classes)) return
    warnOnce(
      `${file}: its outputs are probabilities, not logits (no softmax was found at its end), and are taken for logits; ` +
        'save the model without its softmax',
    )
  }
  return {
    ...classifier,
    logits(pixels) {
      const logits = classifier.logits(pixels)
      look(logits)
      return logits
    },
    logitGradient(pixels, weigh) {
      const found = classifier.logitGradient(pixels, weigh)
      look(found.logits)
      return found
    },
  }
}

/** The last layer or node that changes values, and the function that it ends with. */
function endOf(model: ModelFile): { readonly name: string; readonly function: string } {
  if (model.kind === 'graph') return { name: model.model.last.name, function: model.model.last.op }
  const last = lastLayer(model.graph)
  return { name: last?.name ?? '', function: last ? String(functionOf(last)) : '' }
}

/** Whether all rows are at least 0 and sum to 1. */
function areProbabilities(values: Float32Array, classes: number): boolean {
  if (classes < 2) return false
  for (let at = 0; at < values.length; at += classes) {
    const row = values.subarray(at, at + classes)
    const sum = row.reduce((total, value) => total + value, 0)
    if (!row.every((value) => value >= 0) || !(Math.abs(sum - 1) <= TOLERANCE)) return false
  }
  return true
}

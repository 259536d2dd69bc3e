import { isFloat32Array, isPromise } from 'node:util/types'
import type { Classifier } from '../classifier.js'
import { answerOf, arrayText, isSame, NoAnswer, type Findings, type Questions } from './answers.js'
import { described } from '../options/described.js'

/** How far the logits of two methods may be from each other, as a share of the largest. */
const SAME = 1e-4

/**
 * The gradient that `logitGradient` gives of all images, asked as `answerOf` asks: that it asks for weights and leaves them as
 * they are, and that its logits are those of `logits`, is looked at, too.
 *
 * @param given.logits [rows × classes] that `logits` gave
 * @param given.weights [rows × classes] that the logits are weighed by
 * @returns with how far its logits are from those, as a share of the largest
 */
export function gradientAnswer(
  classifier: Classifier,
  questions: Questions,
  findings: Findings,
  { logits, weights }: { readonly logits: Float32Array; readonly weights: Float32Array },
): { readonly gradient: Float32Array; readonly apart: number } | undefined {
  const { classes } = classifier
  const { size } = questions
  const changes = new Set<string>()
  let apart: number | undefined
  const ask = (images: Float32Array, row: number): unknown => {
    const count = (images.length / size) * classes
    const before = weights.subarray(row * classes, row * classes + count)
    const own = before.slice()
    const seen: unknown[] = []
    const answer: unknown = classifier.logitGradient(images, (values) => {
      seen.push(values)
      return own
    })
    if (typeof answer !== 'object' || answer === null || isPromise(answer) || !('gradient' in answer))
      throw new NoAnswer(`logitGradient: expected { logits, gradient }, got ${described(answer)}`)
    const { logits: told, gradient } = answer as { readonly logits?: unknown; readonly gradient: unknown }
    if (seen.length === 0)
      throw new NoAnswer('logitGradient: it never asks weigh(logits) for the weights of the logits')
    const values = logitsOf('the logits of its answer', told, count)
    for (const given of seen) logitsOf('the logits that weigh gets', given, count)
    // the first question has the images that the logits are of
    apart ??= distance(values, logits)
    if (!isSame(own, before)) changes.add('logitGradient: it changes the weights that weigh gives it')
    return gradient
  }
  const gradient = answerOf(questions, findings, {
    ...{ method: 'logitGradient', ask, width: size, what: 'gradient values' },
  })
  findings.push(...changes)
  return gradient && { gradient, apart: apart ?? 0 }
}

function logitsOf(what: string, values: unknown, count: number): Float32Array {
  if (isFloat32Array(values) && values.length === count) return values
  throw new NoAnswer(`logitGradient: ${what}: expected a Float32Array of ${count}, got ${arrayText(values)}`)
}

function distance(found: Float32Array, logits: Float32Array): number {
  let [off, largest] = [0, Number.MIN_VALUE]
  for (const [i, value] of logits.entries()) {
    off = Math.max(off, Math.abs(found[i] - value))
    largest = Math.max(largest, Math.abs(value))
  }
  if (off / largest <= SAME) return off / largest
  throw new NoAnswer(
    `logitGradient: its logits are not those of logits, off by ${(off / largest).toPrecision(2)} of the largest`,
  )
}

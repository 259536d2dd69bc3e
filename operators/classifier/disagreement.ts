import type { Probe } from './differences.js'

/**
 * What is wrong with a gradient beside differences of the logits, as a sentence: what all directions have in common, or the worst
 * of them; undefined where all agree.
 *
 * @param logits of the images
 */
export function disagreement(all: readonly Probe[], logits: Float32Array): string | undefined {
  if (!all.some(({ tells }) => tells))
    return (
      `nothing can be compared: in float32 the logits are the same in all ${all.length} directions around each image; ` +
      'give checkClassifier pixels where they change'
    )
  const failing = all.filter(({ agrees }) => !agrees)
  if (failing.length === 0) return undefined
  if (all.every(({ gradient }) => gradient === 0)) return 'the gradient is 0 everywhere, the logits change'
  const factor = factorOf(all)
  if (factor !== undefined)
    return `the gradient is ${factor.toPrecision(2)} times what differences of the logits say${hint(factor)}`
  const [worst] = [...failing].sort(
    (a, b) => Math.abs(b.gradient - b.difference) - Math.abs(a.gradient - a.difference),
  )
  const { row, pixel, gradient, difference } = worst
  const along = pixel === undefined ? 'along a direction' : `by value ${pixel}`
  const largest = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return (
    `the gradient is not what differences of the logits say, in ${failing.length} of ${all.length} directions; of image ${row} ${along} ` +
    `it is ${gradient.toPrecision(4)}, differences say ${difference.toPrecision(4)} (logits up to ${largest.toPrecision(3)})`
  )
}

/** What all gradients are of the differences, but for a few at kinks; undefined where that is 1 or they have none in common. */
function factorOf(all: readonly Probe[]): number | undefined {
  const [squares, products] = all.reduce(
    ([a, b], { gradient, difference }) => [a + difference ** 2, b + gradient * difference],
    [0, 0],
  )
  const factor = products / squares
  const largest = all.reduce((most, { difference }) => Math.max(most, Math.abs(difference)), 0)
  const near = all.filter(
    ({ gradient, difference }) =>
      Math.abs(gradient - factor * difference) <=
      Math.abs(factor) * (0.05 * Math.abs(difference) + 0.005 * largest),
  ).length
  return Number.isFinite(factor) && Math.abs(factor - 1) > 0.05 && near >= 0.9 * all.length
    ? factor
    : undefined
}

/** What such a factor usually comes of. */
function hint(factor: number): string {
  const is = (value: number) => Math.abs(factor / value - 1) < 0.02
  if (is(-1)) return ': its sign is the other one'
  return is(255) || is(1 / 255)
    ? ': expected that by pixels of the box, not by what they are multiplied or divided by before'
    : ''
}

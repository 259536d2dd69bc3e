import { map, type OperatorFunction } from 'rxjs'
import { BlindspotError } from './errors.js'
import { clip as toBox, squaredDistance } from './minimize/box.js'
import type { AdversarialBatch } from './records/adversarial.js'
import { successes, type ExampleBatch } from './records/example.js'

export interface AmplifyOptions {
  /** Clip to [0, 1]; the RMS is then smaller than asked for. Default false. */
  readonly clip?: boolean
}

/**
 * Rescales each successful perturbation to one size: x + rms · √n · (x′ − x) / ‖x′ − x‖₂, n the number of
 * values, so that its RMS is `rms` (paper §4.2, Table 4, whose "stddev 0.1" only the RMS reading can give).
 *
 * @example
 * examples.pipe(amplify(0.1), score(models))
 *
 * @throws BlindspotError `bad-option` for an RMS that is not a number over 0.
 */
export function amplify(
  rms: number,
  { clip = false }: AmplifyOptions = {},
): OperatorFunction<AdversarialBatch, ExampleBatch> {
  if (!(rms > 0 && rms < Infinity)) {
    throw new BlindspotError('bad-option', `amplify: expected an RMS over 0, got ${rms}`)
  }
  return map((batch) => {
    const examples = successes(batch)
    const { original, index } = examples
    const size = original.length / index.length
    const pixels = new Float32Array(original.length)
    for (let row = 0; row < index.length; row++) {
      const [from, to] = [row * size, (row + 1) * size]
      const distance = squaredDistance(original.subarray(from, to), examples.pixels.subarray(from, to))
      const factor = (rms * Math.sqrt(size)) / Math.sqrt(distance)
      for (let i = from; i < to; i++) {
        const value = original[i] + factor * (examples.pixels[i] - original[i])
        pixels[i] = clip ? toBox(value) : value
      }
    }
    return { ...examples, kind: 'amplified', stddev: rms, pixels }
  })
}

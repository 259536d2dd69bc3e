import { map, type OperatorFunction } from 'rxjs'
import { unexpected } from './options/unexpected.js'
import { BlindspotError } from './errors.js'
import { checkClip, clipped, LARGEST_PERTURBATION, squaredDistance, type Clip } from './minimize/box.js'
import type { AdversarialBatch } from './records/adversarial.js'
import { successes, type ExampleBatch } from './records/example.js'
import { requireKnown } from './options/knownOptions.js'

/** What `amplify` gives one size: the RMS or the L2 norm. */
export const AMPLIFY_NORMS = ['rms', 'l2'] as const

/** Options of `amplify`. */
export interface AmplifyOptions {
  /**
   * `rms`: x + size · √n · (x′ − x) / ‖x′ − x‖₂, the reading that gives the paper's numbers; `l2`: without √n, the
   * formula as the paper writes it. Default `rms`.
   */
  readonly norm?: (typeof AMPLIFY_NORMS)[number]
  /** Clip to the examples' box, or to one of one's own; the RMS is then smaller than asked for. Default false. */
  readonly clip?: Clip
}

/**
 * Rescales each successful perturbation to one size: x + size · √n · (x′ − x) / ‖x′ − x‖₂, n the number of values, so
 * that its RMS is `size` (paper §4.2, Table 4, whose "stddev 0.1" only the RMS reading can give). `stddev` of the
 * examples is their RMS before clipping, whatever `norm` is.
 *
 * @example
 * const [source, victim] = [await loadClassifier('my-model'), await loadClassifier('victim')]
 * const scores = mnist('test', { limit: 16 }).pipe(attack(source), amplify(0.1), score([source, victim]))
 * await lastValueFrom(scores)
 *
 * @throws BlindspotError `bad-option` for a size that is not over 0 and at most 1e6, an unknown norm or a box that is none; in the stream
 * `bad-data` for an example that is its original.
 */
export function amplify(
  size: number,
  options: AmplifyOptions = {},
): OperatorFunction<AdversarialBatch, ExampleBatch> {
  requireKnown<AmplifyOptions>('amplify', options, { norm: true, clip: true })
  const { clip = false, norm = 'rms' } = options
  if (!(size > 0 && size <= LARGEST_PERTURBATION)) {
    throw unexpected('amplify', `a size over 0 and at most ${LARGEST_PERTURBATION}`, size)
  }
  if (!AMPLIFY_NORMS.includes(norm)) {
    throw unexpected('amplify', 'the norm rms or l2', norm)
  }
  checkClip('amplify', clip)
  return map((batch) => {
    const examples = successes(batch)
    const { original, index } = examples
    const values = original.length / index.length
    const root = Math.sqrt(values)
    const rms = norm === 'rms' ? size : size / root
    const pixels = new Float32Array(original.length)
    for (let row = 0; row < index.length; row++) {
      const [from, to] = [row * values, (row + 1) * values]
      const distance = squaredDistance(original.subarray(from, to), examples.pixels.subarray(from, to))
      if (distance === 0)
        throw new BlindspotError(
          'bad-data',
          `amplify: ${examples.dataset} ${examples.split} ${index[row]}: the example is its original`,
        )
      const factor = (norm === 'rms' ? size * root : size) / Math.sqrt(distance)
      for (let i = from; i < to; i++) {
        const value = original[i] + factor * (examples.pixels[i] - original[i])
        pixels[i] = value
      }
    }
    return {
      ...examples,
      kind: 'amplified',
      stddev: rms,
      clip: clip !== false,
      pixels: clipped(pixels, clip, examples.box),
    }
  })
}

import { map, type OperatorFunction } from 'rxjs'
import { unexpected } from './options/unexpected.js'
import { checkClip, clipped, LARGEST_PERTURBATION, type Clip } from './minimize/box.js'
import { randomFor } from './random.js'
import { clean, type ExampleBatch } from './records/example.js'
import type { ImageBatch } from './records/image.js'
import { requireKnown } from './options/knownOptions.js'

/** Options of `gaussianNoise`. */
export interface GaussianNoiseOptions {
  /**
   * Clip to the images' box, or to one of one's own, as `classifier.box`. Default false: the paper's noise rows are
   * close to unclipped noise.
   */
  readonly clip?: Clip
  /** Seed of the noise. Default 1. */
  readonly seed?: number
}

/**
 * Adds Gaussian noise of standard deviation σ (in units of the pixel range) to every value.
 *
 * The noise is a function of (seed, sample id) and scales with σ: every model, and every σ, sees the same.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const { error } = await lastValueFrom(mnist('test', { limit: 256 }).pipe(gaussianNoise(0.3), score([network])))
 *
 * @throws BlindspotError `bad-option` for a σ that is not a number ≥ 0, a seed that is no whole number, or a box that is
 * none.
 */
export function gaussianNoise(
  stddev: number,
  options: GaussianNoiseOptions = {},
): OperatorFunction<ImageBatch, ExampleBatch> {
  requireKnown<GaussianNoiseOptions>('gaussianNoise', options, { clip: true, seed: true })
  const { clip = false, seed = 1 } = options
  if (!(stddev >= 0 && stddev <= LARGEST_PERTURBATION)) {
    throw unexpected('gaussianNoise', `a standard deviation from 0 to ${LARGEST_PERTURBATION}`, stddev)
  }
  if (!Number.isSafeInteger(seed)) {
    throw unexpected('gaussianNoise: seed', 'a whole number', seed)
  }
  checkClip('gaussianNoise', clip)
  return map((batch) => {
    const { dataset, split, index, pixels: original, box } = batch
    const size = original.length / index.length
    const pixels = new Float32Array(original.length)
    index.forEach((sample, row) => {
      const random = randomFor(seed, 'noise', dataset, split, sample)
      for (let i = row * size; i < (row + 1) * size; i++) {
        const value = original[i] + stddev * random.gaussian()
        pixels[i] = value
      }
    })
    return {
      ...clean(batch),
      ...{ kind: 'gaussian' as const, stddev, seed, clip: clip !== false },
      pixels: clipped(pixels, clip, box),
    }
  })
}

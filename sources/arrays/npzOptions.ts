import { PIXEL_TEXTS } from '../pixelTexts.js'
import { requireKnown } from '../../operators/options/knownOptions.js'
import { BlindspotError } from '../../operators/errors.js'
import type { ImageShape } from '../../operators/records/image.js'
import { checkIndexed, type IndexedOptions } from '../indexed.js'
import { checkNames, halfText, nameText, shuffleText } from '../indexedTexts.js'
import type { Half, SelectOptions } from '../select.js'
import { optionsText, readOptions, type TextOptions } from '../textOptions.js'

/** Which arrays of an `.npz` file are images and labels, and what they are. */
export interface NpzSourceOptions {
  /** Split, where the arrays' names have several: `train`, `test`, `val`. Default: the only one. */
  readonly split?: string | undefined
  /** One of the two fixed halves of the split `train`. Default: all. */
  readonly half?: Half | undefined
  /** Seed of another order than the file's, as a source has where none is asked for when it is opened. Default: the file's. */
  readonly shuffle?: SelectOptions['shuffle']
  /** Name of the array of images; then `labels` has to be given too. Default: by the usual names. */
  readonly images?: string | undefined
  /** Name of the array of labels. */
  readonly labels?: string | undefined
  /** Height, width and channels of an image. Default: as the array has them; of rows of a square number of values that square. */
  readonly shape?: ImageShape | undefined
  /** What 1 is in numbers. Default: 255 of `uint8`, else 1. */
  readonly scale?: number | undefined
  /** Whether images are channel by channel, channels × height × width (NCHW). Default false. */
  readonly planes?: boolean | undefined
  /** Name that identifies the samples. Default: `npz-` and 12 digits of a hash of the file and these options. */
  readonly dataset?: string | undefined
}

/** Options of `npz`. */
export interface NpzOptions extends NpzSourceOptions, IndexedOptions {}

/**
 * Checks options, before anything is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkNpzOptions(options: NpzOptions): void {
  requireKnown<NpzOptions>('npz', options, {
    ...{ split: true, images: true, labels: true, shape: true, scale: true, planes: true, dataset: true },
    ...{ half: true, shuffle: true, skip: true, limit: true, batchSize: true },
  })
  const { half, shape, scale, planes, split } = options
  // the split of a half is known to be train where it is not said to be another
  checkIndexed('npz', half === undefined ? 'train' : (split ?? 'train'), options)
  checkNames('npz', options, ['split', 'images', 'labels', 'dataset'])
  const wrong = (name: string, expected: string, got: unknown) =>
    new BlindspotError('bad-option', `npz: ${name}: expected ${expected}, got ${JSON.stringify(got)}`)
  if (scale !== undefined && !(scale > 0 && scale < Infinity)) throw wrong('scale', 'a number over 0', scale)
  if (planes !== undefined && typeof planes !== 'boolean') throw wrong('planes', 'true or false', planes)
  const sizes: readonly number[] = shape ?? [1, 1, 1]
  if (!(sizes.length === 3 && sizes.every((n) => Number.isSafeInteger(n) && n >= 1)))
    throw wrong('shape', 'height, width and channels', shape)
}

const TEXTS: TextOptions<NpzSourceOptions> = {
  split: nameText('split', 'split=train'),
  half: halfText,
  shuffle: shuffleText,
  images: nameText('images', 'images=NAME'),
  labels: nameText('labels', 'labels=NAME'),
  ...PIXEL_TEXTS,
  dataset: nameText('dataset', 'dataset=NAME'),
}

/** Reads the options of `npz@OPTIONS:PATH`. */
export const readNpzOptions = (source: string, text: string): NpzSourceOptions =>
  readOptions(source, text, TEXTS, {})

/** Options as a source's text has them, with the `@` before; empty for none. */
export const npzText = (options: NpzSourceOptions): string => optionsText(options, TEXTS)

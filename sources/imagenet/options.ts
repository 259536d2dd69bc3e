import { BlindspotError } from '../../operators/errors.js'
import {
  checkCrop,
  checkFraming,
  checkSize,
  usualFraming,
  type Crop,
  type Framing,
} from '../../operators/classifier/framing.js'
import { positiveInteger } from '../../operators/flow/positiveInteger.js'
import type { Known } from '../../operators/options/knownOptions.js'
import { checkSelection, type SelectOptions } from '../select.js'

/** One of several parts of the photographs. */
export interface Shard {
  /** Which part, from 0. */
  readonly index: number
  /** Number of parts. */
  readonly of: number
}

/** Options of `imagenet`: which photographs, and how they become inputs. */
export interface ImagenetOptions extends Omit<SelectOptions, 'half'> {
  /**
   * Positions of a batch, photographs and those that cannot be read together; the last one may have fewer. Default: as many as
   * 64 MB of pixels have, at most 32.
   */
  readonly batchSize?: number | undefined
  /** Split, where a folder has several: `train`, `val`, …. Default: the only one. */
  readonly split?: string | undefined
  /** Name that identifies the samples. Default: `imagenet` for all of ILSVRC2012, else one that says what is there. */
  readonly dataset?: string | undefined
  /** The photographs at positions index, index + of, index + 2 of, …: parts are disjoint, and together everything. */
  readonly shard?: Shard | undefined
  /** Only these classes: wnids, names of classes or superclasses, or their numbers; of other folders, names of folders or numbers. */
  readonly classes?: readonly (string | number)[] | undefined
  /** Height and width of an input, or its side. Default: what the classifier takes, or 224. */
  readonly size?: number | readonly [height: number, width: number] | undefined
  /** Which part of a photograph an input shows. Default: as the classifier has it, or the shorter side at 8/7 of the input's. */
  readonly crop?: Crop | undefined
  /** Whether photographs are turned as their EXIF orientation says; networks were trained without. Default false. */
  readonly exif?: boolean | undefined
  /** Whose bilinear filter: Pillow's, byte for byte, which networks were trained with, or sharp's, which is faster. Default pillow. */
  readonly resize?: 'pillow' | 'sharp' | undefined
  /** Pixels that a photograph may have, before it is resized: a small file can unpack to any size. Default: the decoder's. */
  readonly mostPixels?: number | undefined
}

/** Options of a source of photographs: which order and how many of them is asked for when it is opened. */
export type ImagenetSourceOptions = Omit<ImagenetOptions, 'shuffle' | 'skip' | 'limit' | 'batchSize'>

/** The names of those that there are. */
export const IMAGENET_SOURCE_OPTIONS: Known<ImagenetSourceOptions> = {
  ...{ dataset: true, split: true, shard: true, classes: true, size: true, crop: true },
  ...{ exif: true, resize: true, mostPixels: true },
}

/**
 * Checks options, before anything is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkImagenetOptions(options: ImagenetOptions): void {
  const { batchSize, shard, classes, size, crop, exif, resize, mostPixels } = options
  checkSelection('imagenet', 'all', { ...options, half: undefined })
  if (batchSize !== undefined) positiveInteger('imagenet', 'batchSize', batchSize)
  if (mostPixels !== undefined) positiveInteger('imagenet', 'mostPixels', mostPixels)
  for (const name of ['split', 'dataset'] as const)
    if (options[name] !== undefined && (typeof options[name] !== 'string' || options[name] === ''))
      throw wrong(name, 'a name', options[name])
  if (shard !== undefined) {
    if (typeof shard !== 'object' || (shard as unknown) === null) throw wrong('shard', '{ index, of }', shard)
    positiveInteger('imagenet', 'shard.of', shard.of)
    if (!(Number.isSafeInteger(shard.index) && shard.index >= 0 && shard.index < shard.of))
      throw wrong('shard.index', `a whole number from 0 to ${shard.of - 1}`, shard.index)
  }
  if (classes !== undefined) {
    if (!Array.isArray(classes) || classes.length === 0) throw wrong('classes', 'a list of classes', classes)
    const bad = (classes as readonly unknown[]).find((each) => !isClass(each))
    if (bad !== undefined) throw wrong('classes', 'wnids, names or whole numbers from 0', bad)
  }
  if (exif !== undefined && typeof exif !== 'boolean') throw wrong('exif', 'true or false', exif)
  if (resize !== undefined && !['pillow', 'sharp'].includes(resize))
    throw wrong('resize', 'pillow or sharp', resize)
  if (size !== undefined) checkSize('imagenet: size', size)
  if (crop !== undefined) checkCrop('imagenet: crop', crop)
  // the usual crop is larger than the input
  checkFraming('imagenet: size or crop', framingOf(options))
}

const isClass = (value: unknown) =>
  typeof value === 'string' ? value !== '' : Number.isSafeInteger(value) && Number(value) >= 0

const wrong = (option: string, expected: string, got: unknown) =>
  new BlindspotError('bad-option', `imagenet: ${option}: expected ${expected}, got ${JSON.stringify(got)}`)

/** Side of an input where nobody says. */
const USUAL_SIDE = 224

/** The framing that options ask for; what they leave open is as another has it, or as usual. */
export function framingOf({ size, crop }: Pick<ImagenetOptions, 'size' | 'crop'>, other?: Framing): Framing {
  if (size === undefined && crop === undefined && other) return other
  const sides = size ?? other?.size ?? USUAL_SIDE
  const usual = usualFraming(typeof sides === 'number' ? [sides, sides] : sides)
  return { size: usual.size, crop: crop ?? (size === undefined ? other?.crop : undefined) ?? usual.crop }
}

/** Bytes of a batch's pixels at most, where its size is not asked for. */
const LARGEST_BATCH = 2 ** 26

/** Positions of a batch where their number is not asked for. */
export const usualBatch = ({ size: [height, width] }: Framing): number =>
  Math.max(1, Math.min(32, Math.floor(LARGEST_BATCH / (height * width * 3 * 4))))

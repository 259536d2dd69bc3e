import { requireKnown } from '../../operators/options/knownOptions.js'
import { BlindspotError } from '../../operators/errors.js'
import { checkSize } from '../../operators/classifier/framing.js'
import { checkNames, nameText, shuffleText } from '../indexedTexts.js'
import { checkIndexed, type IndexedOptions } from '../indexed.js'
import type { SelectOptions } from '../select.js'
import { optionsText, readOptions, type TextOptions } from '../textOptions.js'

/** Which images of a folder, and of which shape. */
export interface ImageFolderSourceOptions {
  /** Split, where a folder has several: `train`, `val`, `test`. Default: the only one. */
  readonly split?: string | undefined
  /** Seed of another order than the file's, as a source has where none is asked for when it is opened. Default: the file's. */
  readonly shuffle?: SelectOptions['shuffle']
  /** Height and width that all of each image is brought to, or the side of a square. Default: the size that all of them have. */
  readonly size?: number | readonly [height: number, width: number] | undefined
  /** 1 for greys, 3 for colours. Default: 1 where all images are grey. */
  readonly channels?: 1 | 3 | undefined
  /** Name that identifies the samples. Default: `images-` and 12 digits of a hash of what is there. */
  readonly dataset?: string | undefined
}

/** Options of `imageFolder`. */
export interface ImageFolderOptions extends ImageFolderSourceOptions, Omit<IndexedOptions, 'half'> {}

/**
 * Checks options, before anything is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkFolderOptions(options: ImageFolderOptions): void {
  requireKnown<ImageFolderOptions>('imageFolder', options, {
    ...{ split: true, size: true, channels: true, dataset: true },
    ...{ shuffle: true, skip: true, limit: true, batchSize: true },
  })
  const { size, channels } = options
  checkIndexed('imageFolder', 'all', { ...options, half: undefined })
  checkNames('imageFolder', options, ['split', 'dataset'])
  if (channels !== undefined && ![1, 3].includes(channels))
    throw new BlindspotError(
      'bad-option',
      `imageFolder: channels: expected 1 or 3, got ${JSON.stringify(channels)}`,
    )
  if (size !== undefined) checkSize('imageFolder: size', size)
}

const TEXTS: TextOptions<ImageFolderSourceOptions> = {
  split: nameText('split', 'split=train'),
  shuffle: shuffleText,
  size: {
    form: 'size=32 or size=HEIGHTxWIDTH',
    read(value) {
      if (!/^\d+(x\d+)?$/.test(value)) return undefined
      const [height, width] = value.split('x').map(Number) as [number, number?]
      return { size: width === undefined ? height : [height, width] }
    },
    write: ({ size }) => (size === undefined ? undefined : [size].flat().join('x')),
  },
  channels: {
    form: 'channels=1 (grey) or channels=3',
    read: (value) => (value === '1' ? { channels: 1 } : value === '3' ? { channels: 3 } : undefined),
    write: ({ channels }) => channels?.toString(),
  },
  dataset: nameText('dataset', 'dataset=NAME'),
}

/** Reads the options of `folder@OPTIONS:PATH`. */
export const readFolderOptions = (source: string, text: string): ImageFolderSourceOptions =>
  readOptions(source, text, TEXTS, {})

/** Options as a source's text has them, with the `@` before; empty for none. */
export const folderText = (options: ImageFolderSourceOptions): string => optionsText(options, TEXTS)

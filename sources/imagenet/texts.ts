import type { Crop } from '../../operators/classifier/framing.js'
import { optionsText, readOptions, type TextOptions } from '../textOptions.js'
import type { ImagenetOptions } from './options.js'

type Texts = Omit<ImagenetOptions, 'shuffle' | 'skip' | 'limit' | 'batchSize'>

const OPTIONS: TextOptions<Texts> = {
  split: {
    form: 'split=val',
    read: (value) => (value === '' ? undefined : { split: value }),
    write: ({ split }) => split,
  },
  dataset: {
    form: 'dataset=NAME',
    read: (value) => (value === '' ? undefined : { dataset: value }),
    write: ({ dataset }) => dataset,
  },
  classes: {
    form: 'classes=n01440764+dog+207',
    read: (value) => ({ classes: value.split('+') }),
    write: ({ classes }) => classes && chosenText(classes),
  },
  shard: {
    form: 'shard=0/4',
    read(value) {
      const match = /^(\d+)\/(\d+)$/.exec(value)
      return match ? { shard: { index: Number(match[1]), of: Number(match[2]) } } : undefined
    },
    write: ({ shard }) => shard && `${shard.index}/${shard.of}`,
  },
  size: {
    form: 'size=227 or size=HEIGHTxWIDTH',
    read(value) {
      const sides = sidesIn(value)
      return sides && { size: sides.length === 1 ? sides[0] : sides }
    },
    write: ({ size }) => (size === undefined ? undefined : [size].flat().join('x')),
  },
  crop: {
    form: 'crop=256 (shorter side), crop=256x256 (all of it) or crop=center',
    read(value) {
      const crop = cropIn(value)
      return crop && { crop }
    },
    write: ({ crop }) => crop && (crop.policy === 'center' ? 'center' : [crop.resize].flat().join('x')),
  },
  exif: {
    form: 'exif',
    isFlag: true,
    read: (value) => (value === '' ? { exif: true } : undefined),
    write: ({ exif }) => (exif ? '' : undefined),
  },
  resize: {
    form: 'resize=sharp',
    read: (value) => (value === 'pillow' || value === 'sharp' ? { resize: value } : undefined),
    write: ({ resize }) => resize,
  },
  mostPixels: {
    form: 'mostPixels=100000000',
    read: (value) => (/^\d+$/.test(value) ? { mostPixels: Number(value) } : undefined),
    write: ({ mostPixels }) => mostPixels?.toString(),
  },
}

/** Classes as one text. */
export const chosenText = (classes: readonly (string | number)[]): string => classes.join('+')

function sidesIn(value: string): readonly [number] | readonly [number, number] | undefined {
  if (!/^\d+(x\d+)?$/.test(value)) return undefined
  const [height, width] = value.split('x').map(Number) as [number, number?]
  return width === undefined ? [height] : [height, width]
}

function cropIn(value: string): Crop | undefined {
  if (value === 'center') return { policy: 'center' }
  const sides = sidesIn(value)
  if (sides === undefined) return undefined
  return sides.length === 1
    ? { policy: 'shorter-side', resize: sides[0] }
    : { policy: 'exact', resize: sides }
}

/**
 * Reads the options between `@` and the first `:` of a source's text.
 *
 * @throws BlindspotError `bad-option`, with the options that there are
 */
export const readTexts = (source: string, text: string): Texts => readOptions(source, text, OPTIONS, {})

/** Options as a source's text has them, with the `@` before; empty for none. */
export const textsOf = (options: Texts): string => optionsText(options, OPTIONS)

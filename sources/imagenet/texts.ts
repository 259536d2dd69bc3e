import { BlindspotError } from '../../operators/errors.js'
import type { Crop } from '../../operators/classifier/framing.js'
import type { ImagenetOptions } from './options.js'

type Texts = Omit<ImagenetOptions, 'shuffle' | 'skip' | 'limit' | 'batchSize'>

/** An option of a source's text: how it is read and written, and what a value looks like. */
interface Text {
  readonly form: string
  /** The option; undefined for a value that is none. */
  read(value: string): Partial<Texts> | undefined
  readonly write: (options: Texts) => string | undefined
}

const flag = 'exif'

const OPTIONS: Readonly<Record<string, Text>> = {
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
  [flag]: {
    form: 'exif',
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
export function readTexts(source: string, text: string): Texts {
  let options: Texts = {}
  const seen = new Set<string>()
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
    if (option && seen.has(name))
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(source)}: expected ${name} once, got it again`,
      )
    seen.add(name)
    const read = option?.read(value)
    if (read === undefined || at < 0 !== (name === flag))
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(source)}: ${JSON.stringify(part)}: expected ${option ? option.form : `an option: ${forms()}`}`,
      )
    options = { ...options, ...read }
  }
  return options
}

const forms = () =>
  Object.values(OPTIONS)
    .map(({ form }) => form)
    .join(', ')

/** Options as a source's text has them, with the `@` before; empty for none. */
export function textsOf(options: Texts): string {
  const parts = Object.entries(OPTIONS).flatMap(([name, { write }]) => {
    const value = write(options)
    return value === undefined ? [] : [name === flag ? name : `${name}=${value}`]
  })
  return parts.length === 0 ? '' : `@${parts.join(',')}`
}

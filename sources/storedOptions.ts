import { PIXEL_TEXTS } from './pixelTexts.js'
import { BlindspotError } from '../operators/errors.js'
import type { ImageShape } from '../operators/records/image.js'
import { optionsText, readOptions, type TextOptions } from './textOptions.js'
import { checkWhere, type Where, type WhereCondition, type WhereValue } from './where.js'
import type { Known } from '../operators/options/knownOptions.js'

/** Which images of Parquet or Arrow files, and what they are there. */
export interface StoredOptions {
  /** Of the table `examples` the adversarial images, of successes alone; else the clean ones, each once. Default false. */
  readonly adversarial?: boolean | undefined
  /** Which rows are images, as of `readParquet`. Default: all. */
  readonly where?: Where | undefined
  /** Column of the images, of files that are no table of a data set. Default: the one that can be. */
  readonly image?: string | undefined
  /** Column of their classes. Default: `label`, `labels`, `target`, `class` or `fine_label`, or else they have none. */
  readonly label?: string | undefined
  /**
   * Height, width and channels. Of lists: default as they are nested, or as the schema's metadata says, or else 1 × values × 1. Of
   * encoded images: all of each is brought to it; default as the network takes photographs, or else the first one's own.
   */
  readonly shape?: ImageShape | undefined
  /** What 1 is in numbers: 255 for bytes. Default: 255 of `uint8`, else 1. */
  readonly scale?: number | undefined
  /** Whether the numbers of an image are channel by channel, channels × height × width. Default false. */
  readonly planes?: boolean | undefined
  /** Name that identifies the samples. Default: `parquet-` or `arrow-` and 12 digits of a hash of the files and these options. */
  readonly dataset?: string | undefined
  /** Name of the split. Default `all`. */
  readonly split?: string | undefined
}

/** The options that there are. */
export const STORED_OPTIONS: Known<StoredOptions> = {
  ...{ adversarial: true, where: true, image: true, label: true, shape: true, scale: true },
  ...{ planes: true, dataset: true, split: true },
}

/** Options that only files have which are no table of a data set. */
export const FOREIGN = ['image', 'label', 'shape', 'scale', 'planes', 'dataset', 'split'] as const

/**
 * Checks options, before anything is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkStoredOptions(owner: string, options: StoredOptions): void {
  const { where, shape, scale } = options
  if (where) checkWhere(where)
  const wrong = (name: string, expected: string, got: unknown) =>
    new BlindspotError('bad-option', `${owner}: ${name}: expected ${expected}, got ${JSON.stringify(got)}`)
  for (const name of ['image', 'label', 'dataset', 'split'] as const)
    if (options[name] !== undefined && (typeof options[name] !== 'string' || options[name] === ''))
      throw wrong(name, 'a name', options[name])
  if (scale !== undefined && !(scale > 0 && scale < Infinity)) throw wrong('scale', 'a number over 0', scale)
  const sizes: unknown = shape ?? [1]
  if (!(Array.isArray(sizes) && sizes.every((n) => Number.isSafeInteger(n) && Number(n) >= 1)))
    throw wrong('shape', 'height, width and channels', shape)
  const given = FOREIGN.find((name) => options[name] !== undefined && options[name] !== false)
  if (options.adversarial && given !== undefined)
    throw new BlindspotError(
      'bad-option',
      `${owner}: ${given}: is of other files than a data set's, and adversarial of its table examples; leave one out`,
    )
}

const named = (name: 'image' | 'label' | 'dataset' | 'split', form: string) => ({
  form,
  read: (value: string) => (value === '' ? undefined : { [name]: unescaped(value) }),
  write: (options: StoredOptions) => escaped(options[name]),
})

const TEXTS: TextOptions<StoredOptions> = {
  adversarial: {
    form: 'adversarial',
    isFlag: true,
    read: (value) => (value === '' ? { adversarial: true } : undefined),
    write: ({ adversarial }) => (adversarial ? '' : undefined),
  },
  original: {
    form: 'original',
    isFlag: true,
    read: (value) => (value === '' ? { adversarial: false } : undefined),
    write: () => undefined,
  },
  where: {
    form: 'where=COLUMN=VALUE',
    isMany: true,
    read(value, { where }) {
      const at = value.indexOf('=')
      if (at < 1 || at === value.length - 1) return undefined
      const [name, text] = [value.slice(0, at), value.slice(at + 1)].map(unescaped)
      return { where: { ...where, [name]: conditionOf(text) } }
    },
    write: ({ where }) =>
      where &&
      Object.entries(where).map(
        ([name, condition]) => `${encodeURIComponent(name)}=${conditionText(condition)}`,
      ),
  },
  image: named('image', 'image=COLUMN'),
  label: named('label', 'label=COLUMN'),
  ...PIXEL_TEXTS,
  dataset: named('dataset', 'dataset=NAME'),
  split: named('split', 'split=NAME'),
}

/** A name or value may have what ends an option as in a URL: `%2C` for a comma, `%3A` for a colon. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const escaped = (text: string | undefined) => text?.replace(/[%,:]/g, (one) => encodeURIComponent(one))

/** What a text can be, whatever the column's type. */
function valuesOf(text: string): readonly WhereValue[] {
  const number = text.trim() === '' ? NaN : Number(text)
  return [
    text,
    ...(Number.isNaN(number) ? [] : [/^[+-]?\d+$/.test(text) ? BigInt(text) : number]),
    ...(text === 'true' || text === 'false' ? [text === 'true'] : []),
  ]
}

/** A text stands for itself, or is a condition of code as JSON. */
export function conditionOf(text: string): WhereCondition {
  try {
    const found: unknown = text.startsWith('{') ? JSON.parse(text) : undefined
    if (typeof found === 'object' && found !== null) return found
  } catch {
    // it stands for itself
  }
  return { in: valuesOf(text) }
}

/** A condition of a text as it was; of code as JSON. */
function conditionText({ in: some = [], ...others }: WhereCondition): string {
  const [first] = some
  const isOfText = typeof first === 'string' && valuesOf(first).length === some.length
  if (isOfText && Object.keys(others).length === 0) return encodeURIComponent(first)
  return encodeURIComponent(
    JSON.stringify({ ...(some.length > 0 && { in: some }), ...others }, (_, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    ),
  )
}

/** Reads the options of `parquet@OPTIONS:PATH`. */
export const readStoredOptions = (source: string, text: string): StoredOptions =>
  readOptions(source, text, TEXTS, {})

/** Options as a source's text has them, with the `@` before; empty for none. */
export const storedText = (options: StoredOptions): string => optionsText(options, TEXTS)

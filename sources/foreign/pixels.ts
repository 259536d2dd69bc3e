import { BlindspotError } from '../../operators/errors.js'
import type { ImageShape } from '../../operators/records/image.js'
import { RowError } from '../../operators/records/rowError.js'
import type { StoredOptions } from '../storedOptions.js'
import type { NumbersOfRow } from './nestedNumbers.js'

/** Where a row is. */
export interface Place {
  readonly path: string
  readonly column: string
  /** Row of the file. */
  readonly row: number
}

/** How the numbers of rows become pixels. */
export interface NumberForm {
  readonly shape: ImageShape
  /** Whether the shape is asked for: then other images are left out. */
  readonly isAsked: boolean
  /** What 1 is. */
  readonly scale: number
  /** Whether that is asked for, or the type says it. */
  readonly isScaled: boolean
  readonly planes: boolean
  /** Of lists in lists how many each has, where the shape is theirs. */
  readonly sizes: readonly number[] | undefined
}

/**
 * The shape of images that are lists of numbers, by the first one.
 *
 * @param noted in the metadata, as `[28,28,1]`
 * @throws BlindspotError `bad-data` for lists that are no image, or whose order is not clear
 */
export function shapeOf(
  { sizes, values }: NumbersOfRow,
  { shape, planes = false }: Pick<StoredOptions, 'shape' | 'planes'>,
  noted: string | undefined,
  { path, column }: Place,
): ImageShape | undefined {
  if (shape) return shape
  const [a, b, c] = sizes
  const lists = `${path}: column ${column}: its lists are ${sizes.join(' × ')}`
  if (sizes.length === 3) {
    if (planes) return [b, c, a]
    if (isChannels(a) && !isChannels(c))
      throw new BlindspotError(
        'bad-data',
        `${lists}, which may be channels × height × width: say planes where they are, else shape=${sizes.join('x')}`,
      )
    return [a, b, c]
  }
  if (sizes.length > 3) throw new BlindspotError('bad-data', `${lists}; expected three sizes at most`)
  if (planes)
    throw new BlindspotError(
      'bad-option',
      `${path}: planes: expected a shape beside it, as shape=32x32x3: lists of ${values.length} numbers do not tell`,
    )
  if (sizes.length === 2) return [a, b, 1]
  const [height, width, channels] = noted?.match(/\d+/g)?.map(Number) ?? []
  return height * width * channels === values.length ? [height, width, channels] : undefined
}

const isChannels = (size: number) => size === 1 || size === 3 || size === 4

/**
 * The pixels of a row.
 *
 * @throws BlindspotError `bad-data`, a reason without a place, where they are no image; RowError where it is the options that do not
 * fit: numbers of another range, lists of several lengths
 */
export function pixelsOf(
  { values, sizes }: NumbersOfRow,
  form: NumberForm,
  { path, column, row }: Place,
): Float32Array {
  const { shape, isAsked, scale, isScaled, planes } = form
  const [height, width, channels] = shape
  const wrong = (expected: string, got: string) => new RowError(row, column, expected, got).in(path, 0)
  const size = height * width * channels
  if (form.sizes && sizes.join() !== form.sizes.join())
    throw wrong(
      `lists of ${form.sizes.join(' × ')}, as the rows before have`,
      `${sizes.join(' × ')}; with a shape, as shape=28x28x1, the number of values alone has to fit`,
    )
  if (values.length !== size) {
    if (isAsked)
      throw new BlindspotError('bad-data', `expected ${shape.join(' × ')} values, got ${values.length}`)
    throw wrong(
      `${size} values, as the rows before have`,
      `${values.length}; with a shape, as shape=28x28x1, such rows are left out`,
    )
  }
  const pixels = new Float32Array(size)
  const area = height * width
  for (let at = 0; at < size; at++) {
    const value = values[at]
    if (!(value >= 0 && value <= scale)) {
      if (isScaled || !Number.isFinite(value))
        throw new BlindspotError('bad-data', `expected values from 0 to ${scale}, got ${value} at ${at}`)
      throw wrong('values from 0 to 1', `${value} at ${at}; say what 1 is, as scale=255`)
    }
    pixels[planes ? (at % area) * channels + Math.floor(at / area) : at] = value / scale
  }
  return pixels
}

import { BlindspotError, warnOnce } from '../../operators/errors.js'
import type { ImageShape } from '../../operators/records/image.js'
import { writePixels } from '../levels.js'
import type { NpyArray } from './npy.js'

/** Largest height and width in pixels. */
const LARGEST_EXTENT = 65_535

/** What rows are as images. */
export interface RowForm {
  readonly shape: ImageShape
  /** Whether a row is channel by channel. */
  readonly planes: boolean
}

/**
 * The shape of the images that an array's rows are.
 *
 * @throws BlindspotError `bad-data` for rows that are no image, or whose order is not clear; `bad-option` for a shape of another size
 */
export function shapeOfRows(
  { place, shape: [, ...row], values }: NpyArray,
  {
    shape,
    planes = false,
  }: { readonly shape?: ImageShape | undefined; readonly planes?: boolean | undefined },
): RowForm {
  const is = `its rows are ${row.length === 0 ? 'single numbers' : row.join(' × ')}`
  const wrong = (what: string) => new BlindspotError('bad-data', `${place}: ${is}; ${what}`)
  if (shape !== undefined) {
    if (shape[0] * shape[1] * shape[2] !== values)
      throw new BlindspotError(
        'bad-option',
        `${place}: shape: expected height × width × channels of ${values} values, got ${shape.join('x')}`,
      )
    return { shape, planes }
  }
  if (row.length === 0 || row.length > 3 || row.some((size) => size < 1 || size > LARGEST_EXTENT * 65_536))
    throw wrong('expected images of height × width, with channels or without, or rows of values')
  if (row.length === 3) {
    const [a, b, c] = row
    if (planes) return { shape: [b, c, a], planes }
    if (isChannels(a) && !isChannels(c))
      throw wrong(
        `which seems to be channels × height × width: say planes where it is, else shape=${row.join('x')}`,
      )
    return { shape: [a, b, c], planes }
  }
  if (planes)
    throw new BlindspotError(
      'bad-option',
      `${place}: planes: ${is}; expected channels × height × width, or a shape beside it, as shape=32x32x3`,
    )
  if (row.length === 2) return { shape: [row[0], row[1], 1], planes }
  const side = Math.sqrt(values)
  if (Number.isInteger(side)) return { shape: [side, side, 1], planes }
  if (Number.isInteger(Math.sqrt(values / 3)))
    throw wrong(
      `which may be images of three channels: say shape=${Math.sqrt(values / 3)}x${Math.sqrt(values / 3)}x3, with planes where they are channel by channel, or shape=1x${values}x1`,
    )
  warnOnce(`${place}: its rows are taken as 1 × ${values} × 1; shape=HEIGHTxWIDTHxCHANNELS says otherwise`)
  return { shape: [1, values, 1], planes }
}

const isChannels = (size: number) => size === 1 || size === 3 || size === 4

/**
 * Reads rows as pixels from 0 to 1.
 *
 * @param form.scale what 1 is; default 255 of bytes, else 1
 */
export function imagesIn(array: NpyArray, form: RowForm & { readonly scale?: number | undefined }) {
  const { place, type, values } = array
  const { planes, shape } = form
  const scale = form.scale ?? (type === 'u1' ? 255 : 1)
  const area = shape[0] * shape[1]
  return async (positions: Int32Array): Promise<Float32Array> => {
    const numbers = await array.rows(positions)
    const pixels = new Float32Array(positions.length * values)
    if (numbers instanceof Uint8Array && scale === 255) writePixels(numbers, pixels)
    else
      for (let at = 0; at < pixels.length; at++) {
        const value = numbers[at]
        if (!(value >= 0 && value <= scale))
          throw outside(place, positions[Math.floor(at / values)], value, scale, form.scale !== undefined)
        pixels[at] = value / scale
      }
    return planes ? withChannelsLast(pixels, area, shape[2]) : pixels
  }
}

function outside(place: string, row: number, value: number, scale: number, isAsked: boolean): BlindspotError {
  const hint =
    isAsked || !Number.isFinite(value)
      ? ''
      : value < 0
        ? '; bring them to 0 to 1 before they are saved'
        : `; say what 1 is, as scale=${value > 1 && value <= 255 ? 255 : Math.ceil(value)}`
  return new BlindspotError(
    'bad-data',
    `${place}: row ${row}: expected values from 0 to ${scale}, got ${value}${hint}`,
  )
}

/** Images that are channel by channel, pixel by pixel. */
export function withChannelsLast<T extends Float32Array | Uint8Array>(
  values: T,
  area: number,
  channels: number,
): T {
  const own = values.slice() as T
  const size = area * channels
  for (let from = 0; from < own.length; from += size)
    for (let channel = 0; channel < channels; channel++)
      for (let pixel = 0; pixel < area; pixel++)
        own[from + pixel * channels + channel] = values[from + channel * area + pixel]
  return own
}

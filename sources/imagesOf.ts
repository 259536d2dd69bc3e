import { requireKnown } from '../operators/options/knownOptions.js'
import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { positiveInteger } from '../operators/flow/positiveInteger.js'
import { stream } from '../operators/flow/stream.js'
import type { ImageBatch, ImageShape } from '../operators/records/image.js'

/** Images in memory. */
export interface ImageArrays {
  /** The images one after the other, [n × height × width × channels], or an array for each. Bytes are 0 to 255, others 0 to 1. */
  readonly pixels: ArrayLike<number> | readonly ArrayLike<number>[]
  /** [n] class of each, a whole number from 0. */
  readonly labels: ArrayLike<number>
  /** Height, width and channels of an image. */
  readonly shape: ImageShape
}

/** Options of `imagesOf`. */
export interface ImagesOfOptions {
  /** Name that identifies the samples together with split and index. Default `own`. */
  readonly dataset?: string | undefined
  /** Name of the split. Default `all`. */
  readonly split?: string | undefined
  /** Rows of a batch; the last one may be shorter. Default 256. */
  readonly batchSize?: number | undefined
  /** What 1 is in numbers. Default: 255 of bytes (Uint8Array, Uint8ClampedArray), else 1. */
  readonly scale?: number | undefined
}

/**
 * Images that are in memory as a stream of batches: typed arrays, arrays of numbers, or an array for each image. `index` is the
 * position. The arrays are read at each subscription and not changed.
 *
 * @throws BlindspotError `bad-option` at once for options and a shape that is none; `bad-data` at once for lengths that do not fit each
 * other, labels that are none and pixels out of range, naming the image
 * @example imagesOf({ pixels: new Uint8Array(2 * 784), labels: [3, 5], shape: [28, 28, 1] }, { dataset: 'mine' })
 */
export function imagesOf(arrays: ImageArrays, options: ImagesOfOptions = {}): Observable<ImageBatch> {
  requireKnown<ImagesOfOptions>('imagesOf', options, {
    ...{ dataset: true, split: true, batchSize: true, scale: true },
  })
  const given: unknown = arrays
  if (typeof given !== 'object' || given === null)
    throw new BlindspotError(
      'bad-option',
      `imagesOf: expected an object of pixels, labels and shape, got ${given === null ? 'null' : typeof given}`,
    )
  for (const name of ['pixels', 'labels', 'shape'] as const)
    if ((arrays[name] as unknown) === undefined)
      throw new BlindspotError('bad-option', `imagesOf: ${name}: expected a value, got none`)
  const { shape, labels } = arrays
  const { dataset = 'own', split = 'all', batchSize = 256 } = options
  positiveInteger('imagesOf', 'batchSize', batchSize)
  for (const [name, value] of Object.entries({ dataset, split }))
    if (typeof value !== 'string' || value === '')
      throw new BlindspotError(
        'bad-option',
        `imagesOf: ${name}: expected a name, got ${JSON.stringify(value)}`,
      )
  checkShape(shape)
  const values = shape[0] * shape[1] * shape[2]
  const images = imagesIn(arrays, values)
  const scale = options.scale ?? (areBytes(arrays.pixels) ? 255 : 1)
  if (!(scale > 0 && scale < Infinity))
    throw new BlindspotError('bad-option', `imagesOf: scale: expected a number over 0, got ${scale}`)
  check(images, labels, values, scale, options.scale !== undefined)
  return stream(function* () {
    for (let from = 0; from < images.count; from += batchSize) {
      const rows = Math.min(batchSize, images.count - from)
      const pixels = new Float32Array(rows * values)
      for (let at = 0; at < pixels.length; at++)
        pixels[at] = images.value(from + Math.floor(at / values), at % values) / scale
      yield {
        ...{ dataset, split, shape, pixels },
        index: Int32Array.from({ length: rows }, (_, row) => from + row),
        label: Int32Array.from({ length: rows }, (_, row) => labels[from + row]),
      }
    }
  })
}

/** Numbers by image and place. */
interface Images {
  readonly count: number
  value(image: number, at: number): number
}

/** Whether there is an array for each image. */
const areMany = (pixels: ImageArrays['pixels']): pixels is readonly ArrayLike<number>[] =>
  Array.isArray(pixels) && typeof pixels[0] === 'object'

function areBytes(pixels: ImageArrays['pixels']): boolean {
  const first: unknown = areMany(pixels) ? pixels[0] : pixels
  return first instanceof Uint8Array || first instanceof Uint8ClampedArray
}

function imagesIn({ pixels, labels, shape }: ImageArrays, values: number): Images {
  const wrong = (expected: string, got: string) =>
    new BlindspotError(
      'bad-data',
      `imagesOf: pixels: expected ${expected} (shape ${shape.join(' × ')}), got ${got}`,
    )
  if (areMany(pixels)) {
    if (pixels.length !== labels.length)
      throw wrong(`${labels.length} images, as many as labels`, `${pixels.length}`)
    const other = pixels.findIndex((image) => image.length !== values)
    if (other >= 0) throw wrong(`${values} values an image`, `${pixels[other].length} of image ${other}`)
    return { count: pixels.length, value: (image, at) => pixels[image][at] }
  }
  if (pixels.length !== labels.length * values)
    throw wrong(
      `${labels.length * values} values, ${values} for each of ${labels.length} labels`,
      `${pixels.length}`,
    )
  return { count: labels.length, value: (image, at) => pixels[image * values + at] }
}

function checkShape(shape: ImageShape): void {
  const sizes: readonly number[] = shape
  if (sizes.length === 3 && sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) return
  throw new BlindspotError(
    'bad-option',
    `imagesOf: shape: expected height, width and channels, as [28, 28, 1], got ${JSON.stringify(shape)}`,
  )
}

function check(
  images: Images,
  labels: ArrayLike<number>,
  values: number,
  scale: number,
  isScaled: boolean,
): void {
  for (let image = 0; image < images.count; image++) {
    const label = labels[image]
    if (!(Number.isInteger(label) && label >= 0 && label < 2 ** 31))
      throw new BlindspotError(
        'bad-data',
        `imagesOf: labels: image ${image}: expected a whole number from 0, got ${String(label)}`,
      )
    for (let at = 0; at < values; at++) {
      const value = images.value(image, at)
      if (value >= 0 && value <= scale) continue
      const isOfBytes = !isScaled && value > 1 && value <= 255
      throw new BlindspotError(
        'bad-data',
        `imagesOf: pixels: image ${image}, value ${at}: expected 0 to ${scale}, got ${String(value)}` +
          (isOfBytes ? '; of values from 0 to 255 say { scale: 255 }, or give them as Uint8Array' : ''),
      )
    }
  }
}

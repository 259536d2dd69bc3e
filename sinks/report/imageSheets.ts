import { createHash } from 'node:crypto'
import type { ImageShape } from '../../operators/records/image.js'
import type { ImageSheet, SheetPlace } from './content.js'
import { dataUri } from './dataUri.js'

/** Longest side of a picture, pixels: larger images are shrunk. */
const LONGEST = 80
/** Pictures beside each other on a sheet. */
const COLUMNS = 40

interface Picture {
  readonly shape: ImageShape
  readonly pixels: Float32Array
}

/**
 * Gathers the images of a page, each of which is shown many times, on sheets that hold it once; one sheet per shape. Images
 * of over 80 pixels a side are shrunk by a whole factor, to the means of the pixels that become one.
 */
export class ImageSheets {
  readonly #sheets = new Map<string, Picture[]>()
  readonly #places = new Map<string, SheetPlace>()

  /** Takes an image, grey or RGB, in [0, 1]; says where its picture is. */
  add(pixels: Float32Array, shape: ImageShape): SheetPlace {
    const key = createHash('sha256')
      .update(shape.join())
      .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
      .digest('base64')
    const place = this.#places.get(key) ?? this.#added(shrunk({ pixels, shape }))
    this.#places.set(key, place)
    return place
  }

  #added(picture: Picture): SheetPlace {
    const name = picture.shape.join()
    const pictures = this.#sheets.get(name) ?? []
    this.#sheets.set(name, pictures)
    const at = pictures.push(picture) - 1
    const sheet = [...this.#sheets.keys()].indexOf(name)
    return { sheet, column: at % COLUMNS, row: Math.floor(at / COLUMNS) }
  }

  /** The sheets of all images that were added. */
  sheets(): readonly ImageSheet[] {
    return [...this.#sheets.values()].map(sheetOf)
  }
}

/** How many values an image's picture has. */
export function pictureValues(shape: ImageShape): number {
  const [height, width, channels] = pictureShape(shape)
  return height * width * channels
}

function sheetOf(pictures: readonly Picture[]): ImageSheet {
  const [height, width, channels] = pictures[0].shape
  const columns = Math.min(COLUMNS, pictures.length)
  const rows = Math.ceil(pictures.length / columns)
  const line = width * channels
  const all = new Float32Array(columns * rows * height * line)
  pictures.forEach(({ pixels }, i) => {
    for (let y = 0; y < height; y++) {
      const top = Math.floor(i / columns) * height + y
      all.set(pixels.subarray(y * line, (y + 1) * line), (top * columns + (i % columns)) * line)
    }
  })
  return { uri: dataUri(all, [rows * height, columns * width, channels]), width, height, columns, rows }
}

const factorOf = ([height, width]: ImageShape) => Math.ceil(Math.max(height, width) / LONGEST)

function pictureShape(shape: ImageShape): ImageShape {
  const [height, width] = [shape[0], shape[1]].map((side) => Math.max(1, Math.floor(side / factorOf(shape))))
  return [height, width, shape[2]]
}

function shrunk({ pixels, shape }: Picture): Picture {
  const factor = factorOf(shape)
  if (factor === 1) return { pixels, shape }
  const [, width, channels] = shape
  const small = pictureShape(shape)
  const sums = new Float32Array(small[0] * small[1] * channels)
  for (let y = 0; y < small[0] * factor; y++)
    for (let x = 0; x < small[1] * factor; x++)
      for (let c = 0; c < channels; c++) {
        const at = Math.floor(y / factor) * small[1] + Math.floor(x / factor)
        sums[at * channels + c] += pixels[(y * width + x) * channels + c]
      }
  return { pixels: sums.map((sum) => sum / factor ** 2), shape: small }
}

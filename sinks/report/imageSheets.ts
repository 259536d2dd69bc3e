import { createHash } from 'node:crypto'
import type { ImageShape } from '../../operators/records/image.js'
import { shrunk, shrunkShape, type ShrunkImage } from '../grid/shrunk.js'
import type { ImageSheet, SheetPlace } from './content.js'
import { dataUri } from './dataUri.js'

/** Longest side of a picture, pixels: larger images are shrunk. */
const LONGEST = 80
/** Pictures beside each other on a sheet. */
const COLUMNS = 40

/**
 * Gathers the images of a page, each of which is shown many times, on sheets that hold it once; one sheet per shape. Images
 * of over 80 pixels a side are shrunk by a whole factor, to the means of the pixels that become one.
 */
export class ImageSheets {
  readonly #sheets = new Map<string, ShrunkImage[]>()
  readonly #places = new Map<string, SheetPlace>()

  /** Takes an image, grey or RGB, in [0, 1]; says where its picture is. */
  add(pixels: Float32Array, shape: ImageShape): SheetPlace {
    const key = createHash('sha256')
      .update(shape.join())
      .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
      .digest('base64')
    const place = this.#places.get(key) ?? this.#added(shrunk({ pixels, shape }, LONGEST))
    this.#places.set(key, place)
    return place
  }

  #added(picture: ShrunkImage): SheetPlace {
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
  const [height, width, channels] = shrunkShape(shape, LONGEST)
  return height * width * channels
}

function sheetOf(pictures: readonly ShrunkImage[]): ImageSheet {
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

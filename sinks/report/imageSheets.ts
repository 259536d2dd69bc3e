import { createHash } from 'node:crypto'
import type { ImageShape } from '../../operators/records/image.js'
import { shrunk, shrunkShape, type ShrunkImage } from '../grid/shrunk.js'
import type { ImageSheet, SheetPlace } from './content.js'
import { dataUri, isPhotograph } from './dataUri.js'

/** Longest side of a picture, pixels: larger images are shrunk. */
const LONGEST = 80
/** Pictures beside each other on a sheet. */
const COLUMNS = 40

/** Pictures of one shape. */
interface Sheet {
  readonly pictures: ShrunkImage[]
  /** Whether they were made smaller from photographs. */
  readonly isOfPhotographs: boolean
}

/**
 * Gathers the images of a page, each of which is shown many times, on sheets that hold it once; one sheet per shape. Images
 * of over 80 pixels a side are shrunk by a whole factor, to the means of the pixels that become one.
 */
export class ImageSheets {
  readonly #sheets = new Map<string, Sheet>()
  readonly #places = new Map<string, SheetPlace>()

  /** Takes an image, grey or RGB, in [0, 1]; says where its picture is. */
  add(pixels: Float32Array, shape: ImageShape): SheetPlace {
    const key = createHash('sha256')
      .update(shape.join())
      .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
      .digest('base64')
    const place =
      this.#places.get(key) ?? this.#added(shrunk({ pixels, shape }, LONGEST), isPhotograph(shape))
    this.#places.set(key, place)
    return place
  }

  #added(picture: ShrunkImage, isOfPhotographs: boolean): SheetPlace {
    const name = picture.shape.join()
    const sheet = this.#sheets.get(name) ?? { pictures: [], isOfPhotographs }
    this.#sheets.set(name, sheet)
    const at = sheet.pictures.push(picture) - 1
    const place = [...this.#sheets.keys()].indexOf(name)
    return { sheet: place, column: at % COLUMNS, row: Math.floor(at / COLUMNS) }
  }

  /** The sheets of all images that were added. */
  sheets(): Promise<readonly ImageSheet[]> {
    return Promise.all([...this.#sheets.values()].map(imageSheet))
  }
}

/** A photograph's picture takes so many bytes for each of its values, beside one of others. */
const PACKED = 0.3

/** What an image's picture weighs on a sheet, about, in bytes. */
export function pictureBytes(shape: ImageShape): number {
  const [height, width, channels] = shrunkShape(shape, LONGEST)
  return (isPhotograph(shape) ? PACKED : 1) * height * width * channels
}

async function imageSheet({ pictures, isOfPhotographs }: Sheet): Promise<ImageSheet> {
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
  const uri = await dataUri(all, [rows * height, columns * width, channels], isOfPhotographs)
  return { uri, width, height, columns, rows }
}

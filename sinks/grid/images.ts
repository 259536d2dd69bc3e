import { basename, dirname } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { positiveInteger } from '../../operators/flow/positiveInteger.js'
import { AtomicFile, removeLeftovers, writeError } from '../../sources/atomicFile.js'
import type { WrittenFile } from '../../sources/atomicFile.js'
import { disk } from '../../sources/store.js'
import type { Writer } from '../writer.js'
import type { Tile } from './page.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

export type { Tile } from './page.js'

/** Options of `ImageGridWriter`. */
export interface ImageGridOptions<T extends Tile = Tile> {
  /** Columns of a page. Default 10. */
  readonly columns?: number
  /** Rows of a page. Default 10. */
  readonly rows?: number
  /** Pixels of the page per pixel of an image, each way. Default 4. */
  readonly scale?: number
  /** Columns that stand close together: 2 for pairs. Default 1. */
  readonly group?: number
  /** What stands above the grid, or what to say above the tiles of a page, pages counted from 1. Default none. */
  readonly title?: string | ((tiles: readonly T[], page: number) => string)
}

/** The pages of a grid, at their names. */
export interface WrittenGrid {
  readonly pages: readonly WrittenFile[]
  readonly tiles: number
}

/** Pixels of a page at most; with the encoder's copies they take 1 GB. */
const MOST_PIXELS = 1e8

/**
 * Writes images with captions as grids, row by row, to PNG files that are complete or absent: `NAME.png`, and for
 * what is more than a page `NAME-2.png`, `NAME-3.png`, …; longer runs of such names from before are removed.
 *
 * Images are enlarged by a whole factor to squares (nearest neighbour), values outside [0, 1] are shown as the nearer
 * of the two. Grey or RGB, 8 bits. The memory is that of one page, `write` resolves when there is room for more, and
 * the bytes are a function of the tiles and options alone. All pages get their names in `close`.
 *
 * Errors: `bad-option` for options that are no whole numbers from 1, another name than `*.png` or a grid without tiles,
 * `bad-data`, naming the tile, for one of another shape than the first one's, of other than 1 or 3 channels, or with a
 * value that is not finite, `io` where the disk refuses; after an error nothing is left.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const writer = new ImageGridWriter('pairs.png', { columns: 10, group: 2, title: 'originals and examples' })
 * await consume(mnist('test', { limit: 16 }).pipe(attack(network)), (batch) => writer.write(pairTiles(batch)))
 * const { pages } = await writer.close()
 */
export class ImageGridWriter<T extends Tile = Tile> implements Writer<readonly T[], WrittenGrid> {
  readonly #options: Required<ImageGridOptions<T>>
  #tiles = 0
  /** Tiles of the page that is not full yet. */
  #page: T[] = []
  /** Pages on the disk, under their temporary names. */
  readonly #finished: AtomicFile[] = []
  #shape: string | undefined
  #failed: Error | undefined
  #closed = false
  #queue: Promise<void> = Promise.resolve()

  constructor(
    readonly path: string,
    options: ImageGridOptions<T> = {},
  ) {
    requireKnown<ImageGridOptions<T>>('ImageGridWriter', options, {
      ...{ columns: true, rows: true, scale: true, group: true, title: true },
    })
    const { columns = 10, rows = 10, scale = 4, group = 1, title = '' } = options
    for (const [name, value] of Object.entries({ columns, rows, scale, group }))
      positiveInteger('ImageGridWriter', name, value)
    if (!path.endsWith('.png'))
      throw new BlindspotError('bad-option', `ImageGridWriter: path: expected a file *.png, got ${path}`)
    this.#options = { columns, rows, scale, group, title }
  }

  /** Tiles taken so far. */
  get tiles(): number {
    return this.#tiles
  }

  /** Draws tiles; resolves when there is room for more. */
  write(tiles: readonly T[]): Promise<void> {
    this.#open()
    const written = this.#queue.then(() => this.#write(tiles))
    this.#queue = written.catch(() => undefined)
    return written
  }

  async close(): Promise<WrittenGrid> {
    this.#open()
    this.#closed = true
    await this.#queue
    if (this.#failed !== undefined) throw this.#failed
    const pages: WrittenFile[] = []
    try {
      if (this.#tiles === 0)
        throw new BlindspotError('bad-option', `${this.path}: no tile came; a grid has at least one`)
      if (this.#page.length > 0) await this.#finishPage()
      for (const file of this.#finished) pages.push(file.publish())
      for (let page = pages.length + 1; await disk.remove(this.#pathOf(page)); page++);
      return { pages, tiles: this.#tiles }
    } catch (error) {
      for (const { path } of pages) await disk.remove(path)
      throw await this.#fail(error)
    }
  }

  /** Removes what was written; also after an error, and more than once. */
  async abort(): Promise<void> {
    this.#failed ??= new BlindspotError('io', `${this.path}: the writing was aborted`)
    await this.#queue
    await this.#discard()
  }

  #open(): void {
    if (this.#closed) throw new BlindspotError('bad-option', `${this.path}: the grid is closed`)
  }

  async #write(tiles: readonly T[]): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    try {
      for (const tile of tiles) {
        this.#check(tile)
        // a copy: views would keep every batch in memory that a tile of the page came with
        this.#page.push({ ...tile, pixels: tile.pixels.slice() })
        this.#tiles++
        if (this.#page.length === this.#options.columns * this.#options.rows) await this.#finishPage()
      }
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async #finishPage(): Promise<void> {
    const { drawPage } = await import('./page.js')
    const number = this.#finished.length + 1
    const tiles = this.#page
    this.#page = []
    const { title } = this.#options
    const text = typeof title === 'string' ? title : title(tiles, number)
    const page = drawPage(tiles, text, this.#options).png()
    const path = this.#pathOf(number)
    const file = await AtomicFile.create(path)
    this.#finished.push(file)
    removeLeftovers(dirname(path), basename(path))
    await file.write(page)
    await file.finish()
  }

  #pathOf(page: number): string {
    return page === 1 ? this.path : this.path.replace(/\.png$/, `-${page}.png`)
  }

  #check({ pixels, shape, caption, heading = '' }: Tile): void {
    const refuse = (what: string) =>
      new BlindspotError('bad-data', `${this.path}: tile ${this.#tiles} (${caption}): expected ${what}`)
    const [height, width, channels] = shape
    const text = shape.join(' × ')
    if (typeof caption !== 'string') throw refuse(`a text as caption, got ${String(caption)}`)
    if (typeof heading !== 'string') throw refuse(`a text as heading, got ${String(heading)}`)
    if (![height, width].every((n) => Number.isSafeInteger(n) && n >= 1) || ![1, 3].includes(channels))
      throw refuse(`a shape of height × width × 1 or 3, got ${text}`)
    this.#shape ??= text
    if (text !== this.#shape)
      throw refuse(`the shape ${this.#shape}, as before, got ${text}; write it to another grid`)
    const { columns, rows, scale } = this.#options
    if (columns * rows * height * width * scale ** 2 > MOST_PIXELS)
      throw new BlindspotError(
        'bad-option',
        `${this.path}: a page of ${columns} × ${rows} images of ${text} at scale ${scale} is too large; choose fewer or a smaller scale`,
      )
    if (pixels.length !== height * width * channels)
      throw refuse(`${height * width * channels} values for its shape ${text}, got ${pixels.length}`)
    const at = pixels.findIndex((value) => !Number.isFinite(value))
    if (at >= 0) throw refuse(`finite values, got ${pixels[at]} at ${at}`)
  }

  async #fail(error: unknown): Promise<Error> {
    // what a title's function throws is its own
    this.#failed ??= isSystem(error) ? writeError(this.path, error) : (error as Error)
    await this.#discard()
    return this.#failed
  }

  async #discard(): Promise<void> {
    this.#page = []
    for (const file of this.#finished) await file.abort()
  }
}

const isSystem = (error: unknown) => error instanceof Error && 'syscall' in error

import { availableParallelism } from 'node:os'
import type { Observable } from 'rxjs'
import { stream } from '../operators/flow/stream.js'
import { requireText } from '../operators/options/requireKinds.js'
import type { ImageBatch } from '../operators/records/image.js'
import type { LookedAt } from './imageFolder/look.js'
import {
  checkFolderOptions,
  folderText,
  readFolderOptions,
  type ImageFolderOptions,
  type ImageFolderSourceOptions,
} from './imageFolder/options.js'
import type { Source, SourceKind } from './imageSource.js'
import { once } from './indexed.js'
import { seedOf } from './select.js'
import { checkIdentified, checkOpened } from './sourceOptions.js'

export type { ImageFolderOptions, ImageFolderSourceOptions } from './imageFolder/options.js'

/**
 * Images in a folder for each class as batches of pixels in [0, 1], at their own size: PNG, JPEG, WebP, GIF, TIFF or AVIF.
 *
 * Greys have one channel where all images are grey, else all have three, RGB. Classes are numbered by the sorted names of the folders.
 * All files are read once before, to see that they are of one size, and for the hash that their name has. `index` is the position in
 * the order of folders and files, whatever is selected. An image that cannot be read takes its position and is in `unreadable` of its
 * batch. For photographs of many sizes, and archives, see `imagenet`. Decoding needs the optional package sharp.
 *
 * Errors: options at the call (`bad-option`); in the stream `bad-option` for what is not there or has no such layout, and for
 * splits that it does not have; `bad-data` for images of several sizes; `io`.
 *
 * @param path a folder of folders of classes, or one of splits, `train` and `test`, that have such
 * @example imageFolder('letters', { split: 'train', shuffle: 1 }).subscribe((batch) => console.log(batch.shape, batch.label))
 */
export function imageFolder(path: string, options: ImageFolderOptions = {}): Observable<ImageBatch> {
  checkFolderOptions(options)
  requireText('imageFolder', path, 'a path')
  return images(
    once(() => look(path, options)),
    options,
  )
}

/**
 * The same as a `Source`. Its identity has a hash of the files' names and bytes.
 *
 * @throws BlindspotError `bad-option`
 */
export function imageFolderSource(path: string, options: ImageFolderSourceOptions = {}): Source {
  checkFolderOptions(options)
  requireText('imageFolderSource', path, 'a path')
  const looked = once(() => look(path, options))
  const order = seedOf(options.shuffle)
  return {
    describe: `folder${folderText(options)}:${path}`,
    async identity(asked = {}) {
      checkIdentified(asked)
      const { hash, listed } = await looked()
      return {
        ...{ dataset: options.dataset ?? nameOf(hash), split: listed.split, hash },
        ...(order !== undefined && { order }),
        // a network of as many classes knows them, another says itself what it takes an image for
        photographs: { labels: 'own' },
      }
    },
    count: async () => (await looked()).listed.labels.length,
    classes: async () => (await looked()).classes,
    open(asked = {}) {
      checkOpened(asked)
      const { batchSize, shuffle = options.shuffle, skip, limit } = asked
      const all = { ...options, batchSize, shuffle, skip, limit }
      checkFolderOptions(all)
      return images(looked, all)
    },
  }
}

/** What reads the files is loaded when they are read. */
const look = async (path: string, options: ImageFolderSourceOptions) =>
  (await import('./imageFolder/look.js')).lookAtFolder(path, options)

const nameOf = (hash: string) => `images-${hash}`

/** Rows of a batch where their number is not asked for. */
const BATCH = 256

const images = (
  looked: () => Promise<LookedAt>,
  { dataset, batchSize = BATCH, shuffle, skip, limit }: ImageFolderOptions,
): Observable<ImageBatch> =>
  stream(async function* (signal) {
    const { toShape } = await import('./foreign/decoder.js')
    const { peek } = await import('./imageFolder/peek.js')
    const { ahead } = await import('./imagenet/ahead.js')
    const { batchesOf } = await import('./imagenet/batches.js')
    const { chosen } = await import('./imagenet/chosen.js')
    const { listed, shape, hash } = await looked()
    const name = dataset ?? nameOf(hash)
    const { decode } = toShape(shape)
    const batching = {
      ...{ dataset: name, split: listed.split, batchSize, shape },
      concurrency: 2 * Math.max(8, availableParallelism()),
      async decode(bytes: Uint8Array) {
        await peek(bytes)
        return decode(bytes)
      },
    }
    yield* ahead(batchesOf(chosen(listed, name, { shuffle, skip, limit }, signal), batching, signal))
  })

/** `folder:PATH`, and the same with options: `folder@split=test,size=32:PATH`. */
export const FOLDER_SOURCES: SourceKind = {
  forms: ['folder:PATH (a folder of images for each class)', 'folder@split=test,size=32,channels=1:PATH'],
  parse(text) {
    const match = /^folder(?:@([^:]*))?:(.+)$/s.exec(text)
    if (!match) return undefined
    const [, options, path] = match as unknown as [string, string | undefined, string]
    return imageFolderSource(path, options === undefined ? {} : readFolderOptions(text, options))
  },
}

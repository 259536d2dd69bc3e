import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import type { ImageBatch } from '../operators/records/image.js'
import { arraysFor } from './arrays/arrayNames.js'
import { imagesIn, shapeOfRows } from './arrays/arrayImages.js'
import { labelsOf } from './arrays/arrayLabels.js'
import { readNpy, type NpyArray } from './arrays/npy.js'
import { zipMembers } from './arrays/zip.js'
import {
  checkNpzOptions,
  npzText,
  readNpzOptions,
  type NpzOptions,
  type NpzSourceOptions,
} from './arrays/npzOptions.js'
import { createHash } from 'node:crypto'
import type { Source, SourceKind } from './imageSource.js'
import { indexedImages, indexedSource, once, type Indexed } from './indexed.js'
import { sha256Of } from './sha256.js'

export type { NpzOptions, NpzSourceOptions } from './arrays/npzOptions.js'

/**
 * Images in an `.npz` file of NumPy as batches of pixels in [0, 1]: an array of images, [n, height, width], [n, height, width, channels]
 * or [n, values], and one of labels, [n] or [n, 1].
 *
 * Arrays are found by their names: `x_train`/`y_train`, `train_images`/`train_labels`, `images`/`labels`, `arr_0`/`arr_1`. Bytes are 0
 * to 255, other numbers 0 to 1 unless `scale` says otherwise. What is stored uncompressed (`numpy.savez`) is read where it lies, what is
 * compressed is kept in memory. `index` is the row.
 *
 * Errors: options at the call (`bad-option`); in the stream `io`, `bad-data` for what is no such file, is truncated, or holds objects,
 * and `bad-option` for splits and arrays that it does not have.
 *
 * @example npz('mnist.npz', { split: 'test', limit: 1000 }).subscribe((batch) => console.log(batch.label))
 */
export function npz(path: string, options: NpzOptions = {}): Observable<ImageBatch> {
  checkNpzOptions(options)
  return indexedImages(
    once(() => load(path, options)),
    options,
  )
}

/**
 * The same as a `Source`. Its identity has a hash of the file's bytes and of what of it is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function npzSource(path: string, options: NpzSourceOptions = {}): Source {
  checkNpzOptions(options)
  return indexedSource(
    `npz${npzText(options)}:${path}`,
    (loaded, chosen) => {
      checkNpzOptions({ ...options, ...chosen })
      return indexedImages(loaded, chosen)
    },
    () => load(path, options),
    options,
  )
}

async function load(path: string, options: NpzSourceOptions): Promise<Indexed> {
  const members = await zipMembers(path)
  const arrays = new Map(
    members.flatMap((member) =>
      member.name.endsWith('.npy') ? [[member.name.slice(0, -4), member] as const] : [],
    ),
  )
  const names = arraysFor(path, [...arrays.keys()], options)
  const open = async (name: string): Promise<NpyArray> => {
    const member = arrays.get(name)
    if (member === undefined) throw new BlindspotError('bad-data', `${path}: there is no array ${name}`)
    return readNpy(await member.range())
  }
  const images = await open(names.images)
  const labels = await labelsOf(await open(names.labels))
  if (images.shape[0] !== labels.length)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected as many labels as images, got ${labels.length} in ${names.labels} and ${images.shape[0]} in ${names.images}`,
    )
  if (labels.length === 0)
    throw new BlindspotError('bad-data', `${path}: expected images, got none in ${names.images}`)
  const { shape, planes } = shapeOfRows(images, options)
  const read = npzText({
    ...options,
    ...{ dataset: undefined, split: undefined, half: undefined, shuffle: undefined },
  })
  const hash = createHash('sha256')
    .update(`${names.images} ${names.labels} ${read} ${await sha256Of(path)}`)
    .digest('hex')
    .slice(0, 12)
  return {
    dataset: options.dataset ?? `npz-${hash}`,
    split: names.split,
    ...{ hash, shape, labels },
    pixels: imagesIn(images, { shape, planes, scale: options.scale }),
  }
}

/** `npz:PATH`, and the same with options: `npz@split=test:PATH`. */
export const NPZ_SOURCES: SourceKind = {
  forms: ['npz:PATH (arrays of NumPy)', 'npz@split=test:PATH'],
  parse(text) {
    const match = /^npz(?:@([^:]*))?:(.+)$/s.exec(text)
    if (!match) return undefined
    const [, options, path] = match as unknown as [string, string | undefined, string]
    return npzSource(path, options === undefined ? {} : readNpzOptions(text, options))
  },
}

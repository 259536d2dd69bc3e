import type { Observable } from 'rxjs'
import { requireText } from '../operators/options/requireKinds.js'
import type { ImageBatch } from '../operators/records/image.js'
import {
  checkNpzOptions,
  npzText,
  readNpzOptions,
  type NpzOptions,
  type NpzSourceOptions,
} from './arrays/npzOptions.js'
import type { Source, SourceKind } from './imageSource.js'
import { indexedImages, indexedSource, once } from './indexed.js'

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
  requireText('npz', path, 'a path')
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
  requireText('npzSource', path, 'a path')
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

/** What reads the file is loaded when it is read. */
const load = async (path: string, options: NpzSourceOptions) =>
  (await import('./arrays/load.js')).loadNpz(path, options)

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

import { availableParallelism } from 'node:os'
import type { Observable } from 'rxjs'
import type { Framing } from '../operators/classifier/framing.js'
import { stream } from '../operators/flow/stream.js'
import type { ImageBatch } from '../operators/records/image.js'
import type { Layout } from './imagenet/layout.js'
import {
  checkImagenetOptions,
  framingOf,
  IMAGENET_SOURCE_OPTIONS,
  usualBatch,
  type ImagenetOptions,
} from './imagenet/options.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireText } from '../operators/options/requireKinds.js'

export type { ImagenetOptions } from './imagenet/options.js'

/**
 * ImageNet, or any photographs in folders of classes, as batches of pixels in [0, 1], RGB, at constant memory.
 *
 * What is at the path is recognised: ILSVRC's folders by wnid, a flat validation folder with its ground truth, the archives as they
 * are downloaded (not unpacked), webdataset shards, Hugging Face's Parquet files. Labels are 0 to 999 by the sorted list of the
 * thousand wnids, whatever folders are there; other folders are numbered by their own sorted names.
 *
 * `index` is the position in the whole split whatever is selected. A photograph that cannot be read takes its position and is in
 * `unreadable` of its batch; a batch has `batchSize` positions, and may be empty. Decoding runs on sharp's threads, a batch ahead
 * of who takes them.
 *
 * Errors: options at the call (`bad-option`); in the stream `bad-option` for what is not there or has no such layout, and
 * for classes and splits that it does not have; `io`, `bad-data`.
 *
 * @param path a folder, an archive, a Parquet file, or a pattern as a shell has it, also `{000000..000146}`
 * @example
 * imagenet('ILSVRC2012', { split: 'val', size: 227, limit: 64 }).subscribe((batch) => console.log(batch.label))
 */
export function imagenet(path: string, options: ImagenetOptions = {}): Observable<ImageBatch> {
  requireKnown<ImagenetOptions>('imagenet', options, {
    ...IMAGENET_SOURCE_OPTIONS,
    ...{ batchSize: true, shuffle: true, skip: true, limit: true },
  })
  requireText('imagenet', path, 'a path')
  checkImagenetOptions(options)
  return photographs(() => layoutOf(path, options.split), options)
}

/** Recognises what is at a path; what reads it is loaded then. */
export const layoutOf = async (path: string, split?: string): Promise<Layout> =>
  (await import('./imagenet/recognise.js')).recognise(path, split)

/** The same of photographs that may be recognised already; what they are is asked at each subscription. */
export function photographs(
  recognised: () => Promise<Layout>,
  options: ImagenetOptions,
  framing: Framing = framingOf(options),
): Observable<ImageBatch> {
  const { batchSize = usualBatch(framing), exif, resize, mostPixels } = options
  return stream(async function* (signal) {
    const { ahead } = await import('./imagenet/ahead.js')
    const { batchesOf } = await import('./imagenet/batches.js')
    const { chosen } = await import('./imagenet/chosen.js')
    const { decodePhotograph } = await import('./photograph/decode.js')
    const layout = await recognised()
    const dataset = options.dataset ?? nameOf(layout)
    const batching = {
      dataset,
      split: layout.split,
      batchSize,
      shape: [...framing.size, 3] as const,
      // reading waits in line with decoding for the same threads
      concurrency: 2 * Math.max(8, availableParallelism()),
      decode: (bytes: Uint8Array) => decodePhotograph(bytes, { framing, exif, resize, mostPixels }),
    }
    yield* ahead(batchesOf(chosen(layout, dataset, options, signal), batching, signal))
  })
}

/** Name that says which photographs they are: all of ILSVRC2012's split, some of its classes, or others. */
export const nameOf = ({ complete, labelling, hash }: Layout): string =>
  complete ? 'imagenet' : `${labelling.kind === 'imagenet' ? 'imagenet' : 'photographs'}-${hash}`

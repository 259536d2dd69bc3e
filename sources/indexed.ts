import type { Observable } from 'rxjs'
import { positiveInteger } from '../operators/flow/positiveInteger.js'
import { stream } from '../operators/flow/stream.js'
import type { ImageBatch, ImageShape } from '../operators/records/image.js'
import type { Source } from './imageSource.js'
import { checkSelection, countOf, seedOf, select, type SelectOptions } from './select.js'
import { checkIdentified, checkOpened } from './sourceOptions.js'

/** Images that are had by their positions, all of one shape. */
export interface Indexed {
  /** Name that identifies the samples together with split and position. */
  readonly dataset: string
  readonly split: string
  /** 12 digits of what the files hold, and what of it is read. */
  readonly hash: string
  readonly shape: ImageShape
  /** [n] class of each, from 0. */
  readonly labels: Int32Array
  /** Names of the classes in the order of their labels. */
  readonly classes?: readonly string[] | undefined
  /** How many classes the labels are of, where that is known. */
  readonly classCount?: number | undefined
  /** The pixels of some positions, [positions × values], from 0 to 1. */
  readonly pixels: (positions: Int32Array) => Promise<Float32Array>
}

/** Which of them, and how many at once. */
export interface IndexedOptions extends SelectOptions {
  /** Rows of a batch; the last one may be shorter. Default 256. */
  readonly batchSize?: number | undefined
}

/**
 * Checks options, before anything is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkIndexed(owner: string, split: string, options: IndexedOptions): void {
  checkSelection(owner, split, options)
  positiveInteger(owner, 'batchSize', options.batchSize ?? 1)
}

/** Images by their positions as batches: of one batch the pixels are in memory, of all the labels. */
export const indexedImages = (
  load: () => Promise<Indexed>,
  options: IndexedOptions,
): Observable<ImageBatch> =>
  stream(async function* () {
    const { dataset, split, shape, labels, pixels } = await load()
    const { batchSize = 256 } = options
    const chosen = select(dataset, split, labels, options)
    for (let from = 0; from < chosen.length; from += batchSize) {
      const index = chosen.slice(from, from + batchSize)
      const label = index.map((position) => labels[position])
      yield { dataset, split, shape, index, label, pixels: await pixels(index) }
    }
  })

/** The same as a `Source`; what is found out once is kept by it. */
export function indexedSource(
  describe: string,
  open: (loaded: () => Promise<Indexed>, options: IndexedOptions) => Observable<ImageBatch>,
  load: () => Promise<Indexed>,
  { half, shuffle: own }: Pick<SelectOptions, 'half' | 'shuffle'> = {},
): Source {
  const loaded = once(load)
  const order = seedOf(own)
  return {
    describe,
    async identity(asked = {}) {
      checkIdentified(asked)
      const { dataset, split, hash } = await loaded()
      return { dataset, split, ...(half && { half }), hash, ...(order !== undefined && { order }) }
    },
    count: async () => countOf((await loaded()).labels.length, { half }),
    classes: async () => (await loaded()).classes,
    async classCount() {
      const { classCount, classes } = await loaded()
      return classCount ?? classes?.length
    },
    leastClasses: async () => leastClasses((await loaded()).labels),
    open(asked = {}) {
      checkOpened(asked)
      const { batchSize, shuffle = own, skip, limit } = asked
      return open(loaded, { half, batchSize, shuffle, skip, limit })
    },
  }
}

/** One more than the largest label. */
export function leastClasses(labels: Int32Array | Uint8Array): number {
  let least = 0
  for (const label of labels) least = Math.max(least, label + 1)
  return least
}

/** What is found out the first time; what failed, and may be repaired, is looked at again. */
export function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined
  return () => {
    found ??= find()
    found.catch(() => (found = undefined))
    return found
  }
}

import type { Observable } from 'rxjs'
import * as v from 'valibot'
import type { ImageBatch } from '../../operators/records/image.js'
import { parseSource } from '../../sources/source.js'
import { seedSchema, wholeFrom1 } from './numbers.js'

/** Which images, in which order, as a step has them. */
export const imagesSchema = v.strictObject({
  /** SOURCE, such as mnist:test; a folder in it that is not absolute is one of the process that performs the step. */
  source: v.string(),
  /** Seed of their order. Default: the source's own. */
  shuffle: v.optional(seedSchema),
  /** How many images, the first in their order: fewer are other images, not less effort. Default: all. */
  first: v.optional(wholeFrom1),
})
/** Images as a step has them: a source, their order and how many. */
export type StepImages = v.InferOutput<typeof imagesSchema>

/** Images that a step can be done on. */
export interface Opened {
  /** What the images are and their order, as JSON, wherever they lie. */
  readonly identity: Readonly<Record<string, unknown>>
  /** What the rows call the images, and where they were read. */
  readonly noted: { readonly source: string; readonly dataset: string; readonly split: string }
  /** Number of images; Infinity where nobody knows. */
  readonly count: number
  /** The images from `skip` to before `end`, in their order. */
  readonly between: (skip: number, end?: number) => Observable<ImageBatch>
}

/** Images of a batch: whole batches are what a step goes on after. */
export const BATCH = 256

/** Finds out what images are; reads as much of the source as that takes. */
export async function openImages({ source: text, shuffle, first = Infinity }: StepImages): Promise<Opened> {
  const source = parseSource(text)
  const { dataset, split, ...more } = await source.identity()
  const all = (await source.count()) ?? Infinity
  const count = Math.min(first, all)
  const chosen = first < all ? first : undefined
  return {
    // what is the same as the source's own order, or as all of it, is the same
    identity: { dataset, split, ...more, shuffle, first: chosen },
    noted: { source: text, dataset, split },
    count,
    between: (skip, end = Infinity) => {
      const last = Math.min(end, count)
      return source.open({
        skip,
        batchSize: BATCH,
        ...(shuffle !== undefined && { shuffle }),
        ...(last < Infinity && { limit: last - skip }),
      })
    },
  }
}

import type { Observable } from 'rxjs'
import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { checkFraming, type Framing } from '../../operators/classifier/framing.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { notedClasses } from '../../sources/classNames.js'
import type { Source } from '../../sources/source.js'
import { seedSchema, wholeFrom1 } from './numbers.js'

const pixels = v.number()
const size = v.pipe(v.strictTuple([pixels, pixels]), v.readonly())

/** How photographs become images of one size, as a step has it. */
const framingSchema = keyed({
  size,
  crop: v.variant('policy', [
    keyed({ policy: v.literal('shorter-side'), resize: pixels }),
    keyed({ policy: v.literal('exact'), resize: size }),
    keyed({ policy: v.literal('center') }),
  ]),
})

/** Which images, in which order, as a step has them. */
export const imagesSchema = keyed({
  /** SOURCE, such as mnist:test; a folder in it that is not absolute is one of the process that performs the step. */
  source: v.string(),
  /** Seed of their order. Default: the source's own. */
  shuffle: v.optional(seedSchema),
  /** How many images, the first in their order: fewer are other images, not less effort. Default: all. */
  first: v.optional(wholeFrom1),
  /** How photographs are brought to one size. Default: as the step's model takes them. */
  framing: v.optional(framingSchema),
})
/** Images as a step has them: a source, their order and how many. */
export type StepImages = v.InferOutput<typeof imagesSchema>

/** Images that a step can be done on. */
export interface Opened {
  /** What the images are and their order, as JSON, wherever they lie. */
  readonly identity: Readonly<Record<string, unknown>>
  /** What the rows call the images, and where they were read. */
  readonly noted: {
    readonly source: string
    readonly dataset: string
    readonly split: string
    /** Whether labels are what the model takes the images for. */
    readonly labels?: 'predicted'
    /** Names of the classes, as `notedClasses` shortens them. */
    readonly classes?: readonly string[] | string | undefined
  }
  /** Number of positions, of images that can be read and others; Infinity where nobody knows. */
  readonly count: number
  /** Names of the classes, where the source has numbered them itself, and they need not be a model's. */
  readonly ownClasses: readonly string[] | undefined
  /** How many classes the labels are of, where the source knows. */
  readonly classCount: number | undefined
  /** How many classes there are at least, by the largest label, where the source knows that. */
  readonly leastClasses: number | undefined
  /** Of each label its superclass, where the images' classes have such. */
  readonly superclasses: Int32Array | undefined
  /** The images of the positions from `skip` to before `end`, in their order; `usual` in place of what they were opened with. */
  readonly between: (skip: number, end?: number, usual?: Framing) => Observable<ImageBatch>
}

/** Images of a batch at most: whole batches are what a step goes on after. */
const BATCH = 256

/**
 * Bytes of pixels that a batch holds at most: 8 photographs of 227 × 227 × 3, whose attack takes a minute, which is what an
 * interruption costs at most.
 */
const BATCH_BYTES = 5_000_000

/** Images of a batch, of so many values each; a function of that alone, so that a step goes on between the same batches. */
export const batchFor = (values: number): number =>
  Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / (4 * values))))

/** Values of a photograph that is framed so; 0 of images that are of one size. */
export const valuesOf = (framing: Framing | undefined): number =>
  framing === undefined ? 0 : 3 * framing.size[0] * framing.size[1]

/**
 * Finds out what images are; reads as much of the source as that takes.
 *
 * @param sources gives a source by its text: one that several steps use is looked at once
 * @param usual how photographs are framed where the step does not say: as its model takes them
 */
export async function openImages(
  { source: text, shuffle, first = Infinity, framing: own }: StepImages,
  sources: { source(text: string): Source },
  usual?: Framing,
): Promise<Opened> {
  if (own) checkFraming('framing', own)
  const source = sources.source(text)
  const { dataset, split, ...more } = await source.identity({ framing: own ?? usual })
  const all = (await source.count()) ?? Infinity
  const classes = await source.classes?.()
  const count = Math.min(first, all)
  const chosen = first < all ? first : undefined
  return {
    // what is the same as the source's own order, or as all of it, is the same
    identity: { dataset, split, ...more, shuffle, first: chosen },
    noted: { source: text, dataset, split, ...(classes && { classes: notedClasses(classes) }) },
    count,
    ownClasses: more.photographs?.['labels'] === 'own' ? classes : undefined,
    classCount: (await source.classCount?.()) ?? classes?.length,
    leastClasses: await source.leastClasses?.(),
    superclasses: await source.superclasses?.(),
    between: (skip, end = Infinity, another = usual) => {
      const last = Math.min(end, count)
      const framing = own ?? another
      return source.open({
        skip,
        batchSize: batchFor(valuesOf(framing)),
        ...(framing && { framing }),
        ...(shuffle !== undefined && { shuffle }),
        ...(last < Infinity && { limit: last - skip }),
      })
    },
  }
}

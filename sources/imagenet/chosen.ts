import { BlindspotError } from '../../operators/errors.js'
import { seedOf, shuffled } from '../select.js'
import { classesNamed } from './classesNamed.js'
import type { Labelling, Layout, Photograph, Streamed, Wanted } from './layout.js'
import type { ImagenetOptions, Shard } from './options.js'
import { shuffleBuffer } from './shuffleBuffer.js'

/** Which photographs of a source, and in which order. */
export type Choice = Pick<ImagenetOptions, 'classes' | 'shard' | 'shuffle' | 'skip' | 'limit'>

/**
 * The photographs that are chosen, in order: first classes and shard, then the shuffle, then skip, then the limit.
 *
 * Those whose names are known are shuffled as a whole, in the order that the seed gives all of the split; those that come in a
 * stream in a buffer.
 */
export async function* chosen(
  layout: Layout,
  dataset: string,
  choice: Choice,
  signal: AbortSignal,
): AsyncGenerator<Photograph, void, undefined> {
  if (layout.kind === 'listed') yield* ofListed(layout, dataset, choice)
  else yield* ofStreamed(layout, dataset, choice, signal)
}

/** How many photographs a choice has, but for skip and limit; undefined where that takes reading them. */
export async function countOf(layout: Layout, { classes, shard }: Choice): Promise<number | undefined> {
  const count = layout.kind === 'listed' ? layout.labels.length : layout.count
  if (count === undefined) return undefined
  if (classes === undefined) return inShard(count, shard)
  const labels = await knownLabels(layout)
  return labels && positionsOf(labels, wantedClasses(layout.labelling, classes), shard).length
}

const inShard = (count: number, { index, of }: Shard = { index: 0, of: 1 }) =>
  Math.max(0, Math.ceil((count - index) / of))

const knownLabels = async (layout: Layout): Promise<Int32Array | undefined> =>
  layout.kind === 'listed' ? layout.labels : layout.labels?.()

/** Positions of a shard that have one of some classes, ascending. */
function positionsOf(
  labels: Int32Array,
  classes: ReadonlySet<number> | undefined,
  { index: first, of }: Shard = { index: 0, of: 1 },
): Int32Array {
  const found = new Int32Array(labels.length)
  let count = 0
  for (let index = first; index < labels.length; index += of)
    if (classes === undefined || classes.has(labels[index])) found[count++] = index
  return found.subarray(0, count)
}

function* ofListed(
  layout: Extract<Layout, { kind: 'listed' }>,
  dataset: string,
  { classes, shard, shuffle, skip = 0, limit = Infinity }: Choice,
): Generator<Photograph, void, undefined> {
  const wanted = classes && wantedClasses(layout.labelling, classes)
  let order = positionsOf(layout.labels, wanted, shard)
  const seed = seedOf(shuffle)
  if (seed !== undefined) order = shuffled(dataset, layout.split, layout.labels.length, order, seed)
  for (const index of order.subarray(skip, skip + limit))
    yield { index, label: layout.labels[index], path: layout.path(index), bytes: () => layout.read(index) }
}

async function* ofStreamed(
  layout: Streamed,
  dataset: string,
  choice: Choice,
  signal: AbortSignal,
): AsyncGenerator<Photograph, void, undefined> {
  const { shuffle, skip = 0, limit = Infinity } = choice
  const seed = seedOf(shuffle)
  if (seed === undefined) {
    yield* first(layout.photographs(await wantedOf(layout, choice, skip, limit, signal)), limit)
    return
  }
  const all = layout.photographs(await wantedOf(layout, choice, 0, Infinity, signal))
  yield* first(shuffleBuffer(all, seed, dataset, layout.split, skip), limit)
}

/** So many of a stream at most; the stream is left after the last one, not asked for another. */
async function* first<T>(
  stream: AsyncGenerator<T, void, undefined>,
  limit: number,
): AsyncGenerator<T, void, undefined> {
  let count = 0
  for await (const each of stream) {
    yield each
    if (++count >= limit) return
  }
}

async function wantedOf(
  layout: Streamed,
  { classes, shard }: Choice,
  skip: number,
  limit: number,
  signal: AbortSignal,
): Promise<Wanted> {
  const own = classes && wantedClasses(layout.labelling, classes)
  const isShard = (index: number) => shard === undefined || index % shard.of === shard.index
  const labels = own ? await layout.labels?.() : undefined
  if (layout.count !== undefined && (own === undefined || labels)) {
    // positions that are known beforehand let what is between them be passed over
    const chosen = new Uint8Array(layout.count)
    const positions = positionsOf(labels ?? new Int32Array(layout.count), own, shard)
    for (const index of positions.subarray(skip, skip + limit)) chosen[index] = 1
    return { position: (index) => chosen[index] === 1, label: () => true, next: () => true, signal }
  }
  let before = 0
  return {
    position: isShard,
    label: (label) => own === undefined || own.has(label),
    next: () => before++ >= skip,
    signal,
  }
}

/** Numbers of classes that are asked for. */
function wantedClasses(labelling: Labelling, classes: readonly (string | number)[]): ReadonlySet<number> {
  if (labelling.kind === 'imagenet') return new Set(classesNamed('imagenet: classes', classes.map(String)))
  const { names } = labelling
  return new Set(
    classes.map((asked) => {
      const named = names.indexOf(String(asked))
      const index = named >= 0 ? named : /^\d+$/.test(String(asked)) ? Number(asked) : -1
      if (index >= 0 && index < names.length) return index
      throw new BlindspotError(
        'bad-option',
        `imagenet: classes: expected names or numbers from 0 of ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}, got ${JSON.stringify(asked)}`,
      )
    }),
  )
}

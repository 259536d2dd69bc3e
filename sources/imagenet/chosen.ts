import { BlindspotError } from '../../operators/errors.js'
import { seedOf, shuffled } from '../select.js'
import { CLASSES } from './classes.js'
import { classesNamed } from './classesNamed.js'
import type { Labelling, Layout, Photograph, Streamed, Wanted } from './layout.js'
import { someOf } from './names.js'
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
  const photographs =
    layout.kind === 'listed' ? ofListed(layout, dataset, choice) : ofStreamed(layout, dataset, choice, signal)
  const classes = layout.labelling.kind === 'imagenet' ? CLASSES.length : layout.labelling.names.length
  for await (const photograph of photographs)
    yield photograph.label < classes
      ? photograph
      : { ...photograph, bytes: unknownClass(photograph, classes) }
}

/** In place of the bytes of a photograph whose label is no class. */
const unknownClass =
  ({ label }: Photograph, classes: number) =>
  () =>
    Promise.reject(
      new BlindspotError('bad-data', `its class is ${label}: expected one from 0 to ${classes - 1}`),
    )

/**
 * How many photographs a choice has, but for skip and limit; undefined where that takes reading them.
 *
 * @throws BlindspotError `bad-option` where there is none
 */
export async function countOf(layout: Layout, choice: Choice): Promise<number | undefined> {
  const { classes, shard = WHOLE } = choice
  const count = layout.kind === 'listed' ? layout.labels.length : layout.count
  if (count === undefined) return undefined
  if (classes === undefined) {
    if (shard.index >= count) throw ofNone(choice, count)
    return Math.ceil((count - shard.index) / shard.of)
  }
  const labels = await knownLabels(layout)
  return labels && positionsOf(labels, wantedClasses(layout.labelling, classes, labels), choice).length
}

const WHOLE: Shard = { index: 0, of: 1 }

const knownLabels = async (layout: Layout): Promise<Int32Array | undefined> =>
  layout.kind === 'listed' ? layout.labels : layout.labels?.()

/** Positions of a shard that have one of some classes, ascending; at least one. */
function positionsOf(
  labels: Int32Array,
  classes: ReadonlySet<number> | undefined,
  choice: Choice,
): Int32Array {
  const { index: first, of } = choice.shard ?? WHOLE
  const found = new Int32Array(labels.length)
  let count = 0
  for (let index = first; index < labels.length; index += of)
    if (classes === undefined || classes.has(labels[index])) found[count++] = index
  if (count === 0) throw ofNone(choice, labels.length)
  return found.subarray(0, count)
}

function* ofListed(
  layout: Extract<Layout, { kind: 'listed' }>,
  dataset: string,
  choice: Choice,
): Generator<Photograph, void, undefined> {
  const { classes, shuffle, skip = 0, limit = Infinity } = choice
  const wanted = classes && wantedClasses(layout.labelling, classes, layout.labels)
  let order = positionsOf(layout.labels, wanted, choice)
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
  const wanted =
    seed === undefined
      ? await wantedOf(layout, choice, skip, limit, signal)
      : await wantedOf(layout, choice, 0, Infinity, signal)
  let [count, isThere] = [0, false]
  const position = (index: number) => {
    count = Math.max(count, index + 1)
    return wanted.position(index)
  }
  const next = () => {
    isThere = true
    return wanted.next()
  }
  const all = layout.photographs({ ...wanted, position, next })
  yield* first(seed === undefined ? all : shuffleBuffer(all, seed, dataset, layout.split, skip), limit)
  // of what is known beforehand it was looked at there
  if (!isThere && layout.count === undefined) throw ofNone(choice, count)
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
  choice: Choice,
  skip: number,
  limit: number,
  signal: AbortSignal,
): Promise<Wanted> {
  const { classes, shard } = choice
  const labels = classes && (await layout.labels?.())
  const own = classes && wantedClasses(layout.labelling, classes, labels)
  const isShard = (index: number) => shard === undefined || index % shard.of === shard.index
  if (layout.count !== undefined && (own === undefined || labels)) {
    // positions that are known beforehand let what is between them be passed over
    const chosen = new Uint8Array(layout.count)
    const positions = positionsOf(labels ?? new Int32Array(layout.count), own, choice)
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

/**
 * Numbers of classes that are asked for.
 *
 * @param labels of all photographs, where they are known
 * @throws BlindspotError `bad-option` for what is no class, and where no photograph is of any
 */
function wantedClasses(
  labelling: Labelling,
  classes: readonly (string | number)[],
  labels: Int32Array | undefined,
): ReadonlySet<number> {
  const wanted =
    labelling.kind === 'imagenet'
      ? new Set(classesNamed('imagenet: classes', classes.map(String)))
      : new Set(classes.map((asked) => ownClass(labelling.names, asked)))
  if (labels && !labels.some((label) => wanted.has(label))) throw ofNone({ classes }, labels.length)
  return wanted
}

/** That a choice has no photograph of so many. */
function ofNone({ classes, shard }: Choice, count: number): BlindspotError {
  const is = [classes && `of ${someOf(classes.map(String))}`, shard && `in shard ${shard.index}/${shard.of}`]
  const options = [classes && 'classes', shard && 'shard'].filter((name) => name !== undefined)
  return new BlindspotError(
    'bad-option',
    `imagenet: ${options.join(' and ')}: of ${count} photographs none is ${is.filter((part) => part !== undefined).join(' and ')}`,
  )
}

function ownClass(names: readonly string[], asked: string | number): number {
  const named = names.indexOf(String(asked))
  const index = named >= 0 ? named : /^\d+$/.test(String(asked)) ? Number(asked) : -1
  if (index >= 0 && index < names.length) return index
  throw new BlindspotError(
    'bad-option',
    `imagenet: classes: expected names or numbers from 0 of ${someOf(names, 10)}, got ${JSON.stringify(asked)}`,
  )
}

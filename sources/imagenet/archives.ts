import { basename, dirname } from 'node:path'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { archiveKind } from './archiveKind.js'
import { hashOf } from './hashOf.js'
import { groundTruth, withoutTruth, type GroundTruth } from './groundTruth.js'
import { labelOf, photographsIn, type Archived, type Reading } from './inArchive.js'
import { requireSome, type Photograph, type Streamed, type Wanted } from './layout.js'
import { membersOf } from './members.js'
import { lastPart, someOf } from './names.js'
import { tooLarge } from './readWhole.js'
import { shardSamples } from './shards.js'
import { Unread } from './unread.js'

/**
 * Photographs of tar archives, streamed without unpacking them, in the order of the archives and their members: ILSVRC's training
 * archive (a tar of a tar for each class) or the tars of its classes, its validation archive with its ground truth beside it, a
 * tar of ILSVRC folders, and webdataset shards. What each of them is, its first members say.
 */
export async function archives(paths: readonly string[], split: string): Promise<Streamed> {
  const says = await requireTold(paths)
  return {
    kind: 'streamed',
    split,
    hash: await hashOf(paths, says),
    labelling: { kind: 'imagenet' },
    complete: false,
    count: undefined,
    photographs: (wanted) => photographs(paths, wanted),
  }
}

/** Checks that one of some archives says what it is, and gives the hash of what else says it. */
async function requireTold(paths: readonly string[]): Promise<string | undefined> {
  const looked: string[] = []
  for (const path of paths) {
    const { kind, names } = await archiveKind(path)
    if (kind) return kind === 'validation' ? (await truthOf(path)).hash : undefined
    looked.push(...names)
  }
  throw new BlindspotError(
    'bad-data',
    `${someOf(paths)}: expected an archive of photographs with a wnid on their paths, a .cls or a .json beside them or a list of ` +
      `their classes beside the archive, or of a tar for each class, got ${looked.length === 0 ? 'an empty one' : someOf(looked)}`,
  )
}

async function truthOf(path: string): Promise<GroundTruth> {
  const { truth, none } = await groundTruth([dirname(path), `${dirname(path)}/..`], undefined, true)
  if (truth) return truth
  throw withoutTruth(path, none)
}

async function* photographs(
  paths: readonly string[],
  wanted: Wanted,
): AsyncGenerator<Photograph, void, undefined> {
  let index = 0
  const empty: string[] = []
  const unread = new Unread()
  const reading: Reading = { signal: wanted.signal, isNext: () => wanted.position(index), empty, unread }
  try {
    for (const path of paths) {
      const before = index
      for await (const archived of inArchive(path, reading)) {
        const photograph = await taken(archived, index++, wanted)
        if (photograph) yield photograph
      }
      if (index === before) empty.push(basename(path))
    }
    requireSome(index, paths)
  } finally {
    const place = paths.length === 1 ? paths[0] : dirname(paths[0])
    unread.warn(place)
    if (index > 0 && empty.length > 0)
      warnOnce(`${place}: archives without photographs (${empty.length}): ${someOf(empty)}`)
  }
}

/** What is in one archive; one that does not say what it is has photographs of no class. */
async function* inArchive(path: string, reading: Reading): AsyncGenerator<Archived, void, undefined> {
  const { kind } = await archiveKind(path)
  if (kind === 'shard') return yield* shardSamples(path, reading)
  const truth = kind === 'validation' ? await truthOf(path) : undefined
  const said = (name: string) =>
    truth?.label(name, -1) ?? `${truth?.path} says no class for ${lastPart(name)}`
  const label = truth ? said : (name: string, within?: string) => labelOf([within, name, path])
  yield* photographsIn(basename(path), membersOf(path, reading.signal), label, reading)
}

/** A photograph, if it is wanted; one that has no class takes its place too. */
async function taken(
  { path, label, bytes }: Archived,
  index: number,
  wanted: Wanted,
): Promise<Photograph | undefined> {
  if (!wanted.position(index)) return undefined
  if (typeof label === 'string')
    return wanted.next()
      ? { index, label: -1, path, bytes: () => Promise.reject(new BlindspotError('bad-data', label)) }
      : undefined
  if (!(wanted.label(label) && wanted.next())) return undefined
  return { index, label, path, bytes: (await bytes()) ?? tooLarge }
}

import { basename, dirname } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { hashOf } from './hashOf.js'
import { CLASSES, classIndexOf } from './classes.js'
import { validationNumber } from './classFolders.js'
import { groundTruth, withoutTruth } from './groundTruth.js'
import { requireSome, type Photograph, type Streamed, type Wanted } from './layout.js'
import { membersIn, membersOf, type Member } from './members.js'
import { isArchive, isPhotograph, lastPart, someOf } from './names.js'
import { tooLarge } from './readWhole.js'
import { shardSamples } from './shards.js'

/** How a stream of photographs is got out of archives. */
type Reading = (wanted: Wanted) => AsyncGenerator<Photograph, void, undefined>

/**
 * Photographs of tar archives, streamed without unpacking them, in the order of the archives and their members: ILSVRC's training
 * archive (a tar of a tar for each class) or the tars of its classes, its validation archive with its ground truth beside it, a
 * tar of ILSVRC folders, and webdataset shards. What they are is found out by the first members.
 */
export async function archives(paths: readonly string[], split: string): Promise<Streamed> {
  const names = await firstNames(paths[0])
  const { reading, says } = await readingOf(paths, names)
  return {
    kind: 'streamed',
    split,
    hash: await hashOf(paths, says),
    labelling: { kind: 'imagenet' },
    complete: false,
    count: undefined,
    photographs: reading,
  }
}

/** Members that are looked at, at most. */
const FIRST = 12
/** Bytes in which they are: who finds out what an archive is does not read one of 140 GB. */
const FIRST_BYTES = 2 ** 25

/** Names of the first members, up to one that says what the archive is. */
async function firstNames(path: string): Promise<readonly string[]> {
  const names: string[] = []
  try {
    for await (const { name } of membersOf(path, undefined, FIRST_BYTES)) {
      names.push(name)
      if (names.length === FIRST || isArchive(name) || isLabel(name)) break
    }
  } catch (error) {
    // an archive that is cut off has members
    if (names.length === 0) throw error
  }
  return names
}

/** Whether a member is what a webdataset sample has its class in. */
const isLabel = (name: string) => /\.(cls|json)$/i.test(name)

async function readingOf(
  paths: readonly string[],
  names: readonly string[],
): Promise<{ readonly reading: Reading; readonly says?: string }> {
  if (names.some((name) => isArchive(name))) return { reading: (wanted) => nested(paths, wanted) }
  if (names.some(isLabel)) return { reading: (wanted) => shardSamples(paths, wanted) }
  if (names.some((name) => validationNumber(name) !== undefined && wnidOf(name) === undefined)) {
    const { truth, none } = await groundTruth([dirname(paths[0]), `${dirname(paths[0])}/..`], undefined)
    if (!truth) throw withoutTruth(paths[0], none)
    const said = (_: string, name: string) =>
      truth.label(name, -1) ?? `${truth.path} says no class for ${lastPart(name)}`
    return { reading: (wanted) => flat(paths, wanted, said), says: truth.hash }
  }
  if (names.some((name) => isPhotograph(name) && typeof labelOf(paths[0], name) === 'number'))
    return { reading: (wanted) => flat(paths, wanted, labelOf) }
  throw new BlindspotError(
    'bad-data',
    `${paths[0]}: expected an archive of photographs with a wnid on their paths, a .cls or a .json beside them or a list of their ` +
      `classes beside the archive, or of a tar for each class, got ${names.length === 0 ? 'an empty one' : someOf(names)}`,
  )
}

/** The wnid that a folder on the path or the beginning of a name is: n01440764/…, n01440764_10026.JPEG, n01440764.tar. */
const wnidOf = (path: string): string | undefined => /(?:^|\/)(n\d{8})(?=[/_.])/.exec(path)?.[1]

/** Class of a photograph in an archive, or why it has none. */
function labelOf(archive: string, name: string): number | string {
  const wnid = wnidOf(name) ?? wnidOf(archive)
  return (
    (wnid === undefined ? undefined : classIndexOf(wnid)) ??
    `it has no class: expected a wnid of ImageNet's ${CLASSES.length} on its path`
  )
}

/** Photographs that lie in archives as they are. */
async function* flat(
  paths: readonly string[],
  wanted: Wanted,
  label: (archive: string, name: string) => number | string,
): AsyncGenerator<Photograph, void, undefined> {
  let index = 0
  for (const path of paths) {
    for await (const member of membersOf(path, wanted.signal)) {
      if (!isPhotograph(member.name)) continue
      const place = `${basename(path)}/${member.name}`
      const photograph = await take(member, index++, label(path, member.name), place, wanted)
      if (photograph) yield photograph
    }
  }
  requireSome(index, paths)
}

/** Photographs in archives that are in archives, each called after the wnid of its class. */
async function* nested(
  paths: readonly string[],
  wanted: Wanted,
): AsyncGenerator<Photograph, void, undefined> {
  let index = 0
  for (const path of paths) {
    for await (const archive of membersOf(path, wanted.signal)) {
      if (!isArchive(archive.name)) continue
      const place = `${basename(path)}/${archive.name}`
      const label = labelOf(place, lastPart(archive.name))
      for await (const member of membersIn(place, archive.pieces())) {
        if (!isPhotograph(member.name)) continue
        const photograph = await take(member, index++, label, `${place}/${member.name}`, wanted)
        if (photograph) yield photograph
      }
    }
  }
  requireSome(index, paths)
}

async function take(
  member: Member,
  index: number,
  label: number | string,
  path: string,
  wanted: Wanted,
): Promise<Photograph | undefined> {
  if (!wanted.position(index)) return undefined
  // one that has no class takes its place too
  if (typeof label === 'string')
    return wanted.next()
      ? { index, label: -1, path, bytes: () => Promise.reject(new BlindspotError('bad-data', label)) }
      : undefined
  if (!(wanted.label(label) && wanted.next())) return undefined
  return { index, label, path, bytes: (await member.bytes()) ?? tooLarge }
}

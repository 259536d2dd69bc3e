import { warnOnce } from '../../operators/errors.js'
import { CLASSES, classIndexOf } from './classes.js'
import { membersIn, type Member } from './members.js'
import { isArchive, isPhotograph, lastPart } from './names.js'
import { mayBePhotograph, Unread } from './unread.js'

/** A photograph in an archive; its bytes are had before the next one is asked for. */
export interface Archived {
  /** The archive's name and that in it. */
  readonly path: string
  /** Its class, or why it has none. */
  readonly label: number | string
  /** Undefined where they are more than a photograph may have. */
  readonly bytes: () => Promise<Uint8Array | undefined>
}

/** How archives are read. */
export interface Reading {
  readonly signal: AbortSignal
  /** Whether the photograph that comes next may be wanted. */
  readonly isNext: () => boolean
  /** Archives in which there was no photograph; who finds one adds it. */
  readonly empty: string[]
  /** Files in archives that may be photographs and are not read. */
  readonly unread: Unread
}

/** The wnid that a folder on the path or the beginning of a name is: n01440764/…, n01440764_10026.JPEG, n01440764.tar. */
export const wnidOf = (path: string): string | undefined => /(?:^|\/)(n\d{8})(?=[/_.])/.exec(path)?.[1]

/** Class by the first of some names that has a wnid, or why there is none. */
export function labelOf(names: readonly (string | undefined)[]): number | string {
  const wnid = names.map((name) => name && wnidOf(name)).find((each) => each)
  return (
    (wnid === undefined ? undefined : classIndexOf(wnid)) ??
    `it has no class: expected a wnid of ImageNet's ${CLASSES.length} on its path`
  )
}

/** Archives within each other at most. */
const DEEPEST = 8

/**
 * Photographs that lie in an archive as they are, and those in archives in it.
 *
 * @param place of the archive, for messages and paths
 * @param label class of a member, by its name and that of the archive in this one that it is in, or why it has none
 */
export async function* photographsIn(
  place: string,
  members: AsyncIterable<Member>,
  label: (name: string, within?: string) => number | string,
  reading: Reading,
  depth = 1,
): AsyncGenerator<Archived, void, undefined> {
  for await (const member of members) {
    const { name } = member
    const path = `${place}/${name}`
    if (isArchive(name) && depth === DEEPEST)
      warnOnce(`${path}: it lies too deep in archives, and is not read`)
    else if (isArchive(name)) {
      let count = 0
      const within = (own: string, deeper?: string) => label(own, deeper ?? lastPart(name))
      for await (const archived of photographsIn(
        path,
        membersIn(path, member.pieces()),
        within,
        reading,
        depth + 1,
      )) {
        count++
        yield archived
      }
      if (count === 0) reading.empty.push(path)
    } else if (isPhotograph(name)) yield { path, label: label(name), bytes: () => member.bytes() }
    else if (mayBePhotograph(lastPart(name))) reading.unread.add([path])
  }
}

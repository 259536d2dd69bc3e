import { validationNumber } from './classFolders.js'
import { labelOf, wnidOf } from './inArchive.js'
import { membersOf } from './members.js'
import { isArchive, isPhotograph } from './names.js'
import { keyOf } from './shards.js'

/** What an archive is by its first members, and their names. */
export interface FirstMembers {
  /** Undefined where they do not say it. */
  readonly kind: 'shard' | 'validation' | 'photographs' | undefined
  readonly names: readonly string[]
}

/** Members that are looked at, at most. */
const FIRST = 12
/** Bytes in which they are: who finds out what an archive is does not read one of 140 GB. */
const FIRST_BYTES = 2 ** 25

/** Looks at the first members of an archive, up to one that says what it is. */
export async function archiveKind(path: string): Promise<FirstMembers> {
  const names: string[] = []
  try {
    for await (const { name } of membersOf(path, undefined, FIRST_BYTES)) {
      names.push(name)
      if (names.length === FIRST || isArchive(name) || isShard(names)) break
    }
  } catch (error) {
    // an archive that is cut off has members
    if (names.length === 0) throw error
  }
  return { kind: kindOf(path, names), names }
}

function kindOf(path: string, names: readonly string[]): FirstMembers['kind'] {
  if (isShard(names)) return 'shard'
  if (names.some((name) => isArchive(name))) return 'photographs'
  if (names.some((name) => validationNumber(name) !== undefined && wnidOf(name) === undefined))
    return 'validation'
  const isOfClass = (name: string) => isPhotograph(name) && typeof labelOf([name, path]) === 'number'
  return names.some(isOfClass) ? 'photographs' : undefined
}

/** Whether members are those of a webdataset: a class as it writes them, or a description beside the photograph of its name. */
function isShard(names: readonly string[]): boolean {
  const photographs = new Set(names.filter(isPhotograph).map(keyOf))
  return names.some((name) => /\.cls$/i.test(name) || (/\.json$/i.test(name) && photographs.has(keyOf(name))))
}

import { basename } from 'node:path'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { archives } from './archives.js'
import type { Contents } from './contents.js'
import { huggingFace } from './huggingFace.js'
import type { Layout, ReadAs } from './layout.js'
import { missingOf } from './missing.js'
import { isBeside, isWnid, lastPart, someOf, splitNamed } from './names.js'

/** The split of photographs that are not said to be of one. */
const ALL = 'all'

/** What there is of a split. */
interface Part {
  /** Folders and files, the last parts of their paths. */
  readonly names: readonly string[]
  /** @param split what it is called */
  readonly open: (split: string) => Promise<Layout>
}

/** What there is of each split. */
export type Splits = ReadonlyMap<string, Part>

/** What a folder has for each split: folders and archives called after it, or Parquet files and shards. */
export function splitsIn(
  path: string,
  { folders, photographs, archives: tars, parquet }: Contents,
  open: (folder: string) => Promise<Layout>,
): Splits {
  const found = new Map<string, Part>()
  const own = folders.filter((name) => !isBeside(name))
  // a class may be called train where there are others
  if (photographs.length === 0 && own.every((name) => splitNamed(name) !== undefined))
    for (const name of own)
      found.set(splitNamed(name) ?? name, { names: [name], open: () => open(`${path}/${name}`) })
  if (folders.some(isWnid) || photographs.length > 0) return found
  const files = (names: readonly string[]) => names.map((name) => `${path}/${name}`)
  for (const [split, part] of [...archivesBySplit(files(tars)), ...parquetBySplit(files(parquet))]) {
    if (found.has(split)) continue
    warnOfGaps(path, part.names)
    found.set(split, part)
  }
  return found
}

/** Says once which files of a numbered row are not there. */
function warnOfGaps(path: string, names: readonly string[]): void {
  const missing = missingOf(names)
  if (missing.length > 0)
    warnOnce(
      `${path}: of its numbered files ${names.length} are there, ${missing.length} are missing: ${someOf(missing)}`,
    )
}

export const archivesBySplit = (paths: readonly string[]): Splits => filesBySplit(paths, archives)
export const parquetBySplit = (paths: readonly string[]): Splits => filesBySplit(paths, huggingFace)

/** Files by the split that their names begin with or have between other characters than letters. */
function filesBySplit(
  paths: readonly string[],
  open: (paths: readonly string[], split: string) => Promise<Layout>,
): Splits {
  const groups = new Map<string, string[]>()
  for (const path of paths) {
    const split = splitIn(lastPart(path))
    groups.set(split, [...(groups.get(split) ?? []), path])
  }
  return new Map(
    [...groups].map(([split, own]) => [
      split,
      { names: own.map(lastPart), open: (named) => open(own, named) },
    ]),
  )
}

function splitIn(name: string): string {
  const word = /(?:^|[^a-z])(train|valid|validation|val|test)(?![a-z])/i.exec(name)?.[1]
  return (word === undefined ? undefined : splitNamed(word)) ?? ALL
}

/** Opens the split that is asked for, or the only one. */
export function bySplit(
  path: string,
  splits: Splits,
  asked: string | undefined,
  as: ReadAs = 'imagenet',
): Promise<Layout> {
  const [only] = splits.keys()
  const part = splits.get(asked ?? only)
  // files of which no name says a split are of the one that is asked for
  const unnamed = splits.size === 1 && only === ALL ? splits.get(ALL) : undefined
  if (asked !== undefined && unnamed && isSplit(asked)) return unnamed.open(asked)
  if (part && (asked !== undefined || splits.size === 1)) return part.open(asked ?? only)
  throw new BlindspotError(
    'bad-option',
    `${path}: split: expected one of ${[...splits.keys()].join(', ')}, got ${asked === undefined ? `none; say which, as in ${as}@split=${only}:${path}` : JSON.stringify(asked)}`,
  )
}

/** The split of a folder of photographs or classes: what it is called, wherever it lies. */
export function namedSplit(path: string, place: string, asked: string | undefined): string {
  const own = splitNamed(basename(place))
  if (asked === undefined || asked === own) return asked ?? own ?? ALL
  if (own === undefined && isSplit(asked)) return asked
  throw new BlindspotError(
    'bad-option',
    `${path}: split: ${own === undefined ? 'it has no splits, and is train, val, test or all' : `it is ${own}`}, got ${JSON.stringify(asked)}`,
  )
}

const isSplit = (name: string) => name === ALL || splitNamed(name) !== undefined

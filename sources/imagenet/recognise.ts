import { basename, resolve } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { expandPattern, hasPattern } from '../pattern.js'
import { disk } from '../store.js'
import { archives } from './archives.js'
import { classFolders } from './classFolders.js'
import { contentsOf, type Contents } from './contents.js'
import { flatFolder } from './flatFolder.js'
import { huggingFace } from './huggingFace.js'
import type { Layout } from './layout.js'
import { isPhotograph, isWnid, lastPart, splitNamed } from './names.js'

/** The split of photographs that are not said to be of one. */
const ALL = 'all'

type Open = (split: string) => Promise<Layout>

/**
 * Finds out what photographs are at a place, by what is there.
 *
 * @param path a folder, a file, or a pattern as a shell has it, also `{000000..000146}`
 * @param asked the split to read, where there are several
 * @throws BlindspotError `io` for nothing there; `bad-data` for what has none of the layouts, saying what was looked for and found;
 * `bad-option` where there are several splits and none is asked for, or another
 */
export async function recognise(path: string, asked?: string): Promise<Layout> {
  const split = asked === undefined ? undefined : (splitNamed(asked) ?? asked)
  const found = await disk.stat(path)
  if (found?.kind === 'folder') return inFolder(path, split)
  if (found) return inFiles(path, [path], split)
  if (!hasPattern(path)) throw new BlindspotError('io', `${path} cannot be read: it is not there`)
  return inFiles(path, await expandPattern(path), split)
}

/** Files that a pattern finds, or one. */
async function inFiles(place: string, paths: readonly string[], asked: string | undefined): Promise<Layout> {
  for (const path of paths)
    if ((await disk.stat(path))?.kind !== 'file')
      throw new BlindspotError('io', `${place}: expected files, but ${path} is none`)
  if (paths.length === 0) throw new BlindspotError('io', `${place}: it finds no file`)
  const all = [...new Set(paths)].sort()
  const isParquet = await Promise.all(all.map(beginsAsParquet))
  if (isParquet.every((is) => is)) return bySplit(place, filesBySplit(all, huggingFace), asked)
  if (isParquet.some((is) => is) || all.some(isPhotograph))
    throw new BlindspotError(
      'bad-data',
      `${place}: expected tar archives or Parquet files, not both nor single photographs; name the folder that the photographs are in`,
    )
  return bySplit(place, filesBySplit(all, archives), asked)
}

async function beginsAsParquet(path: string): Promise<boolean> {
  const file = await disk.open(path)
  try {
    return file.size >= 4 && (await file.read(0, 4)).toString('latin1') === 'PAR1'
  } finally {
    await file.close()
  }
}

async function inFolder(path: string, asked: string | undefined): Promise<Layout> {
  const contents = await contentsOf(path)
  const splits = splitsIn(path, contents)
  if (splits.size > 0) return bySplit(path, splits, asked)
  const { folders, photographs } = contents
  const split = namedSplit(path, resolve(path), asked)
  if (folders.some(isWnid)) return classFolders(path, split, folders.filter(isWnid))
  if (photographs.length > 0) return flatFolder(path, split, photographs)
  const wrapper = folders.find((name) => /^(ilsvrc(\d{4})?|data|cls-loc|imagenet(-?1k)?)$/i.test(name))
  if (wrapper !== undefined) return inFolder(`${path}/${wrapper}`, asked)
  if (folders.length > 0) {
    const layout = await classFolders(path, split, folders)
    if (layout.labels.length > 0) return layout
  }
  throw nothing(path, contents)
}

/** What a folder has for each split: folders and archives called after it, or Parquet files and shards. */
function splitsIn(
  path: string,
  { folders, photographs, archives: tars, parquet }: Contents,
): ReadonlyMap<string, Open> {
  const found = new Map<string, Open>()
  const own = folders.filter((name) => !/devkit|annotation|imageset|^meta/i.test(name))
  // a class may be called train where there are others
  if (photographs.length === 0 && own.every((name) => splitNamed(name) !== undefined))
    for (const name of own) found.set(splitNamed(name) ?? name, () => inFolder(`${path}/${name}`, undefined))
  if (folders.some(isWnid) || photographs.length > 0) return found
  const files = (names: readonly string[]) => names.map((name) => `${path}/${name}`)
  for (const [split, open] of [
    ...filesBySplit(files(tars), archives),
    ...filesBySplit(files(parquet), huggingFace),
  ])
    if (!found.has(split)) found.set(split, open)
  return found
}

/** Files by the split that their names begin with or have between other characters than letters. */
function filesBySplit(
  paths: readonly string[],
  open: (paths: readonly string[], split: string) => Promise<Layout>,
): ReadonlyMap<string, Open> {
  const groups = new Map<string, string[]>()
  for (const path of paths) {
    const split = splitIn(lastPart(path))
    groups.set(split, [...(groups.get(split) ?? []), path])
  }
  return new Map([...groups].map(([split, own]) => [split, (named) => open(own, named)]))
}

function splitIn(name: string): string {
  const word = /(?:^|[^a-z])(train|valid|validation|val|test)(?![a-z])/i.exec(name)?.[1]
  return (word === undefined ? undefined : splitNamed(word)) ?? ALL
}

function bySplit(
  path: string,
  splits: ReadonlyMap<string, Open>,
  asked: string | undefined,
): Promise<Layout> {
  const [only] = splits.keys()
  const open = splits.get(asked ?? only)
  // files of which no name says a split are of the one that is asked for
  const unnamed = splits.size === 1 && only === ALL ? splits.get(ALL) : undefined
  if (asked !== undefined && unnamed) return unnamed(asked)
  if (open && (asked !== undefined || splits.size === 1)) return open(asked ?? only)
  throw new BlindspotError(
    'bad-option',
    `${path}: split: expected one of ${[...splits.keys()].join(', ')}, got ${asked === undefined ? 'none' : JSON.stringify(asked)}`,
  )
}

/** The split of a folder of photographs or classes: what it is called, wherever it lies. */
function namedSplit(path: string, place: string, asked: string | undefined): string {
  const own = splitNamed(basename(place))
  if (asked === undefined || own === undefined || asked === own) return asked ?? own ?? ALL
  throw new BlindspotError('bad-option', `${path}: split: it is ${own}, got ${JSON.stringify(asked)}`)
}

/** Names of each kind that a message has. */
const NAMED = 4

function nothing(path: string, contents: Contents): BlindspotError {
  const told = (Object.entries(contents) as [string, readonly string[]][])
    .filter(([, names]) => names.length > 0)
    .map(
      ([kind, names]) =>
        `${names.length} ${kind} (${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''})`,
    )
  return new BlindspotError(
    'bad-data',
    `${path}: expected folders of classes with photographs (n01440764/…), photographs with a list of their classes, ` +
      `ILSVRC2012_img_train.tar or other tar archives, or Parquet files with image and label; found ${told.length === 0 ? 'nothing' : told.join(', ')}`,
  )
}

import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { notHere } from '../openFile.js'
import { expandPattern, hasPattern } from '../pattern.js'
import { disk } from '../store.js'
import { classFolders } from './classFolders.js'
import { contentsOf, type Contents } from './contents.js'
import { withPhotographs } from './filesBelow.js'
import { flatFolder } from './flatFolder.js'
import type { Layout, ReadAs } from './layout.js'
import { isBeside, isPhotograph, isWnid, someOf, splitNamed } from './names.js'
import { archivesBySplit, bySplit, namedSplit, parquetBySplit, splitsIn } from './splits.js'
import { absolute } from '../place.js'

/**
 * Finds out what photographs are at a place, by what is there.
 *
 * @param path a folder, a file, or a pattern as a shell has it, also `{000000..000146}`
 * @param asked the split to read, where there are several
 * @param as `folder`: classes are numbered by the folders that there are, whatever their names
 * @throws BlindspotError `bad-option` for nothing there, and for what has none of the layouts, saying what was looked for and found;
 * `bad-option` where there are several splits and none is asked for, or another
 */
export async function recognise(path: string, asked?: string, as: ReadAs = 'imagenet'): Promise<Layout> {
  const split = asked === undefined ? undefined : (splitNamed(asked) ?? asked)
  const layout = await layoutAt(path, split, as)
  if (layout.kind === 'streamed' || layout.labels.length > 0) return layout
  throw nothing(path, await contentsOf(path), as)
}

async function layoutAt(path: string, split: string | undefined, as: ReadAs): Promise<Layout> {
  const found = await disk.stat(path)
  if (found?.kind === 'folder') return inFolder(path, split, as)
  if (found) return inFiles(path, [path], split)
  if (!hasPattern(path)) throw notHere(path)
  return inFiles(path, await expandPattern(path), split)
}

/** Files that a pattern finds, or one. */
async function inFiles(place: string, paths: readonly string[], asked: string | undefined): Promise<Layout> {
  for (const path of paths)
    if ((await disk.stat(path))?.kind !== 'file')
      throw new BlindspotError('bad-option', `${place}: expected files, but ${path} is none`)
  if (paths.length === 0) throw new BlindspotError('bad-option', `${place}: it finds no file`)
  const all = [...new Set(paths)].sort()
  const isParquet = await Promise.all(all.map(beginsAsParquet))
  if (isParquet.every((is) => is)) return bySplit(place, parquetBySplit(all), asked)
  if (isParquet.some((is) => is) || all.some(isPhotograph))
    throw new BlindspotError(
      'bad-option',
      `${place}: expected tar archives or Parquet files, not both nor single photographs; name the folder that the photographs are in`,
    )
  return bySplit(place, archivesBySplit(all), asked)
}

async function beginsAsParquet(path: string): Promise<boolean> {
  const file = await disk.open(path)
  try {
    return file.size >= 4 && (await file.read(0, 4)).toString('latin1') === 'PAR1'
  } finally {
    await file.close()
  }
}

async function inFolder(path: string, asked: string | undefined, as: ReadAs): Promise<Layout> {
  const contents = await contentsOf(path)
  const { layout, rest } = await recognised(path, contents, asked, as)
  await warnOfRest(path, rest)
  return layout
}

/** What a folder was recognised as, and what in it is not of that. */
interface Recognised {
  readonly layout: Layout
  readonly rest: Partial<Contents>
}

async function recognised(
  path: string,
  contents: Contents,
  asked: string | undefined,
  as: ReadAs,
): Promise<Recognised> {
  const { folders, photographs, archives: tars, parquet } = contents
  const splits = splitsIn(path, contents, (folder) => inFolder(folder, undefined, as))
  if (splits.size > 0) {
    const layout = await bySplit(path, splits, asked, as)
    const read = new Set([...splits.values()].flatMap(({ names }) => names))
    const left = (names: readonly string[]) => names.filter((name) => !read.has(name))
    return { layout, rest: { folders: left(folders), archives: left(tars), parquet: left(parquet) } }
  }
  const split = () => namedSplit(path, absolute(path), asked)
  const wnids = as === 'imagenet' ? folders.filter(isWnid) : []
  if (wnids.length > 0) {
    const layout = await classFolders(path, split(), wnids, contents.others)
    return { layout, rest: { ...contents, folders: folders.filter((name) => !isWnid(name)) } }
  }
  if (photographs.length > 0) {
    const layout = await flatFolder(path, split(), contents)
    const below = layout.labelling.kind === 'own' ? [] : folders
    return { layout, rest: { archives: tars, parquet, folders: below } }
  }
  const wrapper =
    as === 'folder'
      ? undefined
      : folders.find((name) => /^(ilsvrc(\d{4})?|data|cls-loc|imagenet(-?1k)?)$/i.test(name))
  if (wrapper !== undefined) {
    const layout = await inFolder(`${path}/${wrapper}`, asked, as)
    return { layout, rest: { folders: folders.filter((name) => name !== wrapper) } }
  }
  if (folders.length > 0) {
    const layout = await classFolders(path, split(), folders, contents.others, as)
    if (layout.labels.length > 0) return { layout, rest: {} }
  }
  throw nothing(path, contents, as)
}

/** Says once what of a folder is not read; folders count where they have photographs. */
async function warnOfRest(path: string, { folders = [], ...files }: Partial<Contents>): Promise<void> {
  const others = folders.filter((name) => !isBeside(name))
  const rest = told({ folders: await withPhotographs(path, others), ...files, others: [] })
  if (rest !== '')
    warnOnce(`${path}: beside the photographs that are read it has these, which are not: ${rest}`)
}

/** What a folder has, as a message says it. */
const told = (contents: Partial<Contents>): string =>
  Object.entries(contents)
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${kind} (${names.length}): ${someOf(names)}`)
    .join('; ')

function nothing(path: string, contents: Contents, as: ReadAs): BlindspotError {
  const expected =
    as === 'folder'
      ? 'a folder of images for each class, as cat/1.png and dog/1.png'
      : 'folders of classes with photographs (n01440764/…), photographs with a list of their classes, ' +
        'ILSVRC2012_img_train.tar or other tar archives, or Parquet files with image and label'
  return new BlindspotError(
    'bad-option',
    `${path}: expected ${expected}; found ${told(contents) || 'nothing'}`,
  )
}

import { BlindspotError } from '../../operators/errors.js'
import { wholeFile, type ByteRange } from '../arrays/byteRange.js'
import { zipMembers } from '../arrays/zip.js'
import { notHere } from '../openFile.js'
import { lastOf, within } from '../place.js'
import { disk } from '../store.js'

/** A file of EMNIST, in a folder or in an archive. */
export interface EmnistFile {
  /** Its name, without a folder. */
  readonly name: string
  readonly place: string
  readonly open: () => Promise<ByteRange>
}

/**
 * The files of EMNIST: in a folder, in the folder `gzip` below it, or in `gzip.zip` as it is published.
 *
 * @throws BlindspotError `bad-option` for nothing there; `bad-data`
 */
export async function emnistFiles(path: string): Promise<readonly EmnistFile[]> {
  const found = await disk.stat(path)
  if (found === undefined) throw notHere(path)
  if (found.kind === 'folder') {
    const own = await inFolder(path)
    if (own.some(({ name }) => name.startsWith('emnist-'))) return own
    return (await disk.stat(within(path, 'gzip')))?.kind === 'folder' ? inFolder(within(path, 'gzip')) : own
  }
  if (/\.mat$|matlab[^/]*\.zip$/i.test(path))
    throw new BlindspotError(
      'bad-data',
      `${path}: this is the version for Matlab; take gzip.zip of the same page, as it is`,
    )
  return (await zipMembers(path)).map(({ name, range }) => ({
    name: lastOf(name),
    place: `${path}: ${name}`,
    open: range,
  }))
}

const inFolder = async (path: string): Promise<readonly EmnistFile[]> =>
  ((await disk.list(path)) ?? []).map(({ name }) => ({
    name,
    place: within(path, name),
    open: () => wholeFile(within(path, name)),
  }))

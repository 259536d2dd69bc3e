import { existsSync, statSync } from 'node:fs'
import { BlindspotError } from '../../operators/errors.js'
import { readFooter } from '../parquetFooter.js'
import { isRemote } from '../place.js'
import { disk } from '../store.js'
import { bytesOfObject, copyPath, tidyCopies, used, writeCopy } from './copies.js'

/** A file as it was committed. */
export interface KnownFile {
  readonly path: string
  /** Its name in its data set: what reads the file goes by it. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** Copies that are fetched at once. */
const AT_ONCE = 4

/**
 * Paths on this machine of files, for programs that read for themselves: a file of this machine is its own; of an object there
 * is a copy of the same name, kept by its SHA-256 for a week after it was last asked for.
 *
 * @param without columns of Parquet files that need not be there: of an object they are not fetched, and the copy, which then
 * cannot be checked, has the same rows. Default: none
 * @throws BlindspotError `bad-data` for an object that is not what was committed, `io`
 */
export async function localPaths(
  files: readonly KnownFile[],
  without: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>()
  const remote = files.filter(({ path }) => isRemote(path))
  for (const { path } of files) if (!isRemote(path)) paths.set(path, path)
  if (remote.length === 0) return paths
  tidyCopies()
  const waiting = [...remote]
  const fetchNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      paths.set(file.path, (await partOf(file, without)) ?? (await copyOf(file)))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, fetchNext))
  return paths
}

async function copyOf({ path, file, bytes, sha256 }: KnownFile): Promise<string> {
  const copy = copyPath(sha256, file)
  if (statSync(copy, { throwIfNoEntry: false })?.size !== bytes)
    await writeCopy(copy, bytesOfObject(path), (written) => {
      if (written.sha256 === sha256) return
      throw new BlindspotError(
        'bad-data',
        `${path} is not what was committed (its SHA-256 differs from the manifest's); delete it and run its command again`,
      )
    })
  used(sha256)
  return copy
}

/** A copy without some columns; undefined where the file has none of them, or is here as a whole. */
async function partOf(
  { path, file, sha256 }: KnownFile,
  without: readonly string[],
): Promise<string | undefined> {
  if (without.length === 0 || existsSync(copyPath(sha256, file))) return undefined
  const key = `${sha256}-without-${without.join('-')}`
  const copy = copyPath(key, file)
  if (!existsSync(copy)) {
    const footer = await readFooter(await disk.open(path))
    const kept = footer.columns.filter((column) => !without.includes(column))
    if (kept.length === footer.columns.length) return undefined
    await writeCopy(copy, footer.only(kept))
  }
  used(key)
  return copy
}

import { createHash } from 'node:crypto'
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { cacheRoot } from '../../operators/cacheRoot.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { AtomicFile } from '../atomicFile.js'
import { isRemote, lastOf, within } from '../place.js'
import { disk } from '../store.js'

/** A file as it was committed. */
export interface KnownFile {
  readonly path: string
  /** Its name in its data set: what reads the file goes by it. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** Milliseconds after which a copy goes that nobody has asked for: a week. */
const UNUSED = 7 * 24 * 3600_000
/** Copies that are fetched at once. */
const AT_ONCE = 4
/** Bytes in memory at once, of a copy. */
const PIECE = 8 * 2 ** 20

const copies = () => join(cacheRoot(), 'objects')

/**
 * Paths on this machine of files, for programs that read for themselves: a file of this machine is its own; of an object there
 * is a copy of the same name, kept by its SHA-256 for a week after it was last asked for.
 *
 * @throws BlindspotError `bad-data` for an object that is not what was committed, `io`
 */
export async function localPaths(files: readonly KnownFile[]): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>()
  const remote = files.filter(({ path }) => isRemote(path))
  for (const { path } of files) if (!isRemote(path)) paths.set(path, path)
  if (remote.length === 0) return paths
  makeFolder(copies(), 0o700)
  removeUnused(copies())
  const waiting = [...remote]
  const fetchNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      paths.set(file.path, await copyOf(file))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, fetchNext))
  return paths
}

async function copyOf({ path, file, bytes, sha256 }: KnownFile): Promise<string> {
  const copy = join(copies(), sha256, file)
  const there = await stat(copy).catch(() => undefined)
  if (there?.size === bytes) {
    used(sha256)
    return copy
  }
  const found = await fetched(path, copy)
  if (found.sha256 === sha256) {
    await found.close()
    return copy
  }
  await found.abort()
  throw new BlindspotError(
    'bad-data',
    `${path} is not what was committed (its SHA-256 differs from the manifest's); delete it and run its command again`,
  )
}

/** Brings an object to a file that is not finished. */
async function fetched(url: string, copy: string) {
  const from = await disk.open(url)
  const file = await AtomicFile.create(copy)
  try {
    for (let at = 0; at < from.size; at += PIECE)
      await file.write(await from.read(at, Math.min(at + PIECE, from.size)))
    return { sha256: file.written.sha256, close: () => file.close(), abort: () => file.abort() }
  } catch (error) {
    await file.abort()
    throw error
  }
}

const used = (key: string) => utimesSync(join(copies(), key), new Date(), new Date())

function removeUnused(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found && Date.now() - found.mtimeMs > UNUSED) rmSync(path, { recursive: true, force: true })
  }
}

/** A folder of files on this machine: the folder itself, of an object store a copy of what is directly in it. */
export async function localFolder(place: string): Promise<string> {
  if (!isRemote(place)) return place
  const entries = ((await disk.list(place)) ?? []).filter(({ kind }) => kind === 'file')
  const stamps = await Promise.all(entries.map(({ name }) => disk.stamp(within(place, name))))
  const key = createHash('sha256')
    .update(JSON.stringify([place, entries.map(({ name }) => name), stamps]))
    .digest('hex')
  // the last part of the name is what a model is called by
  const folder = join(copies(), key, lastOf(place))
  makeFolder(folder, 0o700)
  used(key)
  for (const { name } of entries) {
    const copy = join(folder, name)
    if (await stat(copy).catch(() => undefined)) continue
    await (await fetched(within(place, name), copy)).close()
  }
  return folder
}

/**
 * Runs what writes files to a folder; where that is of an object store they are written on this machine and sent then, those
 * that are named last after the others.
 *
 * @param write is given a folder of this machine
 */
export async function writingTo<T>(
  place: string,
  write: (folder: string) => Promise<T>,
  last: readonly string[] = [],
): Promise<T> {
  if (!isRemote(place)) return write(place)
  const parent = await mkdtemp(join(tmpdir(), 'blindspot-'))
  const folder = join(parent, lastOf(place))
  makeFolder(folder)
  try {
    const result = await write(folder)
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort((a, b) => last.indexOf(basename(a)) - last.indexOf(basename(b)))
    for (const name of files) await disk.put(within(place, name), await readFile(join(folder, name)))
    return result
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

/** The same where the files are told, which are named at their place then. */
export const writingFiles = (
  place: string,
  write: (folder: string) => Promise<readonly string[]>,
): Promise<readonly string[]> =>
  writingTo(place, async (folder) =>
    (await write(folder)).map((path) => within(place, path.slice(folder.length + 1))),
  )

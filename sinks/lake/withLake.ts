import { basename, join } from 'node:path'
import { missingFolders, removeEmpty } from '../../operators/lock/makeFolder.js'
import { AtomicFile } from '../../sources/atomicFile.js'
import { committedIn } from './committed.js'
import { homeOf, TEMPORARY, type Home } from './home.js'
import type { Lake } from './lake.js'
import { locked, MANIFEST_LOCK } from './locked.js'
import { LOG } from './log.js'
import { MANIFEST } from './manifest.js'
import { openLake } from './openLake.js'

/**
 * Opens a data set, or makes one, and works in it. Where that fails before anything is committed, a data set that was made for it
 * is taken away again, with the folders that were: who calls again, or elsewhere, finds what was there before.
 *
 * @param notes files of the data set that the work makes before it commits anything
 * @throws as `openLake`, and what the work throws
 */
export async function withLake<T>(
  folder: string,
  work: (lake: Lake) => Promise<T>,
  notes: readonly string[] = [],
): Promise<T> {
  const home = homeOf(folder)
  const missing = home.isRemote ? [] : missingFolders(home.root)
  const before = await namesIn(home, '')
  // says that somebody is at it, from before it is there; where it cannot be, opening says why
  const marked = home.isRemote ? undefined : AtomicFile.create(join(home.root, TEMPORARY, 'call'))
  const mark = await marked?.catch(() => undefined)
  const isNew = (await home.store.stamp(MANIFEST)) === undefined
  try {
    return await work(await openLake(folder))
  } catch (error) {
    const own = mark ? [basename(mark.temporary)] : []
    // the error of the work says why
    if (isNew) await takeAway(home, { missing, before, own, notes }, mark).catch(() => undefined)
    throw error
  } finally {
    await mark?.abort()
  }
}

interface Made {
  /** Folders that were not there. */
  readonly missing: readonly string[]
  /** What the data set's folder had in it. */
  readonly before: readonly string[]
  /** What of the call is with the unfinished files. */
  readonly own: readonly string[]
  readonly notes: readonly string[]
}

async function takeAway(
  home: Home,
  { missing, before, own, notes }: Made,
  mark: AtomicFile | undefined,
): Promise<void> {
  const { store, isRemote } = home
  const made = async () => (await namesIn(home, '')).filter((name) => ![MANIFEST, ...before].includes(name))
  const take = async () => {
    const { commit, size } = await committedIn(home)
    if (commit > 0 || size > 0 || (await isAtWork(home, own))) return false
    const kept = [TEMPORARY, LOG]
    for (const name of await made())
      if (!kept.includes(name) && !(await isEmpty(home, name, notes))) return false
    for (const note of notes) if (!before.includes(note.split('/')[0])) await store.remove(note)
    return store.remove(MANIFEST)
  }
  // where the disk is full nobody gets the lock, to commit either
  const isTaken = await locked(home, take).catch((error: unknown) => (isFull(error) ? take() : false))
  if (!isTaken || isRemote) return
  await mark?.abort()
  const folders = await Promise.all((await made()).map((name) => foldersOf(home, name)))
  removeEmpty([...folders.flat().map((name) => store.place(name)), ...missing])
}

const namesIn = async ({ store }: Home, folder: string): Promise<readonly string[]> =>
  ((await store.list(folder)) ?? []).map(({ name }) => name)

/** Whether anybody else is at a data set: there are locks, marks or unfinished files. */
async function isAtWork(home: Home, own: readonly string[]): Promise<boolean> {
  const known = [`${MANIFEST_LOCK}.lock`, ...own]
  return (await namesIn(home, TEMPORARY)).some((name) => !known.includes(name))
}

/** Whether a name is of a folder with nothing but folders in it, and some notes. */
async function isEmpty(home: Home, name: string, notes: readonly string[]): Promise<boolean> {
  if (notes.includes(name)) return true
  const below = await home.store.list(name)
  if (below === undefined) return false
  for (const entry of below) if (!(await isEmpty(home, `${name}/${entry.name}`, notes))) return false
  return true
}

/** A folder and those in it, the innermost first. */
async function foldersOf(home: Home, name: string): Promise<readonly string[]> {
  const below = ((await home.store.list(name)) ?? []).filter(({ kind }) => kind === 'folder')
  const inner = await Promise.all(below.map((entry) => foldersOf(home, `${name}/${entry.name}`)))
  return [...inner.flat(), name]
}

const isFull = (error: unknown): boolean => {
  const { cause } = error as Error
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((cause as NodeJS.ErrnoException | undefined)?.code ?? '')
}

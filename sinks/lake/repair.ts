import { BlindspotError, warn } from '../../operators/errors.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { removeLeftovers, writeError } from '../../sources/atomicFile.js'
import { commit, isBehind, writeCheckpoint } from './commit.js'
import { committedIn, type Committed, type ManifestFile } from './committed.js'
import { TEMPORARY, type Home } from './home.js'
import { locked } from './locked.js'
import { LOG } from './log.js'
import { firstOf, placeOf, placesOf } from './names.js'
import { ownerOf } from './stepLock.js'

/** Brings a data set into a state that the steps can go on from, or makes a new one; what it does is told as warnings. */
export async function prepareLake(home: Home): Promise<void> {
  const { root, isRemote } = home
  if (!isRemote) makeFolders(home)
  // what takes longest, while nobody waits
  await committedIn(home)
  await locked(home, async () => {
    // in this order: where there are files, there was a manifest before
    const there = await dataFiles(home)
    const isNew = (await committedIn(home)).stamp === undefined
    const [first] = there.keys()
    if (isNew && there.size > 0)
      throw new BlindspotError(
        'bad-data',
        `${root} has files of a data set (${first}) and no manifest.json; restore it, or choose another folder`,
      )
    if (!isRemote) removeLeftovers(home.store.unfinished('').folder)
    if (!isNew) {
      await setAside(home, there)
      await forgetLost(home, there)
    }
    if (isBehind(await committedIn(home))) await writeCheckpoint(home)
  })
}

function makeFolders({ root, store }: Home): void {
  try {
    makeFolder(store.place(TEMPORARY))
    for (const folder of [TEMPORARY, LOG]) placeOf(root, folder, 'folder')
  } catch (error) {
    throw writeError(root, error)
  }
}

/** Folder for files that are put aside, relative to the data set. */
const ASIDE = `${TEMPORARY}/strays`

const asideName = (file: string) => file.replaceAll('/', '+')

/**
 * Puts a file aside that still is what it was: whoever took the lock can have removed it, and written another. In an object
 * store, where nothing is written to a name twice, it is removed.
 */
async function putAside({ store, isRemote }: Home, file: string, stamp: string | undefined): Promise<void> {
  if (isRemote) {
    await store.remove(file)
    return
  }
  const isThere = async () => stamp !== undefined && (await store.stamp(file)) === stamp
  try {
    if (await isThere()) await store.move(file, `${ASIDE}/${asideName(file)}`)
  } catch (error) {
    if (await isThere()) throw error
  }
}

/**
 * Puts files out of the readers' way that are not committed: a process died between naming and committing them, and their
 * step writes them again; or somebody brought another manifest. That they go is committed first, so that one that was only
 * stopped between the two gives its file another name.
 */
async function setAside(home: Home, there: Sizes): Promise<void> {
  const { store, isRemote } = home
  let strays: readonly string[] = []
  const stamps = new Map<string, string | undefined>()
  const { committed } = await commit(home, async (committed) => {
    strays = await nobodys(
      home,
      [...there.keys()].filter((file) => !committed.has(file)),
    )
    for (const file of strays) stamps.set(file, await store.stamp(file))
    return strays.length === 0 ? undefined : { remove: strays }
  })
  // what has become of small files is committed: who made it was killed before it had removed them
  const replaced = new Set(committed.files().flatMap(({ metadata: { compacted } }) => compacted))
  for (const file of strays)
    if (replaced.has(file)) await store.remove(file)
    else await putAside(home, file, stamps.get(file))
  strays = strays.filter((file) => !replaced.has(file))
  const names = strays.join(', ')
  if (strays.length > 0)
    warn(
      isRemote
        ? `${home.root}: not in the manifest, removed: ${names}`
        : `${home.root}: not in the manifest, moved to ${store.place(ASIDE)}: ${names}`,
    )
  if (!isRemote) await tellStrays(home, new Set(strays.map(asideName)), committed)
}

/** Files whose step nobody is at; over a network one can be seen before it is committed. */
async function nobodys(home: Home, files: readonly string[]): Promise<readonly string[]> {
  if (!home.isRemote) return files
  const found: string[] = []
  for (const file of files) {
    const step = /part-([0-9a-f]+)-\d{5,}\.\d+\.parquet$/.exec(file)?.[1]
    if (step === undefined || (await ownerOf(home, step)) === undefined) found.push(file)
  }
  return found
}

/**
 * Removes of the files that were put aside earlier those that their step has written again since, and names the rest.
 */
async function tellStrays({ store }: Home, now: ReadonlySet<string>, committed: Committed): Promise<void> {
  const earlier = ((await store.list(ASIDE)) ?? []).filter(({ name }) => !now.has(name))
  if (earlier.length === 0) return
  const again = new Set(committed.files().map(({ file }) => firstOf(asideName(file))))
  const left: string[] = []
  for (const { name } of earlier)
    if (again.has(firstOf(name))) await store.remove(`${ASIDE}/${name}`)
    else left.push(name)
  if (left.length > 0)
    warn(
      `${store.place(ASIDE)}: put aside by an earlier run and in no manifest, delete what nobody misses: ${left.join(', ')}`,
    )
}

/** Takes files that are gone or cut off, and later parts of their steps, off the list: the steps go on before them. */
async function forgetLost(home: Home, there: Sizes): Promise<void> {
  const { root, store, isRemote } = home
  const look = isRemote ? (name: string) => ({ size: there.get(name) }) : placesOf(root)
  const lost: ManifestFile[] = []
  for (const file of (await committedIn(home)).files()) {
    if (look(file.file).size === file.bytes) continue
    // one that came after the list was made
    if (isRemote && (await store.stat(file.file))?.size === file.bytes) continue
    lost.push(file)
  }
  if (lost.length === 0) return
  const stamps = new Map<string, string | undefined>()
  await commit(home, async (committed) => {
    stamps.clear()
    const still = lost.filter((file) => committed.as(file.file)?.committed === file.committed)
    for (const { table, step, part } of still)
      for (const { file, part: other } of committed.files({ table, step }))
        if (other >= part) stamps.set(file, await store.stamp(file))
    return stamps.size === 0 ? undefined : { remove: [...stamps.keys()] }
  })
  const names = lost.map(({ file }) => file).join(', ')
  warn(`${root}: missing or cut off, and made again by their steps: ${names}`)
  for (const [file, stamp] of stamps) await putAside(home, file, stamp)
}

/** Files by their names, and their bytes where listing tells them. */
type Sizes = ReadonlyMap<string, number | undefined>

/** Files that a writer of this library named, relative to the data set. */
async function dataFiles({ store, isRemote }: Home): Promise<Sizes> {
  const found = new Map<string, number | undefined>()
  const look = async (folder: string): Promise<void> => {
    for (const { name, kind, size } of (await store.list(folder, isRemote)) ?? []) {
      const path = `${folder}/${name}`
      const [file = '', ...folders] = name.split('/').reverse()
      const isPlace = folders.every(isKey)
      if (kind === 'folder' && isKey(name)) await look(path)
      else if (isPlace && kind !== 'folder' && /^part-.+-\d{5,}(\.\d+)?\.parquet$/.test(file))
        found.set(path, size)
    }
  }
  for (const { name, kind } of (await store.list('')) ?? [])
    if (kind === 'folder' && !/^[._]/.test(name)) await look(name)
  return found
}

/** Whether a folder is named by a key. */
const isKey = (folder: string) => /^[^.=]+=/.test(folder)

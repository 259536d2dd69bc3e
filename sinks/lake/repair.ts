import { relative, join } from 'node:path'
import { BlindspotError, warn } from '../../operators/errors.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { removeLeftovers, writeError } from '../../sources/atomicFile.js'
import { stampNow } from '../../sources/openFile.js'
import { localStore, type Store } from '../../sources/store.js'
import { commit, isBehind, writeCheckpoint } from './commit.js'
import { committedIn, type Committed, type ManifestFile } from './committed.js'
import { locked, temporaryFolder } from './locked.js'
import { LOG } from './log.js'
import { firstOf, placeOf, placesOf } from './names.js'

/** Brings a data set into a state that the steps can go on from, or makes a new one; what it does is told as warnings. */
export async function prepareLake(root: string): Promise<void> {
  try {
    makeFolder(temporaryFolder(root))
    for (const folder of [temporaryFolder(root), join(root, LOG)])
      placeOf(root, relative(root, folder), 'folder')
  } catch (error) {
    throw writeError(root, error)
  }
  const store = localStore(root)
  // what takes longest, while nobody waits
  committedIn(root)
  await locked(root, async () => {
    // in this order: where there are files, there was a manifest before
    const there = await dataFiles(store)
    const isNew = committedIn(root).stamp === undefined
    if (isNew && there.length > 0)
      throw new BlindspotError(
        'bad-data',
        `${root} has files of a data set (${there[0]}) and no manifest.json; restore it, or choose another folder`,
      )
    removeLeftovers(temporaryFolder(root))
    if (!isNew) {
      await setAside(root, store, there)
      await forgetLost(root, store)
    }
    if (isBehind(committedIn(root))) writeCheckpoint(root)
  })
}

/** Folder for files that are put aside, relative to the data set. */
const ASIDE = '.tmp/strays'

const asideName = (file: string) => file.replaceAll('/', '+')

/** Puts a file aside that still is what it was: whoever took the lock can have removed it, and written another. */
async function putAside(store: Store, file: string, stamp: string | undefined): Promise<void> {
  const isThere = () => stamp !== undefined && stampNow(store.place(file), true) === stamp
  try {
    if (isThere()) await store.move(file, `${ASIDE}/${asideName(file)}`)
  } catch (error) {
    if (isThere()) throw error
  }
}

/**
 * Puts files out of the readers' way that are not committed: a process died between naming and committing them, and their
 * step writes them again; or somebody brought another manifest. That they go is committed first, so that one that was only
 * stopped between the two gives its file another name.
 */
async function setAside(root: string, store: Store, there: readonly string[]): Promise<void> {
  let strays: readonly string[] = []
  const stamps = new Map<string, string | undefined>()
  const { committed } = commit(root, (committed) => {
    strays = there.filter((file) => !committed.has(file))
    for (const file of strays) stamps.set(file, stampNow(store.place(file), true))
    return strays.length === 0 ? undefined : { remove: strays }
  })
  for (const file of strays) await putAside(store, file, stamps.get(file))
  if (strays.length > 0)
    warn(`${store.place('')}: not in the manifest, moved to ${store.place(ASIDE)}: ${strays.join(', ')}`)
  await tellStrays(store, new Set(strays.map(asideName)), committed)
}

/**
 * Removes of the files that were put aside earlier those that their step has written again since, and names the rest.
 */
async function tellStrays(store: Store, now: ReadonlySet<string>, committed: Committed): Promise<void> {
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
async function forgetLost(root: string, store: Store): Promise<void> {
  const look = placesOf(root)
  const lost: ManifestFile[] = []
  for (const file of committedIn(root).files()) if (look(file.file).size !== file.bytes) lost.push(file)
  if (lost.length === 0) return
  const stamps = new Map<string, string | undefined>()
  commit(root, (committed) => {
    stamps.clear()
    const still = lost.filter((file) => committed.as(file.file)?.committed === file.committed)
    for (const { table, step, part } of still)
      for (const { file, part: other } of committed.files({ table, step }))
        if (other >= part) stamps.set(file, stampNow(store.place(file), true))
    return stamps.size === 0 ? undefined : { remove: [...stamps.keys()] }
  })
  const names = lost.map(({ file }) => file).join(', ')
  warn(`${root}: missing or cut off, and made again by their steps: ${names}`)
  for (const [file, stamp] of stamps) await putAside(store, file, stamp)
}

/** Files that a writer of this library named, relative to the data set. */
async function dataFiles(store: Store): Promise<readonly string[]> {
  const found: string[] = []
  const look = async (folder: string): Promise<void> => {
    for (const { name, kind } of (await store.list(folder)) ?? []) {
      const path = folder === '' ? name : `${folder}/${name}`
      const isTable = folder === '' && !name.startsWith('.')
      if (kind === 'folder' && (isTable || /^[^.=]+=/.test(name))) await look(path)
      else if (folder !== '' && kind !== 'folder' && /^part-.+-\d{5,}(\.\d+)?\.parquet$/.test(name))
        found.push(path)
    }
  }
  await look('')
  return found
}

import { relative } from 'node:path'
import { BlindspotError, warn } from '../../operators/errors.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { removeLeftovers, writeError } from '../../sources/atomicFile.js'
import { localStore, type Store } from '../../sources/store.js'
import { placeOf } from './names.js'
import { locked, manifestOf, readManifest, temporaryFolder, writeManifest } from './manifest.js'
import type { Manifest, ManifestFile } from './manifest.js'

/** Brings a data set into a state that the steps can go on from, or makes a new one; what it does is told as warnings. */
export async function prepareLake(root: string): Promise<void> {
  try {
    makeFolder(temporaryFolder(root))
    placeOf(root, relative(root, temporaryFolder(root)), 'folder')
  } catch (error) {
    throw writeError(root, error)
  }
  const store = localStore(root)
  await locked(root, async () => {
    const manifest = readManifest(root)
    const there = await dataFiles(store)
    if (manifest === undefined) {
      if (there.length > 0)
        throw new BlindspotError(
          'bad-data',
          `${root} has files of a data set (${there[0]}) and no manifest.json; restore it, or choose another folder`,
        )
      writeManifest(root, manifestOf(new Date().toISOString(), []))
    }
    removeLeftovers(temporaryFolder(root))
    if (manifest !== undefined) {
      await setAside(store, manifest, there)
      await forgetLost(root, store, manifest)
    }
  })
}

/** Folder for files that are put aside, relative to the data set. */
const ASIDE = '.tmp/strays'

/**
 * Puts files out of the readers' way that are not in the manifest: a process died between naming and listing them
 * (files get their names under the lock), and their step writes them again; or somebody brought another manifest.
 */
async function setAside(store: Store, manifest: Manifest, there: readonly string[]): Promise<void> {
  const committed = new Set(manifest.files.map(({ file }) => file))
  const strays = there.filter((file) => !committed.has(file))
  for (const file of strays) await store.move(file, `${ASIDE}/${asideName(file)}`)
  if (strays.length > 0)
    warn(`${store.place('')}: not in the manifest, moved to ${store.place(ASIDE)}: ${strays.join(', ')}`)
  await tellStrays(store, new Set(strays.map(asideName)), new Set([...committed].map(asideName)))
}

const asideName = (file: string) => file.replaceAll('/', '+')

/**
 * Removes of the files that were put aside earlier those that their step has written again since, and names the rest.
 */
async function tellStrays(
  store: Store,
  now: ReadonlySet<string>,
  committed: ReadonlySet<string>,
): Promise<void> {
  const left: string[] = []
  for (const { name } of (await store.list(ASIDE)) ?? [])
    if (!now.has(name) && !committed.has(name)) left.push(name)
    else if (!now.has(name)) await store.remove(`${ASIDE}/${name}`)
  if (left.length > 0)
    warn(
      `${store.place(ASIDE)}: put aside by an earlier run and in no manifest, delete what nobody misses: ${left.join(', ')}`,
    )
}

/** Takes files that are gone or cut off, and later parts of their steps, off the manifest: the steps go on before them. */
async function forgetLost(root: string, store: Store, manifest: Manifest): Promise<void> {
  const lost: ManifestFile[] = []
  for (const each of manifest.files) {
    placeOf(root, each.file)
    if ((await store.stat(each.file))?.size !== each.bytes) lost.push(each)
  }
  if (lost.length === 0) return
  const kept = manifest.files.filter(
    ({ table, step, part }) =>
      !lost.some((file) => file.table === table && file.step === step && file.part <= part),
  )
  const names = lost.map(({ file }) => file).join(', ')
  warn(`${root}: missing or cut off, and made again by their steps: ${names}`)
  writeManifest(root, manifestOf(manifest.created, kept))
}

/** Files that a writer of this library named, relative to the data set. */
async function dataFiles(store: Store): Promise<readonly string[]> {
  const found: string[] = []
  const look = async (folder: string): Promise<void> => {
    for (const { name, kind } of (await store.list(folder)) ?? []) {
      const path = folder === '' ? name : `${folder}/${name}`
      const isTable = folder === '' && !name.startsWith('.')
      if (kind === 'folder' && (isTable || /^[^.=]+=/.test(name))) await look(path)
      else if (folder !== '' && kind !== 'folder' && /^part-.+-\d{5}\.parquet$/.test(name)) found.push(path)
    }
  }
  await look('')
  return found
}

import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
import { removeLeftovers, writeError } from './atomicFile.js'
import { placeOf } from './names.js'
import { locked, manifestOf, readManifest, temporaryFolder, writeManifest } from './manifest.js'
import type { Manifest } from './manifest.js'

/** Brings a data set into a state that the steps can go on from, or makes a new one; what it does is told as warnings. */
export async function prepareLake(root: string): Promise<void> {
  try {
    makeFolder(temporaryFolder(root))
    placeOf(root, relative(root, temporaryFolder(root)), 'folder')
  } catch (error) {
    throw writeError(root, error)
  }
  await locked(root, () => {
    const manifest = readManifest(root)
    const there = dataFiles(root)
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
      setAside(root, manifest, there)
      forgetLost(root, manifest)
    }
  })
}

/**
 * Puts files out of the readers' way that are not in the manifest: a process died between naming and listing them
 * (files get their names under the lock), and their step writes them again; or somebody brought another manifest.
 */
function setAside(root: string, manifest: Manifest, there: readonly string[]): void {
  const committed = new Set(manifest.files.map(({ file }) => file))
  const strays = there.filter((file) => !committed.has(file))
  const aside = join(temporaryFolder(root), 'strays')
  if (strays.length > 0) makeFolder(aside)
  for (const file of strays) renameSync(join(root, file), join(aside, asideName(file)))
  if (strays.length > 0)
    process.emitWarning(`${root}: not in the manifest, moved to ${aside}: ${strays.join(', ')}`)
  tellStrays(aside, new Set(strays.map(asideName)), new Set([...committed].map(asideName)))
}

const asideName = (file: string) => file.replaceAll('/', '+')

/** Of what was put aside earlier, removes what its step has written again since, and names the rest. */
function tellStrays(aside: string, now: ReadonlySet<string>, committed: ReadonlySet<string>): void {
  if (!existsSync(aside)) return
  const earlier = readdirSync(aside).filter((name) => !now.has(name))
  for (const name of earlier.filter((name) => committed.has(name)))
    rmSync(join(aside, name), { force: true, recursive: true })
  const left = earlier.filter((name) => !committed.has(name))
  if (left.length > 0)
    process.emitWarning(
      `${aside}: put aside by an earlier run and in no manifest, delete what nobody misses: ${left.join(', ')}`,
    )
}

/** Takes files that are gone or cut off, and later parts of their steps, off the manifest: the steps go on before them. */
function forgetLost(root: string, manifest: Manifest): void {
  const lost = manifest.files.filter(({ file, bytes }) => {
    const found = statSync(placeOf(root, file), { throwIfNoEntry: false })
    return found?.size !== bytes
  })
  if (lost.length === 0) return
  const kept = manifest.files.filter(
    ({ table, step, part }) =>
      !lost.some((file) => file.table === table && file.step === step && file.part <= part),
  )
  const names = lost.map(({ file }) => file).join(', ')
  process.emitWarning(`${root}: missing or cut off, and made again by their steps: ${names}`)
  writeManifest(root, manifestOf(manifest.created, kept))
}

/** Files that a writer of this library named, relative to the data set. */
function dataFiles(root: string): string[] {
  const below = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return /^[^.=]+=/.test(entry.name) ? below(path) : []
      return /^part-.+-\d{5}\.parquet$/.test(entry.name) ? [relative(root, path).split(sep).join('/')] : []
    })
  return existsSync(root)
    ? readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .flatMap((entry) => below(join(root, entry.name)))
    : []
}

import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BlindspotError } from '../operators/errors.js'
import type { TableName, Tables } from '../operators/records/tables.js'
import { removeLeftovers, writeError } from './atomicFile.js'
import { LakeParts } from './lakeParts.js'
import type { PartsOptions } from './lakeParts.js'
import { LakeWriter } from './lakeWriter.js'
import type { WriterOptions } from './lakeWriter.js'
import { locked, manifestOf, readManifest, temporaryFolder, writeManifest } from './manifest.js'
import type { Manifest, ManifestFile } from './manifest.js'
import { whileLocked } from './stepLock.js'
import { makeFolder } from '../operators/makeFolder.js'

/** A committed file, with the path where it is now. */
export interface LakeFile extends ManifestFile {
  readonly path: string
}

/** Which files; each part that is given has to be equal. */
export interface FileQuery {
  readonly table?: string
  readonly step?: string
  readonly partition?: Readonly<Record<string, string>>
}

/** What a table takes beside Arrow batches. */
export type RecordOf<Name extends string> = Name extends TableName ? Tables[Name] : never

/**
 * A data set in a folder: `TABLE/KEY=VALUE/part-STEP-00000.parquet` for each table, and `manifest.json`.
 *
 * What the manifest lists is committed, nothing else counts. Any number of processes and workers of one machine
 * may write to it at once.
 */
export interface Lake {
  readonly folder: string
  /** Committed files in the order of their commits, as the manifest lists them now. */
  files(query?: FileQuery): LakeFile[]
  /** Writes one file; it is there when `commit` resolves. */
  writer<Name extends string>(table: Name, options: WriterOptions): LakeWriter<RecordOf<Name>>
  /** Writes a row of files, each committed by itself, so that an interrupted step goes on where it was. */
  parts<Name extends string>(table: Name, options: PartsOptions): LakeParts<RecordOf<Name>>
  /** Reads committed files through; `bad-data` for one that is missing or no longer what was committed. */
  verify(files: readonly LakeFile[]): Promise<void>
  /** Runs the work of a step; an `io` error where another process of this machine is at the same step. */
  exclusively<T>(step: string, work: () => Promise<T>): Promise<T>
}

/**
 * Opens a data set, or makes one in a new folder. What processes that died left unfinished is removed.
 *
 * Errors: `bad-data` where the manifest is corrupt, newer than this version, or missing beside files of a data
 * set; `io` where the folder cannot be written to or, read-only, is no data set.
 *
 * @param options.readOnly default false; true changes nothing in the folder.
 * @example
 * const lake = await openLake('mnist')
 * const writer = lake.writer('scores', { step: '5f2c', partition: { source: 'FC10(1)' } })
 * await writer.write(scores)
 * await writer.commit()
 */
export async function openLake(folder: string, options: { readonly readOnly?: boolean } = {}): Promise<Lake> {
  const root = resolve(folder)
  if (options.readOnly !== true) await prepare(root)
  else if (readManifest(root) === undefined)
    throw new BlindspotError(
      'io',
      `${root} is no data set: it has no manifest.json; give the folder that a run wrote`,
    )
  return {
    folder: root,
    files: (query = {}) => committedFiles(root, query),
    writer: (table, writerOptions) => new LakeWriter(root, table, writerOptions),
    parts: (table, partsOptions) => new LakeParts(root, table, partsOptions),
    verify,
    exclusively: (step, work) => whileLocked(root, step, work),
  }
}

function committedFiles(root: string, { table, step, partition = {} }: FileQuery): LakeFile[] {
  const { files = [] } = readManifest(root) ?? {}
  return files
    .filter(
      (file) =>
        (table === undefined || file.table === table) &&
        (step === undefined || file.step === step) &&
        Object.entries(partition).every(([key, value]) => file.partition[key] === value),
    )
    .map((file) => ({ ...file, path: join(root, file.file) }))
}

async function verify(files: readonly LakeFile[]): Promise<void> {
  for (const { path, sha256 } of files) {
    const hash = createHash('sha256')
    try {
      await pipeline(createReadStream(path), hash)
    } catch (cause) {
      throw new BlindspotError('bad-data', `${path} cannot be read: ${(cause as Error).message}`, { cause })
    }
    if (hash.digest('hex') === sha256) continue
    throw new BlindspotError(
      'bad-data',
      `${path} is not what was committed (its SHA-256 differs from the manifest's); delete it and run its command again`,
    )
  }
}

async function prepare(root: string): Promise<void> {
  try {
    makeFolder(temporaryFolder(root))
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
  if (strays.length === 0) return
  const aside = join(temporaryFolder(root), 'strays')
  makeFolder(aside)
  for (const file of strays) renameSync(join(root, file), join(aside, file.replaceAll('/', '+')))
  process.emitWarning(`${root}: not in the manifest, moved to ${aside}: ${strays.join(', ')}`)
}

/** Takes files that are gone or cut off, and later parts of their steps, off the manifest: the steps go on before them. */
function forgetLost(root: string, manifest: Manifest): void {
  const lost = manifest.files.filter(({ file, bytes }) => {
    const found = statSync(join(root, file), { throwIfNoEntry: false })
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

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockSync } from 'proper-lockfile'
import { BlindspotError } from '../operators/errors.js'
import { syncFolder, temporaryName, writeError } from './atomicFile.js'
import { makeFolder } from '../operators/makeFolder.js'

/** A committed file of a data set. */
export interface ManifestFile {
  readonly table: string
  /** Relative to the data set, with `/`. */
  readonly file: string
  readonly partition: Readonly<Record<string, string>>
  /** Identity of the step that wrote it. */
  readonly step: string
  /** Position among the step's files, from 0. */
  readonly part: number
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  /** When it was committed, ISO 8601. */
  readonly committed: string
  /** What the step notes about itself. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** The content of `manifest.json`: the truth about what a data set holds, in the order of the commits. */
export interface Manifest {
  readonly format: 'blindspot'
  readonly version: 1
  readonly created: string
  /** Sums per table, for people. */
  readonly tables: Readonly<Record<string, { files: number; rows: number; bytes: number }>>
  readonly files: readonly ManifestFile[]
}

const VERSION = 1

/** The manifest of a data set; undefined where there is none; `bad-data` where it cannot be used. */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'manifest.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BlindspotError('io', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  let found: Partial<Omit<Manifest, 'version'>> & { readonly version?: unknown }
  try {
    found = (JSON.parse(text) ?? {}) as typeof found
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path} is no JSON: ${(cause as Error).message}; restore it, or write the data set to another folder`,
      { cause },
    )
  }
  if (typeof found.version === 'number' && found.version > VERSION)
    throw new BlindspotError(
      'bad-data',
      `${path} has version ${found.version}, this blindspot reads up to ${VERSION}; use a newer one`,
    )
  if (
    found.format !== 'blindspot' ||
    found.version !== VERSION ||
    !(Array.isArray(found.files) && found.files.every(isFile))
  )
    throw new BlindspotError(
      'bad-data',
      `${path} is no manifest of a blindspot data set (format "blindspot", version ${VERSION}, files); choose another folder`,
    )
  return found as Manifest
}

function isFile(entry: unknown): boolean {
  const { table, file, step, part, rows, bytes, sha256, partition, metadata } = (entry ??
    {}) as Partial<ManifestFile>
  return (
    [table, file, step, sha256].every((text) => typeof text === 'string') &&
    [part, rows, bytes].every((count) => typeof count === 'number') &&
    [partition, metadata].every((record) => typeof record === 'object' && (record as unknown) !== null)
  )
}

/** A manifest with the sums per table made anew. */
export function manifestOf(created: string, files: readonly ManifestFile[]): Manifest {
  const tables: Record<string, { files: number; rows: number; bytes: number }> = {}
  for (const { table, rows, bytes } of files) {
    const sum = (tables[table] ??= { files: 0, rows: 0, bytes: 0 })
    sum.files++
    sum.rows += rows
    sum.bytes += bytes
  }
  return { format: 'blindspot', version: VERSION, created, tables, files }
}

/** Puts a manifest in the place of the present one; only under the lock. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const path = join(folder, 'manifest.json')
  const temporary = join(temporaryFolder(folder), temporaryName('manifest.json'))
  try {
    makeFolder(dirname(temporary))
    writeFileSync(temporary, JSON.stringify(manifest, null, 2) + '\n')
    const descriptor = openSync(temporary, 'r+')
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(temporary, path)
    syncFolder(folder)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw writeError(path, error)
  }
}

/** Unfinished files live beside the tables: polars refuses a table's folder that has them in it. */
export const temporaryFolder = (folder: string) => join(folder, '.tmp')

/**
 * Runs something while no other process or worker of this machine does, for one data set. It is synchronous, so
 * that a busy event loop cannot make the lock look forgotten; one whose owner died is taken over after 5 s.
 */
export async function locked<T>(folder: string, action: () => T): Promise<T> {
  const path = join(folder, 'manifest.json')
  const started = Date.now()
  for (;;) {
    let release: () => void
    try {
      release = lockSync(path, { realpath: false, stale: 5000 })
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'ELOCKED' && Date.now() - started < 60_000) {
        await sleep(5 + Math.random() * 20)
        continue
      }
      throw new BlindspotError(
        'io',
        code === 'ELOCKED'
          ? `${path} cannot be locked: ${(cause as Error).message}; remove ${path}.lock if nothing writes there`
          : `${folder} cannot be written to: ${(cause as Error).message}; choose another folder`,
        { cause },
      )
    }
    try {
      return action()
    } finally {
      release()
    }
  }
}

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockSync } from 'proper-lockfile'
import { BlindspotError } from '../operators/errors.js'
import { syncFolder, temporaryName, writeError } from './atomicFile.js'
import { makeFolder } from '../operators/makeFolder.js'
import { parseManifest, type ManifestFile } from './manifestSchema.js'

export type { ManifestFile } from './manifestSchema.js'

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

/** Of a data set of 100,000 files it is 60 MB. */
const LARGEST_MB = 64

/**
 * The manifest of a data set, of which every value is as its type says; undefined where there is none; `bad-data` where it
 * cannot be used.
 */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'manifest.json')
  const text = contentOf(path)
  if (text === undefined) return undefined
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path} is no JSON: ${(cause as Error).message}; restore it, or write the data set to another folder`,
      { cause },
    )
  }
  const { format, version } = (found ?? {}) as { readonly format?: unknown; readonly version?: unknown }
  if (typeof version === 'number' && version > VERSION)
    throw new BlindspotError(
      'bad-data',
      `${path} has version ${version}, this blindspot reads up to ${VERSION}; use a newer one`,
    )
  if (format !== 'blindspot' || version !== VERSION)
    throw new BlindspotError(
      'bad-data',
      `${path} is no manifest of a blindspot data set (format "blindspot", version ${VERSION}, files); choose another folder`,
    )
  try {
    const { created, files } = parseManifest(found)
    return manifestOf(created, files)
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path} is no manifest that blindspot wrote: ${(cause as Error).message}; restore it, or choose another folder`,
      { cause },
    )
  }
}

function contentOf(path: string): string | undefined {
  let descriptor: number
  try {
    // a pipe is not waited for
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK || 0))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BlindspotError('io', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw new BlindspotError('bad-data', `${path} is no file; choose another folder`)
    if (found.size > LARGEST_MB * 1e6)
      throw new BlindspotError(
        'bad-data',
        `${path} has ${(found.size / 1e6).toFixed(0)} MB, of a manifest up to ${LARGEST_MB} are read; restore it`,
      )
    return readFileSync(descriptor, 'utf8')
  } catch (cause) {
    if (cause instanceof BlindspotError) throw cause
    throw new BlindspotError('io', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  } finally {
    closeSync(descriptor)
  }
}

/** A manifest with the sums per table made anew. */
export function manifestOf(created: string, files: readonly ManifestFile[]): Manifest {
  const tables = new Map<string, { files: number; rows: number; bytes: number }>()
  for (const { table, rows, bytes } of files) {
    const sum = tables.get(table) ?? { files: 0, rows: 0, bytes: 0 }
    tables.set(table, { files: sum.files + 1, rows: sum.rows + rows, bytes: sum.bytes + bytes })
  }
  return { format: 'blindspot', version: VERSION, created, tables: Object.fromEntries(tables), files }
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

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
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, locksIn, takeLock } from '../../operators/lock/fileLock.js'
import { temporaryName } from '../../operators/lock/owner.js'
import { syncFolder, writeError } from './atomicFile.js'
import { makeFolder } from '../../operators/lock/makeFolder.js'
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

/** Milliseconds for which the manifest is waited for: what others do with it takes less than one second. */
const LONGEST_WAIT = 60_000

/**
 * Runs something while no other process or worker does, for one data set; one whose owner is gone is no hindrance.
 * A step that no longer has its own lock changes nothing: another host took this process for gone and does its work.
 */
export async function locked<T>(folder: string, action: () => T): Promise<T> {
  const path = join(temporaryFolder(folder), 'manifest.lock')
  const began = performance.now()
  for (;;) {
    const lock = await takeLock(path).catch((error: unknown) => {
      throw writeError(path, error)
    })
    if (lock.kind === 'held') {
      try {
        locksIn(temporaryFolder(folder)).forEach(requireHeld)
        return action()
      } finally {
        lock.release()
      }
    }
    if (performance.now() - began > LONGEST_WAIT)
      throw new BlindspotError(
        'io',
        `${folder}: ${describeBusy(lock)}, has been writing the manifest for more than ${LONGEST_WAIT / 1000} s; ` +
          `see whether it was stopped, or, where it runs no longer, delete ${path}`,
      )
    await sleep(5 + Math.random() * 20)
  }
}

function requireHeld(lock: { readonly path: string; stillHeld(): boolean }): void {
  if (lock.stillHeld()) return
  throw new BlindspotError(
    'io',
    `${lock.path} is no longer this process': it was deleted, or this process was stopped for so long that another took ` +
      'the work over; nothing more is written; run again when no other is at it',
  )
}

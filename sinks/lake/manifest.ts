import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BlindspotError } from '../../operators/errors.js'
import { describeBusy, locksIn, takeLock } from '../../operators/lock/fileLock.js'
import { writeError, writeNow } from '../../sources/atomicFile.js'
import { readNow } from '../../sources/openFile.js'
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

/** Largest manifest that is read; that of a data set of 100,000 files is 60 MB. */
const LARGEST_MB = 64

/**
 * The manifest of a data set, of which every value is as its type says; undefined where there is none; `bad-data` where it
 * cannot be used.
 */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'manifest.json')
  const text = readNow(path, (size) => {
    if (size > LARGEST_MB * 1e6)
      throw new BlindspotError(
        'bad-data',
        `${path} has ${(size / 1e6).toFixed(0)} MB, of a manifest up to ${LARGEST_MB} are read; restore it`,
      )
  })
  if (text === undefined) return undefined
  if (last?.path === path && last.text === text) return last.manifest
  const manifest = manifestIn(path, text)
  last = { path, text, manifest }
  return manifest
}

/** What was read last: a step asks again and again for what is committed, which only a commit changes. */
let last: { readonly path: string; readonly text: string; readonly manifest: Manifest } | undefined

function manifestIn(path: string, text: string): Manifest {
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
  const text = JSON.stringify(manifest, null, 2) + '\n'
  writeNow(join(folder, 'manifest.json'), text, temporaryFolder(folder))
}

/** Unfinished files live beside the tables: polars refuses a table's folder that has them in it. */
export const temporaryFolder = (folder: string) => join(folder, '.tmp')

/** Milliseconds for which the manifest is waited for: what others do with it takes less than one second. */
const LONGEST_WAIT = 60_000

/**
 * Runs something while no other process or worker does, for one data set; one whose owner is gone is no hindrance.
 * A step that no longer has its own lock changes nothing: another host took this process for gone and does its work.
 */
export async function locked<T>(folder: string, action: () => T | Promise<T>): Promise<T> {
  const path = join(temporaryFolder(folder), 'manifest.lock')
  const began = performance.now()
  for (;;) {
    const lock = await takeLock(path).catch((error: unknown) => {
      throw writeError(path, error)
    })
    if (lock.kind === 'held') {
      try {
        locksIn(temporaryFolder(folder)).forEach(requireHeld)
        return await action()
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

import { resolve } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import { sha256Of } from '../../sources/sha256.js'
import { placeOf } from './names.js'
import { prepareLake } from './repair.js'
import { LakeParts } from './parts.js'
import type { PartsOptions } from './parts.js'
import { LakeWriter } from './writer.js'
import type { WriterOptions } from './writer.js'
import { readManifest } from './manifest.js'
import type { ManifestFile } from './manifest.js'
import { whileLocked } from './stepLock.js'

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
  /** The data set's folder. */
  readonly folder: string
  /** Committed files in the order of their commits, as the manifest lists them now. */
  files(query?: FileQuery): LakeFile[]
  /** Writes one file; it is there when `close` resolves. */
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
 * Errors: `bad-data` where a value of the manifest is not what a writer writes, where it is newer than this version, or
 * missing beside files of a data set, and where a file is none (a folder, a device) or a link out of the data set; `io` where the folder cannot be written to or, read-only, is no data set.
 *
 * @param options.readOnly default false; true changes nothing in the folder.
 * @example
 * const lake = await openLake('mnist')
 * const writer = lake.writer('scores', { step: '5f2c', partition: { source: 'FC10(1)' } })
 * await writer.write(scores)
 * await writer.close()
 */
export async function openLake(folder: string, options: { readonly readOnly?: boolean } = {}): Promise<Lake> {
  const root = resolve(folder)
  if (options.readOnly !== true) await prepareLake(root)
  else {
    if (readManifest(root) === undefined)
      throw new BlindspotError(
        'io',
        `${root} is no data set: it has no manifest.json; give the folder that a run wrote`,
      )
    committedFiles(root, {})
  }
  return {
    folder: root,
    files: (query = {}) => committedFiles(root, query),
    writer: (table, writerOptions) => new LakeWriter(root, table, writerOptions),
    parts: (table, partsOptions) => new LakeParts(root, table, partsOptions),
    verify,
    exclusively: (step, work) => whileLocked(root, step, work),
  }
}

function committedFiles(root: string, query: FileQuery): LakeFile[] {
  const { files = [] } = readManifest(root) ?? {}
  return files
    .filter((file) => isAsked(file, query))
    .map((file) => ({ ...file, path: placeOf(root, file.file) }))
}

/** Whether a file is one of those that are asked for. */
export const isAsked = (file: ManifestFile, { table, step, partition = {} }: FileQuery): boolean =>
  (table === undefined || file.table === table) &&
  (step === undefined || file.step === step) &&
  Object.entries(partition).every(([key, value]) => file.partition[key] === value)

async function verify(files: readonly LakeFile[]): Promise<void> {
  for (const { path, sha256 } of files) {
    const found = await sha256Of(path).catch((cause: unknown) => {
      throw new BlindspotError('bad-data', (cause as Error).message, { cause })
    })
    if (found === sha256) continue
    throw new BlindspotError(
      'bad-data',
      `${path} is not what was committed (its SHA-256 differs from the manifest's); delete it and run its command again`,
    )
  }
}

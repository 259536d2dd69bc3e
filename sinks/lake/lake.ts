import { resolve } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { Watch } from '../../operators/lock/watch.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import { localStore } from '../../sources/store.js'
import { sha256Of } from '../../sources/sha256.js'
import { writeCheckpoint } from './commit.js'
import { keepTableFormats } from './formats/publish.js'
import { committedIn, type FileQuery, type ManifestFile } from './committed.js'
import { locked } from './locked.js'
import { placesOf } from './names.js'
import { prepareLake } from './repair.js'
import { LakeParts } from './parts.js'
import type { PartsOptions } from './parts.js'
import { LakeWriter } from './writer.js'
import type { WriterOptions } from './writer.js'
import { ownerOf, whileLocked } from './stepLock.js'

export type { FileQuery } from './committed.js'

/** A committed file, with the path where it is now. */
export interface LakeFile extends ManifestFile {
  readonly path: string
}

/** What a table takes beside Arrow batches. */
export type RecordOf<Name extends string> = Name extends TableName ? Tables[Name] : never

/**
 * A data set in a folder: `TABLE/KEY=VALUE/part-STEP-00000.parquet` for each table, `manifest.json`, and `_commits`, what was
 * committed since.
 *
 * What these list is committed, nothing else counts. Any number of processes and workers may write to it at once, of several
 * machines, too, where they share the folder.
 */
export interface Lake {
  /** The data set's folder. */
  readonly folder: string
  /** Committed files in the order of their commits, as of now. */
  files(query?: FileQuery): LakeFile[]
  /** Writes one file; it is there when `close` resolves. */
  writer<Name extends string>(table: Name, options: WriterOptions): LakeWriter<RecordOf<Name>>
  /** Writes a row of files, each committed by itself, so that an interrupted step goes on where it was. */
  parts<Name extends string>(table: Name, options: PartsOptions): LakeParts<RecordOf<Name>>
  /** Reads committed files through; `bad-data` for one that is missing or no longer what was committed. */
  verify(files: readonly LakeFile[]): Promise<void>
  /** Runs the work of a step; a `busy` error where another process is at the same step. */
  exclusively<T>(step: string, work: () => Promise<T>): Promise<T>
  /**
   * Who is at a step now, in words: `process 7 of host x, since …`; undefined where nobody is. One that cannot be seen from here and
   * has not renewed its lock for ten seconds, as this was asked again and again, is gone.
   */
  ownerOf(step: string): string | undefined
  /**
   * Brings `manifest.json` up to date, which lags behind while a large data set is written to, and the table formats that the
   * data set has: for other programs.
   */
  checkpoint(): Promise<void>
}

/**
 * Opens a data set, or makes one in a new folder. What processes that died left unfinished is removed.
 *
 * Errors: `bad-data` where a value of the manifest or a commit is not what a writer writes, where one is newer than this version, or
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
  if (options.readOnly !== true) {
    await prepareLake(root)
    await releaseDead(root)
  } else {
    if (committedIn(root).stamp === undefined)
      throw new BlindspotError(
        'io',
        `${root} is no data set: it has no manifest.json; give the folder that a run wrote`,
      )
    committedFiles(root, {})
  }
  const watched = new Watch()
  return {
    folder: root,
    files: (query = {}) => committedFiles(root, query),
    writer: (table, writerOptions) => new LakeWriter(root, table, writerOptions),
    parts: (table, partsOptions) => new LakeParts(root, table, partsOptions),
    verify,
    exclusively: (step, work) => whileLocked(root, step, work),
    ownerOf: (step) => ownerOf(root, step, watched),
    async checkpoint() {
      await locked(root, () => writeCheckpoint(root))
      await keepTableFormats(localStore(root))
    },
  }
}

/** Takes the locks off that processes left which died: of a step that is done nobody else would. */
async function releaseDead(root: string): Promise<void> {
  for (const { name } of (await localStore(root).list('.tmp')) ?? []) {
    const step = /^([0-9a-f]{16})\.lock$/.exec(name)?.[1]
    if (step === undefined || ownerOf(root, step) !== undefined) continue
    await whileLocked(root, step, () => Promise.resolve()).catch((error: unknown) => {
      if (!(error instanceof BlindspotError && error.code === 'busy')) throw error
    })
  }
}

function committedFiles(root: string, query: FileQuery): LakeFile[] {
  const look = placesOf(root)
  return committedIn(root)
    .files(query)
    .map((file) => ({ ...file, path: look(file.file).path }))
}

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

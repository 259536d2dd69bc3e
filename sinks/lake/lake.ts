import type { TableName, Tables } from '../../operators/records/tables.js'
import type { FileQuery, ManifestFile } from './committed.js'
import type { LakeParts, PartsOptions } from './parts.js'
import type { LakePartitioned, PartitionedOptions } from './partitioned.js'
import type { LakeWriter, WriterOptions } from './writer.js'

export type { FileQuery } from './committed.js'

/** A committed file, with the place where it is now: a path, or the URL of an object. */
export interface LakeFile extends ManifestFile {
  readonly path: string
}

/** What is committed, as it was read last. */
export interface Latest {
  /** Committed files in the order of their commits. */
  readonly files: (query?: FileQuery) => LakeFile[]
}

/** What a table takes beside Arrow batches. */
export type RecordOf<Name extends string> = Name extends TableName ? Tables[Name] : never

/**
 * A data set in a folder, or below a prefix of an object store: `TABLE/KEY=VALUE/part-STEP-00000.parquet` for each table, `manifest.json`, and `_commits`, what was
 * committed since.
 *
 * What these list is committed, nothing else counts. Any number of processes and workers may write to it at once, of several
 * machines, too, where they share the folder.
 */
export interface Lake {
  /** The data set's folder, or URL. */
  readonly folder: string
  /** Committed files in the order of their commits, as of now. */
  files(query?: FileQuery): Promise<LakeFile[]>
  /** What is committed as of now, to be asked often: what this thread commits, or reads elsewhere, is in it, too. */
  latest(): Promise<Latest>
  /** Writes one file; it is there when `close` resolves. */
  writer<Name extends string>(table: Name, options: WriterOptions): LakeWriter<RecordOf<Name>>
  /** Writes a row of files, each committed by itself, so that an interrupted step goes on where it was. */
  parts<Name extends string>(table: Name, options: PartsOptions): LakeParts<RecordOf<Name>>
  /** Writes rows to folders by the values of columns, so many files at once at most. */
  partitioned<Name extends string>(table: Name, options: PartitionedOptions): LakePartitioned<RecordOf<Name>>
  /** Reads committed files through; `bad-data` for one that is missing or no longer what was committed. */
  verify(files: readonly LakeFile[]): Promise<void>
  /** Runs the work of a step; a `busy` error where another process is at the same step. */
  exclusively<T>(step: string, work: () => Promise<T>): Promise<T>
  /**
   * Who is at a step now, in words: `process 7 of host x, since …`; undefined where nobody is. One that cannot be seen from here and
   * has not renewed its lock for ten seconds, as this was asked again and again, is gone.
   */
  ownerOf(step: string): Promise<string | undefined>
  /**
   * Brings `manifest.json` up to date, which lags behind while a large data set is written to, and the table formats that the
   * data set has: for other programs.
   */
  checkpoint(): Promise<void>
}

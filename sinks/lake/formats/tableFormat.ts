import type { Store } from '../../../sources/store.js'
import type { DataFile } from './dataFile.js'
import type { TableSchema } from './tableSchema.js'

/** Table formats of which a data set can have the metadata. */
export const TABLE_FORMATS = ['delta', 'iceberg'] as const
export type TableFormatName = (typeof TABLE_FORMATS)[number]

/** What a format's metadata say of a table now. */
export interface TableState {
  /** The last commit of the data set that they have. */
  readonly commit: number
  readonly schema: TableSchema
  /** Rows of each file, by its name relative to the data set. */
  readonly files: ReadonlyMap<string, number>
  /** Whether they name the files by another place than that where the data set is. */
  readonly moved: boolean
}

/** A version of a table that a format has not yet: what a commit has changed. */
export interface TableVersion {
  readonly commit: number
  /** When that was, ISO 8601. */
  readonly committed: string
  readonly schema: TableSchema
  readonly add: readonly DataFile[]
  /** Names relative to the data set. */
  readonly remove: readonly string[]
  /** Whether only files have changed, and no row. */
  readonly isCompaction: boolean
}

/** A table format: metadata beside the Parquet files, which stay as and where they are. */
export interface TableFormat<State extends TableState = TableState> {
  /** Folder of the metadata in that of the table. */
  readonly folder: string
  /** Names in it by which it is told that it is one. */
  readonly marks: RegExp
  /** The present metadata; undefined where there are none. */
  read(store: Store, table: string): Promise<State | undefined>
  /**
   * Adds versions after the last one, or, of a state that was moved, all versions anew; only where nobody else has added any.
   *
   * @returns how many were added; where that is not all of them, what there is has to be read again, and some of the rest may
   * be in it
   */
  append(
    store: Store,
    table: string,
    state: State | undefined,
    versions: readonly TableVersion[],
  ): Promise<number>
}

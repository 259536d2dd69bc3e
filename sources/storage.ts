import type { AtomicFile } from './atomicFile.js'
import type { OpenFile } from './openFile.js'

/** What is at a name, links followed. */
export interface Found {
  readonly kind: 'file' | 'folder' | 'other'
  /** Size in bytes. */
  readonly size: number
  /** When it was last changed, in milliseconds since 1970. */
  readonly modified: number
}

/** Where a file is that is not finished. */
export interface Unfinished {
  /** What its path is to be called; on this machine. */
  readonly path: string
  /** Folder of this machine that its bytes are in until then. */
  readonly folder: string
}

/** What a folder has directly in it. */
export interface Entry {
  /** Name in the folder. */
  readonly name: string
  /** What the entry is. A link is one wherever it leads: `stat` follows it. */
  readonly kind: Found['kind'] | 'link'
  /** Bytes of a file, where that is known without looking. */
  readonly size?: number
}

/**
 * Where bytes are: the few calls by which they are listed, read by range, put and removed.
 *
 * Names have `/` between their parts and are relative to the store's root. A file is complete or absent. What the disk
 * refuses is an `io` error that names the file, and what is not there, or a folder for a file, a `bad-option` one.
 */
export interface Store {
  /** The place of a name, as libraries take it that read for themselves, and as messages say it. */
  place(name: string): string
  /**
   * What is directly in a folder, in the order of the names; undefined where there is no such folder.
   *
   * @param deep where true an object store gives all files below, by their names from the folder: of many folders each would
   * take a request. Default false
   */
  list(folder: string, deep?: boolean): Promise<readonly Entry[] | undefined>
  /** What is at a name; undefined where there is nothing that can be looked at. */
  stat(name: string): Promise<Found | undefined>
  /** A text that is another whenever the file at a name is another or was written to; undefined where there is none. */
  stamp(name: string): Promise<string | undefined>
  /** The place that a name leads to through links, the same for all names of a file; undefined where that is nothing. */
  real(name: string): Promise<string | undefined>
  open(name: string): Promise<OpenFile>
  /**
   * The text of a small file; undefined where there is none.
   *
   * @param check throws where it is too large
   */
  text(name: string, check: (size: number) => void): Promise<string | undefined>
  /** Gives a file its bytes at once; with `ifAbsent` only where there is none, and says whether it did. */
  put(name: string, bytes: Uint8Array | string, options?: { readonly ifAbsent?: boolean }): Promise<boolean>
  /** Where a file's bytes go before it has its name. */
  unfinished(name: string): Unfinished
  /** Gives a finished file a name where nothing has it; says whether it did. */
  give(file: AtomicFile, name: string): Promise<boolean>
  /** Gives a file another name. */
  move(name: string, to: string): Promise<void>
  /** Removes a file; says whether there was one. */
  remove(name: string): Promise<boolean>
}

import { BlindspotError } from '../../operators/errors.js'
import { Watch } from '../../operators/lock/watch.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { isRemote } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { sha256Of } from '../../sources/sha256.js'
import { writeCheckpoint } from './commit.js'
import { keepTableFormats } from './formats/publish.js'
import { committedIn, type FileQuery, type ManifestFile } from './committed.js'
import { homeOf, type Home } from './home.js'
import { locked } from './locked.js'
import { placesOf } from './names.js'
import { prepareLake } from './repair.js'
import { LakeParts, PARTS_OPTIONS } from './parts.js'
import type { PartsOptions } from './parts.js'
import { LakePartitioned, PARTITIONED_OPTIONS, type PartitionedOptions } from './partitioned.js'
import { LakeWriter, WRITER_OPTIONS } from './writer.js'
import type { WriterOptions } from './writer.js'
import { ownerOf, putOut, whileLocked } from './stepLock.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

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

/**
 * Opens a data set, or makes one in a new folder. What processes that died left unfinished is removed.
 *
 * Errors: `bad-data` where a value of the manifest or a commit is not what a writer writes, where one is newer than this version, or
 * missing beside files of a data set, and where a file is none (a folder, a device) or a link out of the data set; `io` where the folder cannot be written to; `bad-option` where, read-only, it is no data set.
 *
 * @param folder a path, or the URL of an object store as `s3://bucket/prefix`, which needs the package `opendal`
 * @param options.readOnly default false; true changes nothing in the folder, and refuses to write.
 * @example
 * const network = await loadClassifier('my-model')
 * const lake = await openLake('mine')
 * const writer = lake.writer('scores', { step: '5f2c', partition: { source: network.name } })
 * await consume(mnist('test', { limit: 16 }).pipe(score([network])), (scores) => writer.write(scores))
 * await writer.close()
 */
export async function openLake(folder: string, options: { readonly readOnly?: boolean } = {}): Promise<Lake> {
  requireKnown<{ readonly readOnly?: boolean }>('openLake', options, { readOnly: true })
  const home = homeOf(folder)
  const { root } = home
  if (options.readOnly !== true) {
    await prepareLake(home)
    await releaseDead(home)
  } else {
    if ((await committedIn(home)).stamp === undefined)
      throw new BlindspotError(
        'bad-option',
        `${root} is no data set: it has no manifest.json; give the folder that a run wrote`,
      )
    ;(await latest(home)).files()
  }
  const watched = new Watch()
  const writable = () => {
    if (options.readOnly !== true) return home
    throw new BlindspotError('bad-option', `${root} was opened to be read alone; open it without readOnly`)
  }
  return {
    folder: root,
    files: async (query = {}) => {
      requireKnown<FileQuery>('lake.files', query, { table: true, step: true, run: true, partition: true })
      return (await latest(home)).files(query)
    },
    latest: () => latest(home),
    writer: (table, given) => {
      requireKnown<WriterOptions>('lake.writer', given, WRITER_OPTIONS)
      return new LakeWriter(writable(), table, given)
    },
    parts: (table, given) => {
      requireKnown<PartsOptions>('lake.parts', given, PARTS_OPTIONS)
      return new LakeParts(writable(), table, given)
    },
    partitioned: (table, given) => {
      requireKnown<PartitionedOptions>('lake.partitioned', given, PARTITIONED_OPTIONS)
      return new LakePartitioned(writable(), table, given)
    },
    verify,
    exclusively: async (step, work) => whileLocked(writable(), step, work),
    ownerOf: (step) => ownerOf(home, step, watched),
    async checkpoint() {
      await locked(writable(), () => writeCheckpoint(home))
      await keepTableFormats(home.store)
    },
  }
}

/** Takes the locks off that processes left which died: of a step that is done nobody else would. */
async function releaseDead(home: Home): Promise<void> {
  for (const step of await home.locks.names())
    if (/^[0-9a-f]{16}$/.test(step) && (await ownerOf(home, step)) === undefined) await putOut(home, step)
}

async function latest(home: Home): Promise<Latest> {
  const { root, isRemote, store } = home
  const committed = await committedIn(home)
  return {
    files: (query) => {
      const place = isRemote ? (name: string) => store.place(name) : pathIn(root)
      return committed.files(query).map((file) => ({ ...file, path: place(file.file) }))
    },
  }
}

const pathIn = (root: string) => {
  const look = placesOf(root)
  return (name: string) => look(name).path
}

async function verify(files: readonly LakeFile[]): Promise<void> {
  for (const file of files) {
    const found = isRemote(file.path) ? await hashOfObject(file) : await hashOfFile(file)
    if (found === file.sha256) continue
    throw new BlindspotError(
      'bad-data',
      `${file.path} is not what was committed (its SHA-256 differs from the manifest's); delete it and run its command again`,
    )
  }
}

const hashOfFile = ({ path }: LakeFile): Promise<string> =>
  sha256Of(path).catch((cause: unknown) => {
    throw new BlindspotError('bad-data', (cause as Error).message, { cause })
  })

/** Of an object its copy tells, which is what is read: it is fetched once. The object itself has to be there as yet. */
async function hashOfObject(file: LakeFile): Promise<string | undefined> {
  const found = await disk.stat(file.path)
  if (!found) throw new BlindspotError('bad-data', `${file.path} cannot be read: it is not there`)
  if (found.size !== file.bytes) return undefined
  await localPaths([file])
  return file.sha256
}

import { setTimeout as sleep } from 'node:timers/promises'
import { RecordBatch, Schema } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { isTableName, TABLES } from '../../operators/records/tables.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { readPlaced } from '../../sources/parquet.js'
import { disk } from '../../sources/store.js'
import { ParquetWriter, type ParquetOptions } from '../parquet.js'
import { commit, keepUp } from './commit.js'
import { compactionsOf, type Compaction } from './compactions.js'
import type { ManifestFile } from './committed.js'
import { homeOf, type Home } from './home.js'
import type { LakeFile } from './lake.js'
import { onDisk } from './onDisk.js'
import { openLake } from './openLake.js'
import { lostFile } from './lostFile.js'
import { locked } from './locked.js'
import { Publication } from './publication.js'
import { claimOf, ownerOf, requireOwners, type Claim } from './stepLock.js'

export interface LakeCompactOptions {
  /** Bytes of a file that small ones become, about. Default 128 MiB. */
  readonly fileBytes?: number | undefined
  /** Milliseconds after the last commit for which the small files stay, for readers that have begun. Default 10,000. */
  readonly grace?: number | undefined
  /** How rows lie in the files that are written. Default: compressed as they were. */
  readonly writing?: Pick<ParquetOptions, 'compression' | 'rowGroupSize'> | undefined
  /** What is noted beside a file in place of what was noted beside several; undefined where they may not be one. */
  readonly combine: (files: readonly ManifestFile[]) => Readonly<Record<string, unknown>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Told, once all is committed, for how many milliseconds how many small files stay. */
  readonly onGrace?: ((milliseconds: number, files: number) => void) | undefined
  /** Told of rows that are written, of so many. */
  readonly onRows?: ((rows: number, total: number) => void) | undefined
}

/** What small files have become. */
export interface CompactedFile {
  readonly table: string
  readonly file: string
  /** How many files it is in place of. */
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** Bytes of those files. */
  readonly before: number
}

/**
 * Makes few Parquet files of the many small ones that a step has committed in a folder of a table: the same rows in the same
 * order, bit for bit, and what the step noted beside them, so that it goes on after them as before.
 *
 * Each new file is put in the place of the small ones by one commit; these are removed after that, and after a time for readers
 * that have begun. Whoever is killed at any moment leaves either; what is left over is removed when the data set is opened next.
 *
 * @throws BlindspotError `busy` where a step of the data set is at work, which may read what would be removed; `bad-data` for a
 * file that is not as it was committed; `io`; the signal's reason
 */
export async function compactLake(
  folder: string,
  {
    fileBytes = 2 ** 27,
    grace = 10_000,
    signal,
    onGrace = () => undefined,
    onRows = () => undefined,
    ...options
  }: LakeCompactOptions,
): Promise<readonly CompactedFile[]> {
  if (!(fileBytes >= 1))
    throw new BlindspotError('bad-option', `fileBytes: expected a number from 1, got ${fileBytes}`)
  await requireWhole(folder)
  const lake = await openLake(folder)
  const home = homeOf(folder)
  await requireIdle(home)
  const all = await compactionsOf(home, await lake.files(), fileBytes, options.combine)
  const total = all.reduce((sum, { rows }) => sum + rows, 0)
  let done = 0
  onRows(done, total)
  const compacted: CompactedFile[] = []
  const old: string[] = []
  try {
    for (const one of all) {
      const { step } = one.files[0]
      const file = await lake.exclusively(step, () =>
        replace(home, one, options.writing, signal, (rows) => onRows((done += rows), total)),
      )
      old.push(...one.files.map((before) => before.file))
      const before = one.files.reduce((sum, { bytes }) => sum + bytes, 0)
      const { table, file: name, rows, bytes } = file
      compacted.push({ table, file: name, files: one.files.length, rows, bytes, before })
    }
  } finally {
    // an interruption keeps what is committed
    if (old.length > 0) {
      if (grace > 0 && signal?.aborted !== true) onGrace(grace, old.length)
      await sleep(grace, undefined, signal && { signal }).catch(() => undefined)
      for (const name of old) await home.store.remove(name)
    }
    if (compacted.length > 0) await lake.checkpoint()
  }
  return compacted
}

/**
 * Checks that all is there that is committed: to open a data set for writing takes what is lost off its list, which only the
 * steps of it bring back.
 */
async function requireWhole(folder: string): Promise<void> {
  const [lost] = (await onDisk(await openLake(folder, { readOnly: true }))).lost as readonly [LakeFile?]
  if (!lost) return
  throw lostFile(lost, (await disk.stat(lost.path)) ? 'cut off' : 'not there')
}

/** A step that is at work may be reading what others have committed. */
async function requireIdle(home: Home): Promise<void> {
  for (const step of await home.locks.names()) {
    const owner = /^[0-9a-f]{16}$/.test(step) ? await ownerOf(home, step) : undefined
    if (owner !== undefined)
      throw new BlindspotError(
        'busy',
        `${home.root}: ${owner}, is at a step of it; run this again when no step is at work`,
      )
  }
}

async function replace(
  home: Home,
  { files, metadata, provenance, compression }: Compaction,
  writing: LakeCompactOptions['writing'],
  signal: AbortSignal | undefined,
  onRows: (rows: number) => void,
): Promise<ManifestFile> {
  const [last] = files.slice(-1)
  const { table, partition, step, part } = last
  const claim = claimOf(home, step)
  const { path, folder } = home.store.unfinished(last.file)
  const writer = new ParquetWriter(path, {
    ...{ compression, ...writing, provenance, temporaryFolder: folder },
    ...(isTableName(table) && { empty: TABLES[table].empty }),
  })
  try {
    for (const file of files) {
      const here = { ...file, path: home.store.place(file.file) }
      const local = (await localPaths([here])).get(here.path) ?? here.path
      for await (const { batch } of readPlaced(local)) {
        signal?.throwIfAborted()
        await writer.write(withoutOwn(batch))
        onRows(batch.numRows)
      }
    }
    await writer.finish()
    return await locked(home, () =>
      commitInstead(home, { table, partition, step, part }, files, metadata, writer, claim),
    )
  } finally {
    await writer.abort()
  }
}

/** Puts a finished file in the place of others by one commit. */
async function commitInstead(
  home: Home,
  named: Pick<ManifestFile, 'table' | 'partition' | 'step' | 'part'>,
  files: readonly ManifestFile[],
  metadata: Compaction['metadata'],
  { finished, rows }: ParquetWriter,
  claim: Claim | undefined,
): Promise<ManifestFile> {
  const names = files.map(({ file }) => file)
  const publication = new Publication(home, named, finished)
  const expected = files.reduce((sum, file) => sum + file.rows, 0)
  if (rows !== expected)
    throw new BlindspotError(
      'bad-data',
      `${names.join(', ')}: expected ${expected} rows, as committed, got ${rows}`,
    )
  try {
    const { committed, added } = await commit(home, async (before, since) => {
      requireOwners(home, before, claim)
      const gone = names.find((name) => !before.has(name))
      if (gone !== undefined)
        throw new BlindspotError('busy', `${gone} was replaced by another process meanwhile; run this again`)
      const { file, instead } = await publication.publish(before, since)
      const one: ManifestFile = {
        ...{ ...named, file, rows, ...finished.written, committed: new Date().toISOString() },
        metadata: { ...metadata, compacted: names, since: firstOf(files) },
      }
      // the last of them, whose place it takes in the order of files, goes with that it comes
      const others = [...new Set([...instead, ...names])].filter((name) => name !== names.at(-1))
      return { add: [one], remove: others }
    })
    await keepUp(home, committed)
    return added[0]
  } catch (error) {
    await publication.withdraw()
    throw error
  }
}

/** When the first of some files was committed, which may have been others before. */
const firstOf = (files: readonly ManifestFile[]): string =>
  files
    .map(({ committed, metadata: { since } }) => (typeof since === 'string' ? since : committed))
    .reduce((a, b) => (a < b ? a : b))

/** A batch without what a footer says of its own file; the other keys in one order, which files have in any. */
function withoutOwn(batch: RecordBatch): RecordBatch {
  const own = new Set(['blindspot', 'blindspot.sorted'])
  const metadata = [...batch.schema.metadata]
    .filter(([key]) => !own.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return new RecordBatch(new Schema(batch.schema.fields, new Map(metadata)), batch.data)
}

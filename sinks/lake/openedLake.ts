import { BlindspotError } from '../../operators/errors.js'
import { Watch } from '../../operators/lock/watch.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { isRemote } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { sha256Of } from '../../sources/sha256.js'
import { writeCheckpoint } from './commit.js'
import { committedIn, type FileQuery } from './committed.js'
import { homeOf, type Home } from './home.js'
import type { Lake, LakeFile, Latest } from './lake.js'
import { lostFile, orLost } from './lostFile.js'
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

/** Opens a data set as `openLake` does. */
export async function openedLake(folder: string, isReadOnly: boolean): Promise<Lake> {
  const home = homeOf(folder)
  const { root } = home
  if (!isReadOnly) {
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
    if (!isReadOnly) return home
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
      const { keepTableFormats } = await import('./formats/publish.js')
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

const hashOfFile = (file: LakeFile): Promise<string> =>
  sha256Of(file.path).catch(async (cause: unknown) => {
    const error = (await orLost(cause, [file])) as Error
    throw new BlindspotError('bad-data', error.message, { cause })
  })

/** Of an object its copy tells, which is what is read: it is fetched once. The object itself has to be there as yet. */
async function hashOfObject(file: LakeFile): Promise<string | undefined> {
  const found = await disk.stat(file.path)
  if (!found) throw lostFile(file)
  if (found.size !== file.bytes) return undefined
  await localPaths([file])
  return file.sha256
}

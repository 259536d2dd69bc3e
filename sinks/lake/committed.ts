import type { Home } from './home.js'
import { readEntry, requireUnbroken } from './log.js'
import { MANIFEST, readManifest } from './manifest.js'
import type { Entry, Listed, ManifestFile } from './manifestSchema.js'
import { firstOf } from './names.js'

export type { ManifestFile } from './manifestSchema.js'

/** Which files; each part that is given has to be equal. */
export interface FileQuery {
  readonly table?: string
  readonly step?: string
  /** The run of the rows: the step, or of a shard that which its files note. */
  readonly run?: string
  readonly partition?: Readonly<Record<string, string>>
}

/**
 * What is committed in a data set: what `manifest.json` lists, and what the commits after it put on and took off.
 *
 * Of one table, partition, step and part there is one file, the last that was committed.
 */
export class Committed {
  /** By what they are, in the order of their commits. */
  readonly #files = new Map<string, ManifestFile>()
  readonly #steps = new Index()
  readonly #runs = new Index()
  readonly #fences: Map<string, number>
  #commit: number
  /** When the data set was begun, ISO 8601. */
  readonly created: string
  /** The last commit that the manifest has in it; none of earlier versions' manifests, or where there is none. */
  listed: number | undefined
  /** What the manifest was when it was read; undefined where there was none. */
  stamp: string | undefined

  constructor(stamp: string | undefined, manifest: Listed | undefined) {
    this.stamp = stamp
    this.created = manifest?.created ?? new Date().toISOString()
    this.listed = manifest?.version === 2 ? manifest.commit : undefined
    this.#commit = manifest?.commit ?? 0
    this.#fences = new Map(Object.entries(manifest?.fences ?? {}))
    for (const file of manifest?.files ?? []) this.#add(file)
  }

  /** Number of the last commit. */
  get commit(): number {
    return this.#commit
  }

  /** How many files there are. */
  get size(): number {
    return this.#files.size
  }

  /** Up to which number the owners of a step have been taken for gone; 0: none has. */
  fence(step: string): number {
    return this.#fences.get(step) ?? 0
  }

  get fences(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#fences)
  }

  /** The file that is committed as what a name says. */
  as(file: string): ManifestFile | undefined {
    return this.#files.get(firstOf(file))
  }

  /** Whether a file of this very name is committed. */
  has(file: string): boolean {
    return this.as(file)?.file === file
  }

  /** Files in the order of their commits. */
  files({ table, step, run, partition = {} }: FileQuery = {}): ManifestFile[] {
    const some =
      step !== undefined ? this.#steps.of(step) : run !== undefined ? this.#runs.of(run) : this.#files
    const keys = Object.entries(partition)
    return [...some.values()].filter(
      (file) =>
        (table === undefined || file.table === table) &&
        (run === undefined || runOf(file) === run) &&
        keys.every(([key, value]) => file.partition[key] === value),
    )
  }

  /** Puts what the next commit says in the place of what was; another one, as of who read it at the same time, is passed over. */
  apply({ commit, add, remove, fence }: Entry): void {
    if (commit !== this.#commit + 1) return
    this.#commit = commit
    for (const name of remove) {
      const file = this.as(name)
      if (file?.file === name) this.#take(file)
    }
    for (const file of add) this.#add(file)
    if (fence) this.#fences.set(fence.step, Math.max(fence.number, this.fence(fence.step)))
  }

  #add(file: ManifestFile): void {
    const key = firstOf(file.file)
    // one that takes the place of others has theirs in the order, too
    if (!isCompacted(file)) this.#take(file)
    this.#files.set(key, file)
    this.#steps.add(file.step, key, file)
    this.#runs.add(runOf(file), key, file)
  }

  #take({ file }: ManifestFile): void {
    const key = firstOf(file)
    const there = this.#files.get(key)
    if (!there) return
    this.#files.delete(key)
    this.#steps.take(there.step, key)
    this.#runs.take(runOf(there), key)
  }
}

/** Whether a file has the rows of others, which the same commit takes off. */
export const isCompacted = ({ metadata }: Pick<ManifestFile, 'metadata'>): boolean =>
  Array.isArray(metadata['compacted'])

const runOf = ({ step, metadata: { run } }: ManifestFile): string => (typeof run === 'string' ? run : step)

/** Files by what several of them have in common, and of that by what they are. */
class Index {
  readonly #files = new Map<string, Map<string, ManifestFile>>()

  of(value: string): ReadonlyMap<string, ManifestFile> {
    return this.#files.get(value) ?? new Map<string, ManifestFile>()
  }

  add(value: string, key: string, file: ManifestFile): void {
    const some = this.#files.get(value) ?? new Map<string, ManifestFile>()
    this.#files.set(value, some.set(key, file))
  }

  take(value: string, key: string): void {
    this.#files.get(value)?.delete(key)
  }
}

/** Data sets of which it is kept what was read of them: of more only the latest. */
const KEPT = 4
const kept = new Map<Home, Committed>()

/** Commits that are asked for at once: over a network one after the other takes long. */
const AT_ONCE = 16

/**
 * What is committed in a data set now. What was read before is not read again: only what was committed since, and all of it
 * where `manifest.json` is another file.
 *
 * @throws BlindspotError `bad-data`, naming the file, where manifest or log are damaged
 */
export async function committedIn(home: Home): Promise<Committed> {
  // before it is read: one that comes while it is read is seen next time
  const stamp = await home.store.stamp(MANIFEST)
  let committed = kept.get(home)
  if (committed === undefined || committed.stamp !== stamp) {
    kept.delete(home)
    committed = await readCommitted(home, stamp)
    if (kept.size >= KEPT) for (const oldest of [...kept.keys()].slice(0, 1)) kept.delete(oldest)
    kept.set(home, committed)
  }
  for (;;) {
    const entry = await readEntry(home, committed.commit + 1)
    if (entry === undefined) return committed
    committed.apply(entry)
  }
}

async function readCommitted(home: Home, stamp: string | undefined): Promise<Committed> {
  const committed = new Committed(stamp, await readManifest(home))
  const last = await requireUnbroken(home, committed.commit)
  for (let next = committed.commit + 1; next <= last; next = committed.commit + 1) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, last + 1 - next) }, (_, i) => next + i)
    const entries = await Promise.all(numbers.map((number) => readEntry(home, number)))
    for (const entry of entries) if (entry) committed.apply(entry)
    if (committed.commit < next) break
  }
  return committed
}

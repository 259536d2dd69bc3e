import { stampNow } from '../../sources/openFile.js'
import { readEntry, requireUnbroken } from './log.js'
import { manifestOf, readManifest } from './manifest.js'
import type { Entry, Listed, ManifestFile } from './manifestSchema.js'
import { firstOf } from './names.js'

export type { ManifestFile } from './manifestSchema.js'

/** Which files; each part that is given has to be equal. */
export interface FileQuery {
  readonly table?: string
  readonly step?: string
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
  readonly #steps = new Map<string, Map<string, ManifestFile>>()
  readonly #fences: Map<string, number>
  #commit: number
  /** When the data set was begun, ISO 8601. */
  readonly created: string
  /** The last commit that the manifest has in it; none of earlier versions' manifests, or where there is none. */
  listed: number | undefined
  /** What the manifest was when it was read; undefined where there was none. */
  stamp: string | undefined

  constructor(
    readonly folder: string,
    stamp: string | undefined,
    manifest: Listed | undefined,
  ) {
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
  files({ table, step, partition = {} }: FileQuery = {}): ManifestFile[] {
    const from = step === undefined ? this.#files : this.#steps.get(step)
    const keys = Object.entries(partition)
    return [...(from?.values() ?? [])].filter(
      (file) =>
        (table === undefined || file.table === table) &&
        keys.every(([key, value]) => file.partition[key] === value),
    )
  }

  /** Puts what a commit says in the place of what was. */
  apply({ commit, add, remove, fence }: Entry): void {
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
    this.#take(file)
    this.#files.set(key, file)
    const ofStep = this.#steps.get(file.step) ?? new Map<string, ManifestFile>()
    this.#steps.set(file.step, ofStep.set(key, file))
  }

  #take({ file, step }: ManifestFile): void {
    const key = firstOf(file)
    this.#files.delete(key)
    this.#steps.get(step)?.delete(key)
  }
}

/** Data sets of which it is kept what was read of them: of more only the latest. */
const KEPT = 4
const kept = new Map<string, Committed>()

/**
 * What is committed in a data set now. What was read before is not read again: only what was committed since, and all of it
 * where `manifest.json` is another file.
 *
 * @throws BlindspotError `bad-data`, naming the file, where manifest or log are damaged
 */
export function committedIn(folder: string): Committed {
  // before it is read: one that comes while it is read is seen next time
  const stamp = stampNow(manifestOf(folder))
  let committed = kept.get(folder)
  if (committed === undefined || committed.stamp !== stamp) {
    kept.delete(folder)
    committed = new Committed(folder, stamp, readManifest(folder))
    requireUnbroken(folder, committed.commit)
    if (kept.size >= KEPT) for (const oldest of [...kept.keys()].slice(0, 1)) kept.delete(oldest)
    kept.set(folder, committed)
  }
  for (;;) {
    const entry = readEntry(folder, committed.commit + 1)
    if (entry === undefined) return committed
    committed.apply(entry)
  }
}

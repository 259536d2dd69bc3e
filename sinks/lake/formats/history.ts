import { BlindspotError } from '../../../operators/errors.js'
import type { Store } from '../../../sources/store.js'
import { entryPlace, LOG, readEntry } from '../log.js'
import { readManifest } from '../manifest.js'
import type { Entry, Listed, ManifestFile } from '../manifestSchema.js'
import { isCompacted } from '../committed.js'
import { firstOf } from '../names.js'

/** What one commit did to a table. */
export interface Change {
  /** The commit; 0 of files that are older than all commits. */
  readonly commit: number
  /** When it was made, ISO 8601. */
  readonly committed: string
  readonly add: readonly ManifestFile[]
  /** Names of files that were the table's, and no longer are. */
  readonly remove: readonly string[]
  /** Whether only files have changed, and no row: many small ones became few. */
  readonly isCompaction: boolean
}

/** What a table's format has of it already. */
export interface Known {
  /** The last commit of which it knows. */
  readonly commit: number
  /** Names of the files that it has, relative to the data set. */
  readonly files: ReadonlyMap<string, unknown>
}

/** The commits of a data set as its manifest and its log have them, read when they are asked for. */
export class History {
  readonly #entries = new Map<number, Entry>()
  readonly #last: number

  private constructor(
    readonly store: Store,
    readonly manifest: Listed,
    /** Numbers of the commits that are in the log. */
    readonly numbers: ReadonlySet<number>,
  ) {
    this.#last = [...numbers].reduce((last, number) => Math.max(last, number), manifest.commit)
  }

  /** @throws BlindspotError `bad-option` where there is no data set; `bad-data`, naming the file, where it is damaged */
  static async read(store: Store): Promise<History> {
    // in this order: what the manifest does not have yet is in the log
    const manifest = await readManifest({ store })
    if (manifest === undefined)
      throw new BlindspotError(
        'bad-option',
        `${store.place('')} is no data set: it has no manifest.json; give the folder that a run wrote`,
      )
    const names = ((await store.list(LOG)) ?? []).map(({ name }) => /^(\d{20})\.json$/.exec(name)?.[1])
    return new History(store, manifest, new Set(names.filter((name) => name !== undefined).map(Number)))
  }

  /** The last commit. */
  get last(): number {
    return this.#last
  }

  /** Names of all tables that there are files of. */
  async tables(): Promise<readonly string[]> {
    const tables = new Set(this.manifest.files.map(({ table }) => table))
    for (const { add } of await this.#after(this.manifest.commit))
      for (const { table } of add) tables.add(table)
    return [...tables].sort()
  }

  /**
   * What happened to a table since a format was told of it, a change for each commit that touched it. Where commits are no
   * longer there one change has all that they did.
   */
  async changes(table: string, known: Known | undefined): Promise<readonly Change[]> {
    const { commit, created, files } = this.manifest
    const listed = files.filter((file) => file.table === table)
    const live = new Live(known?.files.keys() ?? [])
    if (known === undefined) {
      const whole = this.#has(0, commit)
      const entries = await this.#after(whole ? 0 : commit)
      const later = new Set(entries.flatMap(({ add }) => add.map(({ file }) => file)))
      const first = whole ? listed.filter(({ file }) => !later.has(file)) : listed
      const base = { commit: whole ? 0 : commit, committed: latest(first) ?? created }
      return [...live.change(base, first, []), ...live.changes(table, entries)]
    }
    if (known.commit > this.last)
      throw new BlindspotError(
        'bad-data',
        `table ${table} of ${this.store.place('')} was published up to commit ${known.commit}, the data set has ${this.last}: ` +
          'it is an older copy; delete its _delta_log or metadata, and run blindspot table again',
      )
    if (known.commit >= commit || this.#has(known.commit, commit)) {
      const isSame = known.commit < commit && isOf(listed, known.files)
      return live.changes(table, await this.#after(isSame ? commit : known.commit))
    }
    const names = new Set(listed.map(({ file }) => file))
    const added = listed.filter(({ file }) => !known.files.has(file))
    const gone = [...known.files.keys()].filter((file) => !names.has(file))
    const base = { commit, committed: latest(added) ?? new Date().toISOString() }
    return [...live.change(base, added, gone), ...live.changes(table, await this.#after(commit))]
  }

  /** Whether the log has all commits after one up to another. */
  #has(after: number, to: number): boolean {
    for (let number = after + 1; number <= to; number++) if (!this.numbers.has(number)) return false
    return true
  }

  async #after(commit: number): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for (let number = commit + 1; number <= this.last; number++) entries.push(await this.#entry(number))
    return entries
  }

  async #entry(number: number): Promise<Entry> {
    const known = this.#entries.get(number)
    if (known !== undefined) return known
    const entry = this.numbers.has(number) ? await readEntry(this, number) : undefined
    if (entry === undefined)
      throw new BlindspotError(
        'bad-data',
        `${entryPlace(this, number)} is missing, while a later one is there: a commit of this data set is lost; ` +
          'restore it, or write the data set to another folder',
      )
    this.#entries.set(number, entry)
    return entry
  }
}

/** The files of a table, by what they are, while its commits are gone through. */
class Live {
  readonly #names: Map<string, string>

  constructor(names: Iterable<string>) {
    this.#names = new Map([...names].map((name) => [firstOf(name), name]))
  }

  /** The changes of a table's files that some commits make. */
  changes(table: string, entries: readonly Entry[]): readonly Change[] {
    return entries.flatMap(({ add, remove, ...of }) =>
      this.change(
        of,
        add.filter((file) => file.table === table),
        remove.filter((name) => this.#names.get(firstOf(name)) === name),
        true,
      ),
    )
  }

  /**
   * A change, where it is one; what is added takes the place of what it was before.
   *
   * @param isEntry whether it is what one commit did. Default false
   */
  change(
    { commit, committed }: Pick<Change, 'commit' | 'committed'>,
    add: readonly ManifestFile[],
    gone: readonly string[],
    isEntry = false,
  ): readonly Change[] {
    const remove = new Set(gone)
    for (const name of gone) this.#names.delete(firstOf(name))
    for (const { file } of add) {
      const before = this.#names.get(firstOf(file))
      if (before !== undefined) remove.add(before)
      this.#names.set(firstOf(file), file)
    }
    const isCompaction = isEntry && add.length > 0 && add.every(isCompacted)
    return add.length + remove.size === 0
      ? []
      : [{ commit, committed, add, remove: [...remove], isCompaction }]
  }
}

const latest = (files: readonly ManifestFile[]) =>
  files
    .map(({ committed }) => committed)
    .reduce<string | undefined>((a, b) => (a && a > b ? a : b), undefined)

const isOf = (listed: readonly ManifestFile[], files: ReadonlyMap<string, unknown>) =>
  listed.length === files.size && listed.every(({ file }) => files.has(file))

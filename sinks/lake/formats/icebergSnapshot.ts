import { createHash, randomUUID } from 'node:crypto'
import type { Store } from '../../../sources/store.js'
import { addedEntry, manifestBytes, STATUS, type ManifestEntry } from './icebergManifest.js'
import { listedOf, manifestListBytes } from './icebergManifestList.js'
import { COMMIT, schemaIn, specIn, withSchema, withSnapshot, type Metadata } from './icebergMetadata.js'
import { filesIn, liveOf, type LiveManifest } from './icebergPresent.js'
import type { TableVersion } from './tableFormat.js'

/** A table's metadata with the manifests of its present snapshot. */
export interface Table {
  readonly metadata: Metadata
  readonly manifests: readonly LiveManifest[]
}

/** A snapshot that is being written, in metadata that have its schema already. */
interface Begun {
  readonly metadata: Metadata
  readonly id: number
  readonly sequence: number
}

/** Manifests of a snapshot at most: what is more is made one. Each snapshot lists them all. */
const MOST_MANIFESTS = 100

/** Writes the manifests of snapshots, and lists of them, under names that nobody else has. */
export class SnapshotWriter {
  /** Names of what was written. */
  readonly #written: string[] = []

  constructor(
    readonly store: Store,
    readonly table: string,
  ) {}

  /**
   * A table with a snapshot more: files that went are entries of that status in the manifests that had them, files that came
   * are in one of their own, and other manifests stay as they are.
   */
  async snapshot(before: Table, version: TableVersion): Promise<Table> {
    const { commit, committed, add, remove, schema } = version
    const metadata = withSchema(before.metadata, schema)
    const { location } = metadata
    const [id, sequence] = [snapshotId(metadata['table-uuid'], commit), metadata['last-sequence-number'] + 1]
    const begun = { metadata, id, sequence }
    const pathOf = (file: string) => location + file.slice(this.table.length)
    const kept = await this.#without(new Set(remove.map(pathOf)), before.manifests, begun)
    const [spec, columns] = [specIn(metadata), schemaIn(metadata)]
    const entries = add.map((file) =>
      addedEntry(file, pathOf(file.file), { spec, schema: columns, snapshot: id }),
    )
    const added = entries.length === 0 ? [] : [await this.#manifest(entries, spec['spec-id'], begun)]
    const manifests = await this.#few([...kept, ...added], begun)
    const parent = before.metadata.snapshots.at(-1)
    const snapshot = {
      'snapshot-id': id,
      ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
      'sequence-number': sequence,
    }
    const list = await manifestListBytes(
      manifests.map(({ listed }) => listed),
      snapshot,
    )
    const whole = {
      ...snapshot,
      // readers want them in their order
      'timestamp-ms': Math.max(Date.parse(committed), metadata['last-updated-ms'] + 1),
      'manifest-list': location + (await this.#put(`snap-${id}-${randomUUID()}.avro`, list)),
      'schema-id': columns['schema-id'],
      summary: summaryOf(version, manifests),
    }
    return { manifests, metadata: withSnapshot(metadata, whole, commit) }
  }

  /** Removes what was written and is part of no table. */
  async discard(): Promise<void> {
    for (const name of this.#written) await this.store.remove(name)
  }

  /** Manifests without some files. */
  async #without(gone: ReadonlySet<string>, manifests: readonly LiveManifest[], begun: Begun) {
    const isGone = ({ data_file: file }: ManifestEntry) => gone.has(file.file_path)
    const kept: LiveManifest[] = []
    for (const manifest of manifests) {
      const { entries, listed } = manifest
      // one that has deleted files alone tells nothing more
      if (entries.length === 0) continue
      if (gone.size === 0 || !entries.some(isGone)) kept.push(manifest)
      else
        kept.push(
          await this.#manifest(
            entries.map((entry) =>
              isGone(entry)
                ? { ...entry, status: STATUS.deleted, snapshot_id: begun.id }
                : { ...entry, status: STATUS.existing },
            ),
            listed.partition_spec_id,
            begun,
          ),
        )
    }
    return kept
  }

  /** Manifests as they are, or one for each partition spec where they are many. */
  async #few(manifests: readonly LiveManifest[], begun: Begun): Promise<readonly LiveManifest[]> {
    if (manifests.length <= MOST_MANIFESTS) return manifests
    const few: LiveManifest[] = []
    for (const spec of new Set(manifests.map(({ listed }) => listed.partition_spec_id))) {
      const entries = manifests
        .filter(({ listed }) => listed.partition_spec_id === spec)
        .flatMap((manifest) => manifest.entries)
        .map((entry) => ({
          ...entry,
          status: entry.snapshot_id === begun.id ? STATUS.added : STATUS.existing,
        }))
      few.push(await this.#manifest(entries, spec, begun))
    }
    return few
  }

  async #manifest(
    entries: readonly ManifestEntry[],
    spec: number,
    { metadata, id, sequence }: Begun,
  ): Promise<LiveManifest> {
    const bytes = await manifestBytes(entries, specIn(metadata, spec), schemaIn(metadata))
    const path = metadata.location + (await this.#put(`${randomUUID()}-m0.avro`, bytes))
    const listed = listedOf({ path, bytes: bytes.length, spec }, entries, { id, sequence })
    return { listed, entries: liveOf(entries, listed) }
  }

  /** @returns the path below the table's location */
  async #put(name: string, bytes: Buffer): Promise<string> {
    const path = `/metadata/${name}`
    this.#written.push(this.table + path)
    await this.store.put(this.table + path, bytes)
    return path
  }
}

/** https://iceberg.apache.org/spec/#optional-snapshot-summary-fields */
function summaryOf({ commit, add, remove, isCompaction }: TableVersion, manifests: readonly LiveManifest[]) {
  const rows = manifests
    .flatMap(({ entries }) => entries)
    .reduce((sum, { data_file: file }) => sum + file.record_count, 0)
  return {
    operation: isCompaction
      ? 'replace'
      : remove.length === 0
        ? 'append'
        : add.length === 0
          ? 'delete'
          : 'overwrite',
    'added-data-files': String(add.length),
    'added-records': String(add.reduce((sum, file) => sum + file.rows, 0)),
    'deleted-data-files': String(remove.length),
    'total-data-files': String(filesIn(manifests)),
    'total-records': String(rows),
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
    [COMMIT]: String(commit),
  }
}

/** One below 2^52, which JSON and Avro libraries have exactly; the same for a commit wherever it is written. */
const snapshotId = (uuid: string, commit: number): number =>
  Number.parseInt(createHash('sha256').update(`${uuid} ${commit}`).digest('hex').slice(0, 13), 16)

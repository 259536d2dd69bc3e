import { createHash, randomUUID } from 'node:crypto'
import type { Store } from '../../../sources/store.js'
import { addedEntry, manifestBytes, manifestEntries, STATUS, type ManifestEntry } from './icebergManifest.js'
import { listedOf, manifestListBytes, manifestsListed, type ListedManifest } from './icebergManifestList.js'
import { COMMIT, schemaIn, specIn, withSchema, withSnapshot, type Metadata } from './icebergMetadata.js'
import type { TableVersion } from './tableFormat.js'
import { bytesOf } from './text.js'

/** A manifest of a snapshot, with its files that are the table's. */
export interface LiveManifest {
  readonly listed: ListedManifest
  readonly entries: readonly ManifestEntry[]
}

/** A table's metadata with the manifests of its present snapshot. */
export interface Table {
  readonly metadata: Metadata
  readonly manifests: readonly LiveManifest[]
}

/** Manifests of a snapshot at most: what is more is made one. Each snapshot lists them all. */
const MOST_MANIFESTS = 100

/** The manifests of the present snapshot; entries with the numbers that they inherit. */
export async function presentManifests(
  store: Store,
  table: string,
  of: Metadata,
): Promise<readonly LiveManifest[]> {
  const snapshot = of.snapshots.find((one) => one['snapshot-id'] === of['current-snapshot-id'])
  if (snapshot === undefined) return []
  const read = (path: string) => {
    const name = /^\/metadata\/([\w.-]+)$/.exec(path.slice(of.location.length))?.[1]
    if (name === undefined || !path.startsWith(of.location)) throw new Error(`${path} is none of its files`)
    return bytesOf(store, `${table}/metadata/${name}`)
  }
  const manifests: LiveManifest[] = []
  for (const listed of await manifestsListed(await read(snapshot['manifest-list']))) {
    const bytes = await read(listed.manifest_path)
    if (bytes.length !== listed.manifest_length)
      throw new Error(`${listed.manifest_path} has ${bytes.length} bytes, not ${listed.manifest_length}`)
    manifests.push({ listed, entries: liveOf(await manifestEntries(bytes), listed) })
  }
  const [found, expected] = [filesIn(manifests), snapshot.summary['total-data-files']]
  if (String(found) !== expected)
    throw new Error(`${snapshot['manifest-list']}: ${found} files are in it, not ${expected}`)
  return manifests
}

const filesIn = (manifests: readonly LiveManifest[]) =>
  manifests.reduce((sum, { entries }) => sum + entries.length, 0)

/** https://iceberg.apache.org/spec/#sequence-number-inheritance */
const liveOf = (entries: readonly ManifestEntry[], listed: ListedManifest): readonly ManifestEntry[] =>
  entries
    .filter(({ status }) => status !== STATUS.deleted)
    .map((entry) => ({
      ...entry,
      snapshot_id: entry.snapshot_id ?? listed.added_snapshot_id,
      sequence_number: entry.sequence_number ?? listed.sequence_number,
      file_sequence_number: entry.file_sequence_number ?? listed.sequence_number,
    }))

/** Writes manifests under names that nobody else has. */
export class SnapshotWriter {
  /** Names of what was written. */
  readonly written: string[] = []

  constructor(
    readonly store: Store,
    readonly table: string,
  ) {}

  /**
   * A table with a snapshot more: files that went are entries of that status in the manifests that had them, files that came
   * are in one of their own, and other manifests stay as they are.
   */
  async snapshot(before: Table, version: TableVersion): Promise<Table> {
    const { commit, committed } = version
    const metadata = withSchema(before.metadata, version.schema)
    const { location } = metadata
    const sequence = metadata['last-sequence-number'] + 1
    const id = snapshotId(metadata['table-uuid'], commit)
    const of = { spec: specIn(metadata), schema: schemaIn(metadata), snapshot: id }
    const gone = new Set(version.remove.map((file) => location + file.slice(this.table.length)))
    const manifests: LiveManifest[] = []
    const write = async (entries: readonly ManifestEntry[], spec: number) => {
      const bytes = await manifestBytes(entries, specIn(metadata, spec), of.schema)
      const path = location + (await this.#put(`${randomUUID()}-m0.avro`, bytes))
      const listed = listedOf({ path, bytes: bytes.length, spec }, entries, { id, sequence })
      manifests.push({ listed, entries: liveOf(entries, listed) })
    }
    for (const manifest of before.manifests) {
      const { entries, listed } = manifest
      const isGone = ({ data_file: file }: ManifestEntry) => gone.has(file.file_path)
      if (gone.size > 0 && entries.some(isGone))
        await write(
          entries.map((entry) =>
            isGone(entry)
              ? { ...entry, status: STATUS.deleted, snapshot_id: id }
              : { ...entry, status: STATUS.existing },
          ),
          listed.partition_spec_id,
        )
      // one that has deleted files alone tells nothing more
      else if (entries.length > 0) manifests.push(manifest)
    }
    const added = version.add.map((file) =>
      addedEntry(file, location + file.file.slice(this.table.length), of),
    )
    if (added.length > 0) await write(added, of.spec['spec-id'])
    if (manifests.length > MOST_MANIFESTS) {
      const all = manifests.splice(0)
      for (const spec of new Set(all.map(({ listed }) => listed.partition_spec_id))) {
        const some = all.filter(({ listed }) => listed.partition_spec_id === spec)
        const entries = some.flatMap((one) => one.entries)
        await write(
          entries.map((entry) => ({
            ...entry,
            status: entry.snapshot_id === id ? STATUS.added : STATUS.existing,
          })),
          spec,
        )
      }
    }
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
    const name = await this.#put(`snap-${id}-${randomUUID()}.avro`, list)
    return {
      manifests,
      metadata: withSnapshot(
        metadata,
        {
          ...snapshot,
          // readers want them in their order
          'timestamp-ms': Math.max(Date.parse(committed), metadata['last-updated-ms'] + 1),
          'manifest-list': location + name,
          'schema-id': of.schema['schema-id'],
          summary: summaryOf(version, manifests),
        },
        commit,
      ),
    }
  }

  /** Removes what was written and is part of no table. */
  async discard(): Promise<void> {
    for (const name of this.written) await this.store.remove(name)
  }

  /** @returns the path below the table's location */
  async #put(name: string, bytes: Buffer): Promise<string> {
    const path = `/metadata/${name}`
    this.written.push(this.table + path)
    await this.store.put(this.table + path, bytes)
    return path
  }
}

/** https://iceberg.apache.org/spec/#optional-snapshot-summary-fields */
function summaryOf({ commit, add, remove }: TableVersion, manifests: readonly LiveManifest[]) {
  const live = manifests.flatMap(({ entries }) => entries)
  const rows = live.reduce((sum, { data_file: file }) => sum + file.record_count, 0)
  return {
    operation: remove.length === 0 ? 'append' : add.length === 0 ? 'delete' : 'overwrite',
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

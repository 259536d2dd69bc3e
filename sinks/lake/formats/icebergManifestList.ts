import * as v from 'valibot'
import { avroFile, avroRecords } from './avro.js'
import type { Snapshot } from './icebergMetadata.js'
import { STATUS, type ManifestEntry } from './icebergManifest.js'

const LONGS = [
  [501, 'manifest_length'],
  [515, 'sequence_number'],
  [516, 'min_sequence_number'],
  [503, 'added_snapshot_id'],
  [512, 'added_rows_count'],
  [513, 'existing_rows_count'],
  [514, 'deleted_rows_count'],
] as const
const INTS = [
  [502, 'partition_spec_id'],
  [517, 'content'],
  [504, 'added_files_count'],
  [505, 'existing_files_count'],
  [506, 'deleted_files_count'],
] as const

/** https://iceberg.apache.org/spec/#manifest-lists */
const SCHEMA = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    { name: 'manifest_path', type: 'string', 'field-id': 500 },
    ...LONGS.map(([id, name]) => ({ name, type: 'long', 'field-id': id })),
    ...INTS.map(([id, name]) => ({ name, type: 'int', 'field-id': id })),
  ],
}

const listed = v.object({
  manifest_path: v.string(),
  manifest_length: v.number(),
  partition_spec_id: v.number(),
  content: v.number(),
  sequence_number: v.number(),
  min_sequence_number: v.number(),
  added_snapshot_id: v.number(),
  added_files_count: v.number(),
  existing_files_count: v.number(),
  deleted_files_count: v.number(),
  added_rows_count: v.number(),
  existing_rows_count: v.number(),
  deleted_rows_count: v.number(),
})
/** A manifest as the list of a snapshot has it. */
export type ListedManifest = v.InferOutput<typeof listed>

/** The manifests of a snapshot. */
export const manifestListBytes = (
  manifests: readonly ListedManifest[],
  snapshot: Pick<Snapshot, 'snapshot-id' | 'parent-snapshot-id' | 'sequence-number'>,
): Promise<Buffer> =>
  avroFile(SCHEMA, manifests, {
    'snapshot-id': String(snapshot['snapshot-id']),
    'parent-snapshot-id': String(snapshot['parent-snapshot-id'] ?? 'null'),
    'sequence-number': String(snapshot['sequence-number']),
    'format-version': '2',
  })

/** @throws Error where it is no list as this program writes it */
export const manifestsListed = async (bytes: Buffer): Promise<readonly ListedManifest[]> =>
  v.parse(v.array(listed), await avroRecords(bytes))

/** What the list says of a manifest that a snapshot has written. */
export function listedOf(
  manifest: { readonly path: string; readonly bytes: number; readonly spec: number },
  entries: readonly ManifestEntry[],
  snapshot: { readonly id: number; readonly sequence: number },
): ListedManifest {
  const sum = (status: number) => {
    const some = entries.filter((entry) => entry.status === status)
    const rows = some.reduce((total, { data_file: file }) => total + file.record_count, 0)
    return { files: some.length, rows }
  }
  const [existing, added, deleted] = [sum(STATUS.existing), sum(STATUS.added), sum(STATUS.deleted)]
  const live = entries.filter(({ status }) => status !== STATUS.deleted)
  return {
    manifest_path: manifest.path,
    manifest_length: manifest.bytes,
    partition_spec_id: manifest.spec,
    content: 0,
    sequence_number: snapshot.sequence,
    min_sequence_number: Math.min(
      snapshot.sequence,
      ...live.map(({ sequence_number: sequence }) => sequence ?? snapshot.sequence),
    ),
    added_snapshot_id: snapshot.id,
    added_files_count: added.files,
    existing_files_count: existing.files,
    deleted_files_count: deleted.files,
    added_rows_count: added.rows,
    existing_rows_count: existing.rows,
    deleted_rows_count: deleted.rows,
  }
}

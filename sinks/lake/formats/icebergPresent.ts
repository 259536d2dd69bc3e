import type { Store } from '../../../sources/store.js'
import { manifestEntries, STATUS, type ManifestEntry } from './icebergManifest.js'
import { manifestsListed, type ListedManifest } from './icebergManifestList.js'
import type { Metadata } from './icebergMetadata.js'
import { bytesOf } from './text.js'

/** A manifest of a snapshot, with its files that are the table's. */
export interface LiveManifest {
  readonly listed: ListedManifest
  readonly entries: readonly ManifestEntry[]
}

/**
 * The manifests of the present snapshot, which are files of the table's own folder.
 *
 * @throws Error where one is not whole, or none of the table's
 */
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

/** Entries that are the table's, with the numbers that they inherit: https://iceberg.apache.org/spec/#sequence-number-inheritance */
export const liveOf = (entries: readonly ManifestEntry[], listed: ListedManifest): readonly ManifestEntry[] =>
  entries
    .filter(({ status }) => status !== STATUS.deleted)
    .map((entry) => ({
      ...entry,
      snapshot_id: entry.snapshot_id ?? listed.added_snapshot_id,
      sequence_number: entry.sequence_number ?? listed.sequence_number,
      file_sequence_number: entry.file_sequence_number ?? listed.sequence_number,
    }))

/** How many files are a table's. */
export const filesIn = (manifests: readonly LiveManifest[]): number =>
  manifests.reduce((sum, { entries }) => sum + entries.length, 0)

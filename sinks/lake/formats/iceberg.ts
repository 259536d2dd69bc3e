import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { BlindspotError } from '../../../operators/errors.js'
import type { Store } from '../../../sources/store.js'
import { COMMIT, emptyMetadata, metadataIn, tableSchemaIn } from './icebergMetadata.js'
import { presentManifests } from './icebergPresent.js'
import { SnapshotWriter, type Table } from './icebergSnapshot.js'
import type { TableFormat, TableState } from './tableFormat.js'
import { bytesOf, parsedOf } from './text.js'

/** What Iceberg's metadata say now. */
export interface IcebergState extends TableState, Table {
  /** N of the present `vN.metadata.json`. */
  readonly version: number
}

const FOLDER = 'metadata'
const HINT = 'version-hint.text'

/**
 * Iceberg, version 2 of its format: `TABLE/metadata` has manifests of the data set's files, lists of them, and
 * `vN.metadata.json`, which has a snapshot for each commit that touched the table. The next one is put where nobody has put one
 * (the way of file system tables), then `version-hint.text` says its N. Files are named by absolute locations.
 * https://iceberg.apache.org/spec/#file-system-tables
 */
export const iceberg: TableFormat<IcebergState> = {
  folder: FOLDER,
  marks: /^v\d+\.metadata\.json$/,
  async read(store, table) {
    const version = await lastVersion(store, table)
    if (version === 0) return undefined
    const remedy = `delete ${store.place(`${table}/${FOLDER}`)}, and blindspot table writes it again`
    const metadata = await parsedOf(store, metadataOf(table, version), remedy, metadataIn)
    const moved = metadata.location !== locationOf(store, table)
    try {
      const manifests = await presentManifests(store, table, metadata)
      const files = manifests
        .flatMap(({ entries }) => entries)
        .map(
          ({ data_file: file }) =>
            [table + file.file_path.slice(metadata.location.length), file.record_count] as const,
        )
      const commit = Number(metadata.properties[COMMIT] ?? 0)
      await keepHint(store, table, version)
      return {
        version,
        metadata,
        manifests,
        moved,
        commit,
        schema: tableSchemaIn(metadata),
        files: new Map(files),
      }
    } catch (cause) {
      if (cause instanceof BlindspotError && cause.code === 'io') throw cause
      throw new BlindspotError(
        'bad-data',
        `${store.place(`${table}/${FOLDER}`)}: ${(cause as Error).message}; ${remedy}`,
        { cause },
      )
    }
  },
  async append(store, table, state, versions) {
    const writer = new SnapshotWriter(store, table)
    const number = (state?.version ?? 0) + 1
    let next: Table =
      state !== undefined && !state.moved
        ? state
        : {
            manifests: [],
            metadata: emptyMetadata(
              state?.metadata['table-uuid'] ?? randomUUID(),
              locationOf(store, table),
              versions[0].schema,
            ),
          }
    try {
      for (const version of versions) next = await writer.snapshot(next, version)
    } catch (error) {
      await writer.discard()
      throw error
    }
    const name = metadataOf(table, number)
    const text = `${JSON.stringify(next.metadata, null, 1)}\n`
    // where the answer to what was put got lost, it is ours that is there
    if (
      (await store.put(name, text, { ifAbsent: true })) ||
      (await bytesOf(store, name)).equals(Buffer.from(text))
    ) {
      await keepHint(store, table, number)
      return versions.length
    }
    await writer.discard()
    return 0
  },
}

const metadataOf = (table: string, version: number) => `${table}/${FOLDER}/v${version}.metadata.json`

/** N of the last `vN.metadata.json`; 0 where there is none. */
async function lastVersion(store: Store, table: string): Promise<number> {
  const names = ((await store.list(`${table}/${FOLDER}`)) ?? []).map(({ name }) => name)
  return names
    .map((name) => Number(/^v([1-9]\d{0,14})\.metadata\.json$/.exec(name)?.[1] ?? 0))
    .reduce((last, version) => Math.max(last, version), 0)
}

/** Says in the hint which version is the last, also where another process said an older one after a newer. */
async function keepHint(store: Store, table: string, version: number): Promise<void> {
  const name = `${table}/${FOLDER}/${HINT}`
  for (let last = version; ;) {
    const said = (await store.stat(name)) && Number((await bytesOf(store, name)).toString('utf8'))
    if (said === last) return
    await store.put(name, String(last))
    last = await lastVersion(store, table)
  }
}

/** Where a table is, as readers on any machine that has the place take it: a path gets its scheme, and is not encoded. */
function locationOf(store: Store, table: string): string {
  const place = store.place(table)
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(place)) return place
  const path = resolve(place).replaceAll('\\', '/')
  return `file://${path.startsWith('/') ? '' : '/'}${path}`
}

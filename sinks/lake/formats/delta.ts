import { randomUUID } from 'node:crypto'
import { BlindspotError } from '../../../operators/errors.js'
import type { Store } from '../../../sources/store.js'
import type { DataFile } from './dataFile.js'
import { actionsIn, type Action, type Add } from './deltaActions.js'
import { deltaSchema, schemaOfDelta } from './deltaSchema.js'
import { statisticsIn, statisticsOf, together } from './deltaStatistics.js'
import type { TableFormat, TableState, TableVersion } from './tableFormat.js'
import type { TableSchema } from './tableSchema.js'
import { parsedOf } from './text.js'

/** What a Delta log says now. */
export interface DeltaState extends TableState {
  /** Number of the last version. */
  readonly version: number
  readonly id: string
  readonly createdTime: number
  /** The files, by their names relative to the data set. */
  readonly adds: ReadonlyMap<string, Add>
}

const LOG = '_delta_log'
/** By which the log knows up to which commit of the data set this program has brought it. */
const APP = 'blindspot'
/** Versions that are read at once. */
const AT_ONCE = 16

/**
 * Delta Lake: a log of JSON in `TABLE/_delta_log`, a file per version, which adds the data set's files in place, and removes
 * them; reader version 1, writer version 2, no checkpoints. A version is put where none has its number; a transaction
 * identifier (`txn`) in it says which commit of the data set it is.
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions
 */
export const delta: TableFormat<DeltaState> = {
  folder: LOG,
  async read(store, table) {
    const versions = await versionsIn(store, table)
    if (versions === 0) return undefined
    let log: readonly Action[] = []
    for (let from = 0; from < versions; from += AT_ONCE) {
      const length = Math.min(AT_ONCE, versions - from)
      const some = Array.from({ length }, (_, i) =>
        parsedOf(store, versionOf(table, from + i), remedyOf(store, table), actionsIn),
      )
      log = [...log, ...(await Promise.all(some)).flat()]
    }
    return parsedState(store, table, versions - 1, log)
  },
  async append(store, table, state, versions) {
    let last = state
    for (const version of versions) {
      const { number, actions, next } = versionAfter(table, last, version)
      const text = actions.map((action) => `${JSON.stringify(action)}\n`).join('')
      if (!(await store.put(versionOf(table, number), text, { ifAbsent: true }))) return false
      last = next
    }
    return true
  },
}

const versionOf = (table: string, version: number) =>
  `${table}/${LOG}/${String(version).padStart(20, '0')}.json`

const remedyOf = (store: Store, table: string) =>
  `delete ${store.place(`${table}/${LOG}`)}, and blindspot table writes it again`

/** How many versions a log has. */
async function versionsIn(store: Store, table: string): Promise<number> {
  const names = ((await store.list(`${table}/${LOG}`)) ?? []).map(({ name }) => name)
  const numbers = names.filter((name) => /^\d{20}\.json$/.test(name)).map((name) => Number(name.slice(0, 20)))
  numbers.sort((a, b) => a - b)
  const gap = numbers.findIndex((number, i) => number !== i)
  if (gap === -1) return numbers.length
  throw new BlindspotError(
    'bad-data',
    `${store.place(versionOf(table, gap))} is missing, while a later one is there; ${remedyOf(store, table)}`,
  )
}

function parsedState(store: Store, table: string, version: number, log: readonly Action[]): DeltaState {
  const adds = new Map<string, Add>()
  let [metaData, commit]: [Action['metaData'], number] = [undefined, 0]
  for (const { metaData: other, add, remove, txn } of log) {
    metaData = other ?? metaData
    if (add) adds.set(fileOf(table, add.path), add)
    if (remove) adds.delete(fileOf(table, remove.path))
    if (txn?.appId === APP) commit = txn.version
  }
  try {
    if (metaData === undefined) throw new Error('no version says what its columns are')
    const { id, createdTime, schemaString, partitionColumns } = metaData
    const schema = schemaOfDelta(schemaString, partitionColumns)
    return { commit, version, schema, moved: false, id, createdTime, adds, files: rowsOf(adds) }
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${store.place(`${table}/${LOG}`)}: ${(cause as Error).message}; ${remedyOf(store, table)}`,
      { cause },
    )
  }
}

const rowsOf = (adds: ReadonlyMap<string, Add>) =>
  new Map([...adds].map(([file, { stats }]) => [file, statisticsIn(stats).numRecords] as const))

/** The actions of a version, and what the log says then. */
function versionAfter(table: string, last: DeltaState | undefined, version: TableVersion) {
  const { commit, committed, schema } = version
  const timestamp = Date.parse(committed)
  const schemaString = deltaSchema(schema)
  const { id, createdTime } = last ?? { id: randomUUID(), createdTime: timestamp }
  const before = last?.adds ?? new Map<string, Add>()
  const adds = new Map(before)
  const gone = version.remove.filter((file) => adds.delete(file))
  for (const file of version.add) adds.set(file.file, addOf(table, file))
  const whole = completed(adds, schema)
  const changed = [...whole].filter(([file, add]) => JSON.stringify(add) !== JSON.stringify(before.get(file)))
  const added = new Set(version.add.map(({ file }) => file))
  const metaData = {
    id,
    name: table,
    format: { provider: 'parquet', options: {} },
    schemaString,
    partitionColumns: schema.keys,
    configuration: {},
    createdTime,
  }
  const operationParameters = { mode: 'Append', partitionBy: JSON.stringify(schema.keys) }
  const actions = [
    {
      commitInfo: {
        ...{ timestamp, operation: 'WRITE', operationParameters },
        ...{ engineInfo: APP, userMetadata: `commit ${commit}` },
      },
    },
    ...(last === undefined ? [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }] : []),
    ...(last === undefined || deltaSchema(last.schema) !== schemaString ? [{ metaData }] : []),
    { txn: { appId: APP, version: commit, lastUpdated: timestamp } },
    // of a file that comes again under its name the new one counts
    ...gone
      .filter((file) => !added.has(file))
      .map((file) => ({
        remove: { path: pathOf(table, file), deletionTimestamp: timestamp, dataChange: true },
      })),
    ...changed.map(([file, add]) => ({ add: { ...add, dataChange: added.has(file) } })),
  ]
  const number = (last?.version ?? -1) + 1
  const state = { id, createdTime, commit, version: number, schema, moved: false }
  return { number, actions, next: { ...state, adds: whole, files: rowsOf(whole) } }
}

const addOf = (table: string, file: DataFile): Add => ({
  path: pathOf(table, file.file),
  partitionValues: file.partition,
  size: file.bytes,
  modificationTime: Date.parse(file.committed),
  stats: JSON.stringify(statisticsOf(file)),
})

/** All files with a value of each partition column, null where their folders lack it, and statistics that go together. */
function completed(adds: ReadonlyMap<string, Add>, schema: TableSchema): ReadonlyMap<string, Add> {
  const statistics = together(
    [...adds.values()].map(({ stats }) => statisticsIn(stats)),
    schema,
  )
  return new Map(
    [...adds].map(([file, add], i) => [
      file,
      {
        ...add,
        partitionValues: Object.fromEntries(
          schema.keys.map((key) => [key, add.partitionValues[key] ?? null]),
        ),
        stats: JSON.stringify(statistics[i]),
      },
    ]),
  )
}

/** A file's path as a URI relative to the table: what is encoded in its name is so once more. */
const pathOf = (table: string, file: string) => encodeURI(file.slice(table.length + 1))

const fileOf = (table: string, path: string) => `${table}/${decodeURIComponent(path)}`

import { randomUUID } from 'node:crypto'
import type { DataFile } from './dataFile.js'
import type { Add } from './deltaActions.js'
import { deltaSchema } from './deltaSchema.js'
import {
  isBounded,
  scalarsOf,
  statisticsIn,
  statisticsOf,
  withNulls,
  withoutBounds,
} from './deltaStatistics.js'
import type { TableVersion } from './tableFormat.js'
import type { TableSchema } from './tableSchema.js'

/** By which a log knows up to which commit of the data set this program has brought it. */
export const APP = 'blindspot'

/** A log as it was read. */
export interface WrittenLog {
  readonly id: string
  readonly createdTime: number
  readonly schema: TableSchema
  /** The files, by their names relative to the data set. */
  readonly adds: ReadonlyMap<string, Add>
  /** Number of the last version. */
  readonly last: number
}

/**
 * A Delta log that versions are added to.
 *
 * All of its files have a value of each partition column, null where their folders lack the key. A reader (deltalake 1.6 with
 * pyarrow) takes a bound that a file's statistics lack for one that no value keeps, as soon as there is any bound in the table:
 * so its files have those of all columns that have values in them, or none has any. Where that or the schema changes, the files
 * that were there are added again with `dataChange: false`.
 */
export class DeltaLog {
  readonly #id: string
  #createdTime: number | undefined
  #schema: TableSchema | undefined
  readonly #adds: Map<string, Add>
  #isBounded: boolean
  #last: number

  constructor(
    readonly table: string,
    log: WrittenLog | undefined,
  ) {
    this.#id = log?.id ?? randomUUID()
    this.#createdTime = log?.createdTime
    this.#schema = log?.schema
    this.#adds = new Map(log?.adds)
    const scalars = log ? scalarsOf(log.schema) : []
    this.#isBounded = [...this.#adds.values()].every(({ stats }) => isBounded(statisticsIn(stats), scalars))
    this.#last = log?.last ?? -1
  }

  /** Number of the last version. */
  get last(): number {
    return this.#last
  }

  /** The actions of one version more: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions */
  version({ commit, committed, schema, add, remove, isCompaction }: TableVersion): readonly object[] {
    const timestamp = Date.parse(committed)
    this.#createdTime ??= timestamp
    const schemaString = deltaSchema(schema)
    const isSame = this.#schema !== undefined && deltaSchema(this.#schema) === schemaString
    const metaData = {
      id: this.#id,
      name: this.table,
      format: { provider: 'parquet', options: {} },
      schemaString,
      partitionColumns: schema.keys,
      configuration: {},
      createdTime: this.#createdTime,
    }
    const isNew = this.#last++ === -1
    this.#schema = schema
    const added = new Set(add.map(({ file }) => file))
    const gone = remove.filter((file) => this.#adds.delete(file) && !added.has(file))
    const changed = this.#add(add, schema, isSame)
    const operation = isCompaction ? 'OPTIMIZE' : 'WRITE'
    const operationParameters = isCompaction
      ? { predicate: '[]' }
      : { mode: 'Append', partitionBy: JSON.stringify(schema.keys) }
    return [
      {
        commitInfo: {
          ...{ timestamp, operation, operationParameters },
          ...{ engineInfo: APP, userMetadata: `commit ${commit}` },
        },
      },
      ...(isNew ? [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }] : []),
      ...(isSame ? [] : [{ metaData }]),
      { txn: { appId: APP, version: commit, lastUpdated: timestamp } },
      // a file that comes again under its name is not removed: the new entry counts
      ...gone.map((file) => ({
        remove: { path: pathOf(this.table, file), deletionTimestamp: timestamp, dataChange: !isCompaction },
      })),
      ...changed.map(([file, one]) => ({ add: { ...one, dataChange: added.has(file) && !isCompaction } })),
    ]
  }

  /** Adds files; gives them, and those that have to be added again. */
  #add(
    files: readonly DataFile[],
    schema: TableSchema,
    isSame: boolean,
  ): readonly (readonly [string, Add])[] {
    const scalars = scalarsOf(schema)
    const fresh = files.map((file) => [file.file, this.#addOf(file)] as const)
    const wasBounded = this.#isBounded
    this.#isBounded &&= fresh.every(([, { stats }]) =>
      isBounded(withNulls(statisticsIn(stats), scalars), scalars),
    )
    const all = isSame && wasBounded === this.#isBounded ? fresh : [...this.#adds, ...fresh]
    const changed = all
      .map(([file, add]) => [file, completed(add, schema, scalars, this.#isBounded)] as const)
      .filter(([file, add]) => JSON.stringify(add) !== JSON.stringify(this.#adds.get(file)))
    for (const [file, add] of changed) this.#adds.set(file, add)
    return changed
  }

  #addOf(file: DataFile): Add {
    return {
      path: pathOf(this.table, file.file),
      partitionValues: file.partition,
      size: file.bytes,
      modificationTime: Date.parse(file.committed),
      stats: JSON.stringify(statisticsOf(file)),
    }
  }
}

/** A file as all of its table are. */
function completed(add: Add, { keys }: TableSchema, scalars: readonly string[], bounded: boolean): Add {
  const statistics = withNulls(statisticsIn(add.stats), scalars)
  return {
    ...add,
    partitionValues: Object.fromEntries(keys.map((key) => [key, add.partitionValues[key] ?? null])),
    stats: JSON.stringify(bounded ? statistics : withoutBounds(statistics)),
  }
}

/** A file's path as a URI relative to the table: what is encoded in its name is so once more. */
const pathOf = (table: string, file: string) => encodeURI(file.slice(table.length + 1))

/** The name of a file relative to the data set, from its path in the log. */
export const fileOf = (table: string, path: string) => `${table}/${decodeURIComponent(path)}`

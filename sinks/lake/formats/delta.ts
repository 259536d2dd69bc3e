import { BlindspotError } from '../../../operators/errors.js'
import type { Store } from '../../../sources/store.js'
import { actionsIn, type Action, type Add } from './deltaActions.js'
import { APP, DeltaLog, fileOf, type WrittenLog } from './deltaLog.js'
import { schemaOfDelta } from './deltaSchema.js'
import { statisticsIn } from './deltaStatistics.js'
import type { TableFormat, TableState } from './tableFormat.js'
import { parsedOf } from './text.js'

/** What a Delta log says now. */
export interface DeltaState extends TableState {
  readonly log: WrittenLog
}

const LOG = '_delta_log'
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
  marks: /^\d{20}\.json$/,
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
    try {
      const { metaData, commit, adds } = said(table, log)
      const { schemaString, partitionColumns, ...of } = metaData
      const schema = schemaOfDelta(schemaString, partitionColumns)
      const files = new Map([...adds].map(([file, { stats }]) => [file, statisticsIn(stats).numRecords]))
      return { commit, schema, files, moved: false, log: { ...of, schema, adds, last: versions - 1 } }
    } catch (cause) {
      throw new BlindspotError(
        'bad-data',
        `${store.place(`${table}/${LOG}`)}: ${(cause as Error).message}; ${remedyOf(store, table)}`,
        { cause },
      )
    }
  },
  async append(store, table, state, versions) {
    const log = new DeltaLog(table, state?.log)
    for (const [added, version] of versions.entries()) {
      const text = log.version(version).map((action) => `${JSON.stringify(action)}\n`)
      if (!(await store.put(versionOf(table, log.last), text.join(''), { ifAbsent: true }))) return added
    }
    return versions.length
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

/** What the versions of a log say when all have been read. */
function said(table: string, log: readonly Action[]) {
  const adds = new Map<string, Add>()
  let [metaData, commit]: [Action['metaData'], number] = [undefined, 0]
  for (const { metaData: other, add, remove, txn } of log) {
    metaData = other ?? metaData
    if (add) adds.set(fileOf(table, add.path), add)
    if (remove) adds.delete(fileOf(table, remove.path))
    if (txn?.appId === APP) commit = txn.version
  }
  if (metaData === undefined) throw new Error('no version says what its columns are')
  return { metaData, commit, adds }
}

import { BlindspotError, warn } from '../../../operators/errors.js'
import type { Store } from '../../../sources/store.js'
import { dataFiles } from './dataFile.js'
import { History, type Change } from './history.js'
import { schemaWith } from './tableSchema.js'
import { TABLE_FORMATS } from './tableFormat.js'
import type { TableFormat, TableFormatName, TableState, TableVersion } from './tableFormat.js'

/** A table of a data set as a format has it now. */
export interface PublishedTable {
  readonly table: string
  readonly format: TableFormatName
  /** Versions (snapshots) that were written now. */
  readonly written: number
  /** The last commit of the data set that touched the table. */
  readonly commit: number
  readonly files: number
  readonly rows: number
  /** Folder of the table, as a reader takes it. */
  readonly place: string
}

/** Times that others were first after which something else is in the way. */
const TRIES = 1000

/**
 * Brings the table formats of a data set up to date: a version for each commit since the last one that touched a table. What is
 * there already is not written again, and of any number of processes that do it at once each version is one's. A table that
 * cannot be is an error once the others are up to date.
 *
 * @param formats default: those that some table of the data set has already. Of those that are given all is written anew that
 * names the files by another place than where they are; else more goes after it by that place, since another machine can have
 * the data set there
 * @throws BlindspotError `bad-data`, naming the file, where the data set or a format's metadata are damaged; `io`
 */
export async function publish(
  store: Store,
  formats?: readonly TableFormatName[],
): Promise<readonly PublishedTable[]> {
  const folders = ((await store.list('')) ?? [])
    .filter(({ name, kind }) => kind === 'folder' && /^[A-Za-z][\w-]*$/.test(name))
    .map(({ name }) => name)
  const published: PublishedTable[] = []
  const failed: unknown[] = []
  let history: History | undefined
  for (const name of formats ?? TABLE_FORMATS) {
    const format = await load(name)
    const having: string[] = []
    for (const table of folders) if (await isIn(store, table, format)) having.push(table)
    if (formats === undefined && having.length === 0) continue
    history ??= await History.read(store)
    for (const table of new Set([...(await history.tables()), ...having]))
      try {
        const one = await publishTable(store, table, format, history, formats === undefined)
        published.push({ format: name, ...one })
      } catch (error) {
        failed.push(error)
      }
  }
  if (failed.length > 0) throw failed[0]
  return published
}

/**
 * Brings the formats that a data set has up to date, once what was to be committed is: a failure is a warning, and the next
 * call makes up for it.
 */
export async function keepTableFormats(store: Store): Promise<void> {
  try {
    await publish(store)
  } catch (error) {
    if (!(error instanceof BlindspotError)) throw error
    warn(
      `${error.message} (a table format is not up to date; what was committed is whole, and the next command, or blindspot table, tries again)`,
    )
  }
}

// read when it is asked for: most data sets have none
const load = async (name: TableFormatName): Promise<TableFormat> =>
  name === 'delta' ? (await import('./delta.js')).delta : (await import('./iceberg.js')).iceberg

const isIn = async (store: Store, table: string, { folder, marks }: TableFormat): Promise<boolean> =>
  ((await store.list(`${table}/${folder}`)) ?? []).some(({ name }) => marks.test(name))

async function publishTable(
  store: Store,
  table: string,
  format: TableFormat,
  first: History,
  stays: boolean,
) {
  let history = first
  let written = 0
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await format.read(store, table)
    const state = found && { ...found, moved: found.moved && !stays }
    const known = state?.moved === true ? undefined : state
    // others have published what was committed after the data set was read
    if (known !== undefined && known.commit > history.last) history = await History.read(store)
    const versions = await versionsOf(store, table, state, await history.changes(table, known))
    const added = versions.length === 0 ? 0 : await format.append(store, table, state, versions)
    written += added
    if (added < versions.length) continue
    const { files, commit } = (added === 0 ? state : await format.read(store, table)) ?? NOTHING
    return {
      ...{ table, written, commit, files: files.size },
      rows: [...files.values()].reduce((sum, rows) => sum + rows, 0),
      place: store.place(table),
    }
  }
  throw new BlindspotError(
    'io',
    `${store.place(`${table}/${format.folder}`)}: nothing can be added to it, ${TRIES} times something was there; look what it is`,
  )
}

const NOTHING = { files: new Map<string, number>(), commit: 0 }

async function versionsOf(
  store: Store,
  table: string,
  state: TableState | undefined,
  changes: readonly Change[],
): Promise<readonly TableVersion[]> {
  // footers of all changes at once
  const files = await dataFiles(
    store,
    changes.flatMap(({ add }) => add),
  )
  let [at, schema] = [0, state?.schema]
  return changes.map(({ add, ...change }) => {
    const some = files.slice(at, (at += add.length))
    schema = schemaWith(schema, table, some)
    return { ...change, schema, add: some }
  })
}

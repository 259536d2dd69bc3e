import { TABLES } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { storeOf, type Store } from '../../sources/store.js'
import type { Fault } from './fault.js'

/** Parquet files in the folders of tables that no commit has: who reads all files of a folder counts their rows as well. */
export async function strayFaults(lake: Lake): Promise<readonly Fault[]> {
  const store = storeOf(lake.folder)
  const found = (await Promise.all(Object.keys(TABLES).map((table) => filesBelow(store, table)))).flat()
  // what was committed while they were listed is known now
  const latest = await lake.latest()
  const known = new Set(latest.files().map(({ file }) => file))
  return found
    .filter((file) => file.endsWith('.parquet') && !known.has(file))
    .map((file) => ({
      ...{ file, row: null, column: null },
      message: 'no commit has it, but who reads all files of its folder does; remove it',
    }))
}

async function filesBelow(store: Store, folder: string): Promise<readonly string[]> {
  const entries = (await store.list(folder, true)) ?? []
  const found = entries.map(({ name, kind }) => {
    const path = `${folder}/${name}`
    return kind === 'folder' ? filesBelow(store, path) : Promise.resolve([path])
  })
  return (await Promise.all(found)).flat()
}

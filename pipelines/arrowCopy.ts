import { join } from 'node:path'
import { map } from 'rxjs'
import { RecordBatch, Schema } from 'apache-arrow'
import { stream } from '../operators/flow/stream.js'
import { asNow } from '../operators/records/schema.js'
import { TABLES, isTableName } from '../operators/records/tables.js'
import { makeFolder } from '../operators/lock/makeFolder.js'
import type { Lake } from '../sinks/lake/lake.js'
import { orLost } from '../sinks/lake/lostFile.js'
import { removeLeftovers } from '../sources/atomicFile.js'
import { ArrowWriter } from '../sinks/arrow.js'
import { writeAll } from '../sinks/writer.js'
import { readParquet } from '../sources/parquet.js'
import { writingTo } from '../sources/objects/writingTo.js'
import { within } from '../sources/place.js'
import { disk } from '../sources/store.js'

/** A batch without its schema's notes, which differ from file to file. */
const withoutNotes = (batch: RecordBatch) => new RecordBatch(new Schema(batch.schema.fields), batch.data)

/**
 * Writes each table of a data set as one Arrow IPC stream, `DIR/arrow/TABLE.arrows`, unless what is there is newer than
 * the data set's last change.
 *
 * @returns the files
 */
export async function arrowCopy(lake: Lake, signal?: AbortSignal): Promise<readonly string[]> {
  const { folder } = lake
  // a large data set's may lag behind its commits
  await lake.checkpoint()
  const into = within(folder, 'arrow')
  const changed = (await disk.stat(within(folder, 'manifest.json')))?.modified ?? Infinity
  const latest = await lake.latest()
  const names = [...new Set(latest.files().map(({ table }) => table))].map((table) => `${table}.arrows`)
  const old: string[] = []
  for (const name of names)
    if (((await disk.stat(within(into, name)))?.modified ?? 0) <= changed) old.push(name)
  await writingTo(into, async (here) => {
    for (const name of old) {
      const table = name.replace(/\.arrows$/, '')
      const path = join(here, name)
      // of a run that was killed: its rows are in the data set
      makeFolder(here)
      removeLeftovers(here, name)
      const files = latest.files({ table })
      const rows = stream(() => readParquet(files.map((file) => file.path)))
      const now = (batch: RecordBatch) =>
        withoutNotes(isTableName(table) ? asNow(batch, TABLES[table].columns) : batch)
      await writeAll(new ArrowWriter(path), rows.pipe(map(now)), { signal }).catch(async (error: unknown) => {
        throw await orLost(error, files)
      })
    }
  })
  return names.map((name) => within(into, name))
}

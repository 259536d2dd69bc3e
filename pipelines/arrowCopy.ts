import { basename, join } from 'node:path'
import { map } from 'rxjs'
import { RecordBatch, Schema } from 'apache-arrow'
import { stream } from '../operators/flow/stream.js'
import { asNow } from '../operators/records/schema.js'
import { TABLES, isTableName } from '../operators/records/tables.js'
import { makeFolder } from '../operators/lock/makeFolder.js'
import type { Lake } from '../sinks/lake/lake.js'
import { removeLeftovers } from '../sources/atomicFile.js'
import { ArrowWriter } from '../sinks/arrow.js'
import { writeAll } from '../sinks/writer.js'
import { readParquet } from '../sources/parquet.js'
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
  const into = join(folder, 'arrow')
  const changed = (await disk.stat(join(folder, 'manifest.json')))?.modified ?? Infinity
  makeFolder(into)
  const written: string[] = []
  for (const table of new Set(lake.files().map((file) => file.table))) {
    const path = join(into, `${table}.arrows`)
    written.push(path)
    // of a run that was killed: its rows are in the data set
    removeLeftovers(into, basename(path))
    if (((await disk.stat(path))?.modified ?? 0) > changed) continue
    const rows = stream(() => readParquet(lake.files({ table }).map((file) => file.path)))
    const now = (batch: RecordBatch) =>
      withoutNotes(isTableName(table) ? asNow(batch, TABLES[table].columns) : batch)
    await writeAll(new ArrowWriter(path), rows.pipe(map(now)), { signal })
  }
  return written
}

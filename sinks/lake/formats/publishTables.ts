import { BlindspotError } from '../../../operators/errors.js'
import { storeOf } from '../../../sources/store.js'
import { openLake } from '../openLake.js'
import { TABLE_FORMATS, type TableFormatName } from './tableFormat.js'
import type { PublishedTable } from './publish.js'

export type { TableFormatName } from './tableFormat.js'
export type { PublishedTable } from './publish.js'

/**
 * Brings the table formats of a data set up to date, beside its Parquet files, which stay as they are: Delta Lake's log in
 * `TABLE/_delta_log`, Iceberg's metadata in `TABLE/metadata`. They get a version for each commit that touched a table since
 * their last one. What is there is not written again, and any number of processes may do it at once.
 *
 * @param folder the data set's
 * @param formats default: those that the data set has; `lake.checkpoint()` keeps these up to date, too
 * @throws BlindspotError `bad-option` where there is no data set, `io` where it cannot be written to; `bad-data`, naming the file, where it or a
 * format's metadata are damaged, or a column has a type that the formats here do not have
 * @example
 * const [first] = await publishTables('results', ['delta'])
 */
export async function publishTables(
  folder: string,
  formats?: readonly TableFormatName[],
): Promise<readonly PublishedTable[]> {
  const unknown = formats?.find((format) => !TABLE_FORMATS.includes(format))
  if (unknown !== undefined)
    throw new BlindspotError(
      'bad-option',
      `formats: expected ${TABLE_FORMATS.join(' or ')}, got ${JSON.stringify(unknown)}`,
    )
  const lake = await openLake(folder, { readOnly: true })
  const { publish } = await import('./publish.js')
  return publish(storeOf(lake.folder), formats)
}

import { parquetMetadata } from 'hyparquet'
import type { OpenFile } from './openFile.js'
import { parquetColumns, type ParquetColumn } from './parquetColumns.js'
import { sizeOf, subtreesOf, textOf, typeText } from './parquetFields.js'
import { fileOfColumns, rowGroupFile } from './parquetGroup.js'
import { pageBoundsOf, type PageBounds } from './parquetPageIndex.js'
import { boundsOf } from './parquetStatistics.js'
import { thriftEnd } from './thriftBounds.js'
import type { Bounds } from './where.js'

/** What a Parquet file says of itself. */
export interface ParquetFooter {
  readonly rows: number
  /** Names of the columns at the top level, in order. */
  readonly columns: readonly string[]
  readonly rowGroups: number
  readonly createdBy: string
  readonly keyValues: ReadonlyMap<string, string>
  /** How the first column of the first row group is compressed; undefined without rows. */
  readonly codec: string | undefined
  /** Types of the columns, in words for messages. */
  readonly types: readonly string[]
  /** Rows of each row group. */
  readonly groupRows: readonly number[]
  /** What is known for sure of a column's values in a row group, without reading it; undefined: nothing. */
  bounds(index: number, column: string): Bounds | undefined
  /** The pages of a column in a row group, as their index has them; undefined where there is none. */
  pages(index: number, column: string): Promise<readonly PageBounds[] | undefined>
  /** The columns at the top level with their types and statistics; a RangeError where a count is none. */
  described(): readonly ParquetColumn[]
  /**
   * A Parquet file in memory that holds one row group and, of it, the bytes of some columns. A RangeError where the footer
   * does not fit the file, or what the columns unpack to is too much for memory.
   */
  rowGroup(index: number, columns: readonly string[]): Promise<Uint8Array>
  /** The bytes of the file with some of its columns alone; nothing of the others is read. */
  only(columns: readonly string[]): AsyncIterable<Uint8Array>
}

/**
 * Decodes what stands in the footer of an open file; a RangeError or TypeError where it is corrupt.
 *
 * @param footer with what is behind it in the file
 * @param length of the footer itself, bytes
 */
export function decodedFooter(file: OpenFile, footer: Uint8Array, length: number): ParquetFooter {
  thriftEnd(footer.subarray(0, length), 0)
  const metadata = parquetMetadata(footer, { geoparquet: false, parsers: { stringFromBytes } })
  const rows = sizeOf(metadata.num_rows, 'its number of rows')
  const groupRows = metadata.row_groups.map((group, i) => sizeOf(group.num_rows, `rows of row group ${i}`))
  const inGroups = groupRows.reduce((sum, n) => sum + n, 0)
  if (inGroups !== rows) throw new RangeError(`it says ${rows} rows, its row groups ${inGroups}`)
  const subtrees = subtreesOf(metadata.schema)
  return {
    rows,
    groupRows,
    columns: subtrees.map(({ name }) => name),
    types: subtrees.map(({ elements }) => typeText(elements)),
    bounds: (index, column) => {
      const found = subtrees.find(({ name }) => name === column)
      return found && boundsOf(metadata, found, index)
    },
    pages: async (index, column) => {
      const found = subtrees.find(({ name }) => name === column)
      return found && (await pageBoundsOf(file, metadata, found, index))
    },
    rowGroups: groupRows.length,
    codec: metadata.row_groups.at(0)?.columns.at(0)?.meta_data?.codec,
    createdBy: textOf(metadata.created_by ?? '', 'the writer'),
    keyValues: new Map(
      (metadata.key_value_metadata ?? []).map(({ key, value = '' }) => [
        textOf(key, 'a key'),
        textOf(value, `the value of ${key}`),
      ]),
    ),
    described: () => parquetColumns(metadata, subtrees),
    rowGroup: (index, columns) => rowGroupFile(file, metadata, subtrees, index, columns),
    only: (columns) => fileOfColumns(file, metadata, subtrees, columns),
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A text of the statistics as it is; undefined of bytes that are none. */
function stringFromBytes(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

import { parquetMetadata } from 'hyparquet'
import type { OpenFile } from './openFile.js'
import { parquetColumns } from './parquetColumns.js'
import { sizeOf, subtreesOf, textOf, typeText } from './parquetFields.js'
import { TAIL, type ParquetFooter } from './parquetFooter.js'
import { fileOfColumns, rowGroupFile } from './parquetGroup.js'
import { pageBoundsOf } from './parquetPageIndex.js'
import { boundsOf } from './parquetStatistics.js'
import { thriftEnd } from './thriftBounds.js'

/**
 * Decodes what stands in the footer of an open file; a RangeError or TypeError where it is corrupt.
 *
 * @param footer with the tail behind it
 */
export function decodedFooter(file: OpenFile, footer: Uint8Array): ParquetFooter {
  thriftEnd(footer.subarray(0, footer.length - TAIL), 0)
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

import { readColumnIndex, readOffsetIndex, type FileMetaData } from 'hyparquet'
import type { OpenFile } from './openFile.js'
import { sizeOf, type Subtree } from './parquetFields.js'
import { isBound } from './parquetStatistics.js'
import type { Bounds } from './where.js'

/** What the index says of a page of a column. */
export interface PageBounds extends Bounds {
  /** Its rows in the row group: from one up to another. */
  readonly from: number
  readonly to: number
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const parsers = {
  stringFromBytes: (bytes: Uint8Array) => {
    try {
      return utf8.decode(bytes)
    } catch {
      return undefined
    }
  },
}

/**
 * The pages of a column at the top level in a row group, as the index of pages has them; undefined of lists, and where there is no
 * index.
 *
 * @throws RangeError where the index does not fit the file
 */
export async function pageBoundsOf(
  file: OpenFile,
  metadata: FileMetaData,
  { name, elements: [element, ...below] }: Subtree,
  group: number,
): Promise<readonly PageBounds[] | undefined> {
  if (below.length > 0) return undefined
  const { columns, num_rows } = metadata.row_groups[group]
  const chunk = columns.find(({ meta_data: column }) => column?.path_in_schema[0] === name)
  const index = await part(file, chunk?.column_index_offset, chunk?.column_index_length)
  const offsets = await part(file, chunk?.offset_index_offset, chunk?.offset_index_length)
  if (index === undefined || offsets === undefined) return undefined
  const { null_pages, min_values, max_values } = readColumnIndex(index, element, parsers)
  const rows = sizeOf(num_rows, `the rows of row group ${group}`)
  const starts = readOffsetIndex(offsets).page_locations.map(({ first_row_index: first }) =>
    sizeOf(first, `the first row of a page of column ${name}`),
  )
  return starts.map((from, i) => {
    const [least, most] = [min_values[i], max_values[i]] as readonly unknown[]
    const isSure = isBound(element, least) && isBound(element, most)
    return {
      ...{ from, to: starts.at(i + 1) ?? rows, isNull: null_pages[i] },
      ...(isSure && !null_pages[i] && { least, most }),
    }
  })
}

/** A part of a file as the index's reader takes it. */
async function part(file: OpenFile, offset: bigint | undefined, length: number | undefined) {
  if (offset === undefined || length === undefined) return undefined
  const from = sizeOf(offset, 'where an index of pages is')
  const bytes = await file.read(from, from + length)
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
}

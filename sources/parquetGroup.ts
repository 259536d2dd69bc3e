import type { ColumnChunk, ColumnMetaData, FileMetaData, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { OpenFile } from './openFile.js'
import { sizeOf, wholeOf, type Subtree } from './parquetFields.js'
import { decodedBytes } from './parquetPages.js'

const MAGIC = Buffer.from('PAR1')

/**
 * Bytes of the columns of a row group that are read, unpacked, at most: the decoder holds them at once and has 4 GB.
 */
const LARGEST_GROUP = 2 ** 30

/** One row group of a file, and of it some columns at the top level, as a Parquet file in memory. */
export async function rowGroupFile(
  file: OpenFile,
  metadata: FileMetaData,
  subtrees: readonly Subtree[],
  index: number,
  names: readonly string[],
): Promise<Uint8Array> {
  const group = metadata.row_groups[index]
  const parts: Uint8Array[] = [MAGIC]
  const columns: ColumnChunk[] = []
  let at = MAGIC.length
  let unpacked = 0
  for (const { column, name, from, to } of chunksOf(group, names, file.size)) {
    const bytes = await file.read(from, to)
    unpacked += decodedBytes(bytes, column, name)
    if (unpacked > LARGEST_GROUP)
      throw new RangeError(
        `its columns unpack to more than the ${LARGEST_GROUP} bytes that are read at once; smaller row groups can be read`,
      )
    parts.push(bytes)
    columns.push(moved(column, BigInt(at - from)))
    at += to - from
  }
  const groups = [{ columns, total_byte_size: group.total_byte_size, num_rows: group.num_rows }]
  return Buffer.concat([...parts, footerOf(metadata, subtrees, names, groups)])
}

/** A whole file with some of its columns at the top level alone, its bytes as they come; bounds are left out. */
export async function* fileOfColumns(
  file: OpenFile,
  metadata: FileMetaData,
  subtrees: readonly Subtree[],
  names: readonly string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const groups: RowGroup[] = []
  let at = MAGIC.length
  yield MAGIC
  for (const group of metadata.row_groups) {
    const columns: ColumnChunk[] = []
    for (const { column, from, to } of chunksOf(group, names, file.size)) {
      yield await file.read(from, to)
      columns.push(moved(column, BigInt(at - from)))
      at += to - from
    }
    groups.push({ columns, total_byte_size: group.total_byte_size, num_rows: group.num_rows })
  }
  yield footerOf(metadata, subtrees, names, groups)
}

/** The chunks of some columns of a row group: columns do not overlap, so that all of them are no more than the file. */
function chunksOf(group: RowGroup, names: readonly string[], size: number) {
  const wanted = new Set(names)
  let sum = 0
  return group.columns.flatMap(({ meta_data: column }) => {
    if (column === undefined) throw new RangeError('a column is described nowhere')
    const [name] = column.path_in_schema
    if (!wanted.has(name)) return []
    const { from, to } = extent(column, name)
    sum += to - from
    if (from < MAGIC.length || to < from || sum > size || to > size)
      throw new RangeError(`column ${name} lies outside the file`)
    return [{ column, name, from, to }]
  })
}

/** The end of a file of some columns. */
function footerOf(
  metadata: FileMetaData,
  subtrees: readonly Subtree[],
  names: readonly string[],
  groups: RowGroup[],
): Uint8Array {
  const kept = subtrees.filter(({ name }) => names.includes(name))
  const footer = new ByteWriter()
  writeMetadata(footer, {
    version: metadata.version,
    schema: [
      { ...metadata.schema[0], num_children: kept.length },
      ...kept.flatMap(({ elements }) => elements.map(readable)),
    ],
    num_rows: groups.reduce((sum, group) => sum + group.num_rows, 0n),
    row_groups: groups,
    metadata_length: 0,
  })
  return Buffer.concat([footer.getBytes(), MAGIC])
}

/** The first byte of a column chunk and the one after its last. */
function extent(column: ColumnMetaData, name: string) {
  const data = wholeOf(column.data_page_offset, `the place of column ${name}`)
  const dictionary = wholeOf(column.dictionary_page_offset ?? 0, `the dictionary of column ${name}`)
  // some writers put 0 where there is no dictionary
  const from = dictionary > 0 ? Math.min(dictionary, data) : data
  return { from, to: from + sizeOf(column.total_compressed_size, `the size of column ${name}`) }
}

/** A chunk elsewhere; what helps to search in a file is left out, and what lies outside the chunk. */
function moved(column: ColumnMetaData, by: bigint): ColumnChunk {
  const { type, encodings, path_in_schema, codec, num_values } = column
  const { total_uncompressed_size, total_compressed_size, data_page_offset, dictionary_page_offset } = column
  return {
    file_offset: 0n,
    meta_data: {
      ...{ type, path_in_schema, codec, num_values },
      // the pages say theirs; a list without any would be written as one of another type
      encodings: encodings.length > 0 ? encodings : ['PLAIN'],
      ...{ total_uncompressed_size, total_compressed_size, data_page_offset: data_page_offset + by },
      ...(dictionary_page_offset && { dictionary_page_offset: dictionary_page_offset + by }),
    },
  }
}

/** The writer's form of whole numbers is not the format's: the older way to say their type is. */
function readable(element: SchemaElement): SchemaElement {
  const { logical_type: logical, ...rest } = element
  if (logical?.type !== 'INTEGER') return element
  return {
    ...rest,
    converted_type: `${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}`,
  } as SchemaElement
}

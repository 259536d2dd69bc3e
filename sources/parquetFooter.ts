import type { FileHandle } from 'node:fs/promises'
import { BlindspotError } from '../operators/errors.js'
import { readStruct, writeStruct } from './thrift.js'
import type { ThriftStruct } from './thrift.js'
import { changed, count, integer, list, required, struct, structs, strings, text } from './thriftFields.js'
import { decodedBytes } from './parquetPages.js'
import { readAt } from './readAt.js'

/** What a Parquet file says of itself. */
export interface ParquetFooter {
  readonly rows: number
  /** Names of the columns at the top level, in order. */
  readonly columns: readonly string[]
  readonly rowGroups: number
  readonly createdBy: string
  readonly keyValues: ReadonlyMap<string, string>
  /** Rows of each row group. */
  readonly groupRows: readonly number[]
  /**
   * A Parquet file in memory that holds one row group and, of it, the bytes of some columns. A RangeError where the footer
   * does not fit the file, or what the columns unpack to is too much for memory.
   */
  rowGroup(index: number, columns: readonly string[]): Promise<Uint8Array>
}

// numbers of the fields, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
const FILE = { schema: 2, rows: 3, rowGroups: 4, keyValues: 5, createdBy: 6, columnOrders: 7 }
const ELEMENT = { name: 4, children: 5 }
const KEY_VALUE = { key: 1, value: 2 }
const ROW_GROUP = { columns: 1, rows: 3, offset: 5 }
const CHUNK = {
  offset: 2,
  metadata: 3,
  offsetIndex: 4,
  offsetIndexSize: 5,
  columnIndex: 6,
  columnIndexSize: 7,
}
const COLUMN = { path: 3, size: 7, data: 9, index: 10, dictionary: 11, bloom: 14, bloomSize: 15 }
const MAGIC = Buffer.from('PAR1')

/** Of a footer, bytes. */
const LARGEST_FOOTER = 2 ** 27
/** Of the columns of a row group that are read, bytes, unpacked: the decoder holds them at once and has 4 GB. */
const LARGEST_GROUP = 2 ** 30

/**
 * Reads the footer of an open Parquet file.
 *
 * A row group is handed out as a file of its own, its bytes moved together and the offsets in its footer with
 * them: the decoder's own way to read a part of a file ends the process where a page is corrupt, while its way
 * to decode bytes in memory reports it.
 */
export async function readFooter(file: FileHandle, path: string): Promise<ParquetFooter> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 8), Math.min(8, size))
  const length = size >= 12 && tail.subarray(4).equals(MAGIC) ? tail.readUInt32LE(0) : Infinity
  if (length > size - 12)
    throw new BlindspotError(
      'bad-data',
      `${path} is not a whole Parquet file: its ${size} bytes do not end with a footer and "PAR1"; ` +
        'it was cut off or is something else; write it again',
    )
  const where = `${path}: the footer, bytes ${size - 8 - length} to ${size - 8},`
  if (length > LARGEST_FOOTER)
    throw new BlindspotError(
      'bad-data',
      `${where} is larger than the ${LARGEST_FOOTER} that are read; write the file with fewer row groups or columns`,
    )
  try {
    return describe(file, size, readStruct(await readAt(file, size - 8 - length, length)))
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${where} is corrupt (${(cause as Error).message}); write the file again`,
      { cause },
    )
  }
}

function describe(file: FileHandle, size: number, root: ThriftStruct): ParquetFooter {
  const groups = structs(root, FILE.rowGroups)
  const [schema, ...elements] = structs(root, FILE.schema)
  const subtrees = topLevel(elements)
  const rows = count(root, FILE.rows)
  const groupRows = groups.map((group) => count(group, ROW_GROUP.rows))
  const inGroups = groupRows.reduce((sum, n) => sum + n, 0)
  if (inGroups !== rows) throw new RangeError(`it says ${rows} rows, its row groups ${inGroups}`)
  return {
    rows,
    groupRows,
    columns: subtrees.map(({ name }) => name),
    rowGroups: groups.length,
    createdBy: root.has(FILE.createdBy) ? text(root, FILE.createdBy) : '',
    keyValues: new Map(
      structs(root, FILE.keyValues).map((pair) => [
        text(pair, KEY_VALUE.key),
        pair.has(KEY_VALUE.value) ? text(pair, KEY_VALUE.value) : '',
      ]),
    ),
    async rowGroup(index, columns) {
      const group = groups[index]
      const wanted = new Set(columns)
      const parts: Uint8Array[] = [MAGIC]
      let unpacked = 0
      let at = MAGIC.length
      const chunks: ThriftStruct[] = []
      for (const chunk of structs(group, ROW_GROUP.columns)) {
        const metadata = struct(chunk, CHUNK.metadata)
        const [name] = strings(metadata, COLUMN.path)
        if (!wanted.has(name)) continue
        const { from, to } = extent(metadata)
        // columns do not overlap, so that all of them are no more than the file
        if (from < MAGIC.length || to < from || at - MAGIC.length + to - from > size || to > size)
          throw new RangeError(`column ${name} lies outside the file`)
        const bytes = await readAt(file, from, to - from)
        unpacked += decodedBytes(bytes, metadata, name)
        if (unpacked > LARGEST_GROUP)
          throw new RangeError(
            `its columns unpack to more than the ${LARGEST_GROUP} bytes that are read at once; smaller row groups can be read`,
          )
        parts.push(bytes)
        chunks.push(movedChunk(chunk, metadata, BigInt(at - from)))
        at += to - from
      }
      const kept = subtrees.filter(({ name }) => wanted.has(name))
      const head = changed(schema, { [ELEMENT.children]: BigInt(kept.length) })
      // the writer's Arrow schema goes with the other keys: it has all columns
      const footer = writeStruct(
        changed(
          root,
          {
            [FILE.schema]: list([head, ...kept.flatMap(({ from, to }) => elements.slice(from, to))]),
            [FILE.rows]: required(group, ROW_GROUP.rows),
            [FILE.rowGroups]: list([
              changed(group, { [ROW_GROUP.columns]: list(chunks) }, [ROW_GROUP.offset]),
            ]),
          },
          [FILE.keyValues, FILE.columnOrders],
        ),
      )
      const length = Buffer.alloc(4)
      length.writeUInt32LE(footer.length)
      return Buffer.concat([...parts, footer, length, MAGIC])
    },
  }
}

/** First byte of a column chunk and the one after its last. */
function extent(metadata: ThriftStruct) {
  const data = integer(metadata, COLUMN.data)
  const dictionary = metadata.has(COLUMN.dictionary) ? integer(metadata, COLUMN.dictionary) : 0
  // some writers put 0 where there is no dictionary
  const from = dictionary > 0 ? Math.min(dictionary, data) : data
  return { from, to: from + count(metadata, COLUMN.size) }
}

function movedChunk(chunk: ThriftStruct, metadata: ThriftStruct, by: bigint): ThriftStruct {
  const moved = (field: number) => {
    const offset = metadata.get(field)?.value
    return typeof offset === 'bigint' && offset > 0n ? { [field]: offset + by } : {}
  }
  return changed(
    chunk,
    {
      [CHUNK.offset]: 0n,
      [CHUNK.metadata]: changed(metadata, { ...moved(COLUMN.data), ...moved(COLUMN.dictionary) }, [
        COLUMN.index,
        COLUMN.bloom,
        COLUMN.bloomSize,
      ]),
    },
    [CHUNK.offsetIndex, CHUNK.offsetIndexSize, CHUNK.columnIndex, CHUNK.columnIndexSize],
  )
}

/** The schema is a tree in depth-first order, each element with its number of children: the root's subtrees. */
function topLevel(elements: readonly ThriftStruct[]) {
  const subtrees: { name: string; from: number; to: number }[] = []
  const end = (at: number): number => {
    const children = Number(elements[at].get(ELEMENT.children)?.value ?? 0n)
    let to = at + 1
    for (let child = 0; child < children; child++) to = end(to)
    return to
  }
  for (let from = 0; from < elements.length; from = end(from))
    subtrees.push({ name: text(elements[from], ELEMENT.name), from, to: end(from) })
  return subtrees
}

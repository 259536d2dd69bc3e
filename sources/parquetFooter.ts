import type { FileHandle } from 'node:fs/promises'
import { BlindspotError } from '../operators/errors.js'
import { readStruct, writeStruct } from './thrift.js'
import type { ThriftStruct, ThriftValue } from './thrift.js'

/** What a Parquet file says of itself. */
export interface ParquetFooter {
  readonly rows: number
  /** Names of the columns at the top level, in order. */
  readonly columns: readonly string[]
  readonly rowGroups: number
  readonly createdBy: string
  readonly keyValues: ReadonlyMap<string, string>
  /** A Parquet file in memory that holds one row group and, of it, the bytes of some columns. */
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
  const bytes = await readAt(file, size - 8 - length, length)
  try {
    return describe(file, size, readStruct(bytes))
  } catch (cause) {
    const message = `${path}: the footer, bytes ${size - 8 - length} to ${size - 8}, is corrupt; write the file again`
    throw new BlindspotError('bad-data', message, { cause })
  }
}

function describe(file: FileHandle, size: number, root: ThriftStruct): ParquetFooter {
  const groups = structs(root, FILE.rowGroups)
  const [schema, ...elements] = structs(root, FILE.schema)
  const subtrees = topLevel(elements)
  return {
    rows: integer(root, FILE.rows),
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
      const parts: Uint8Array[] = [MAGIC]
      let at = MAGIC.length
      const chunks: ThriftStruct[] = []
      for (const chunk of structs(group, ROW_GROUP.columns)) {
        const metadata = struct(chunk, CHUNK.metadata)
        const [name] = strings(metadata, COLUMN.path)
        if (!columns.includes(name)) continue
        const { from, to } = extent(metadata)
        if (from < MAGIC.length || to > size) throw new RangeError(`column ${name} lies outside the file`)
        parts.push(await readAt(file, from, to - from))
        chunks.push(movedChunk(chunk, metadata, BigInt(at - from)))
        at += to - from
      }
      const kept = subtrees.filter(({ name }) => columns.includes(name))
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
  return { from, to: from + integer(metadata, COLUMN.size) }
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

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
  if (bytesRead < length)
    throw new RangeError(`${bytesRead} bytes at ${position} where ${length} were expected`)
  return buffer
}

function required(from: ThriftStruct, field: number): ThriftValue {
  const found = from.get(field)
  if (found === undefined) throw new RangeError(`field ${field} is missing`)
  return found.value
}

const integer = (from: ThriftStruct, field: number) => Number(required(from, field))

function text(from: ThriftStruct, field: number): string {
  return decoded(required(from, field))
}

function decoded(value: ThriftValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  throw new RangeError('text was expected')
}

function items(from: ThriftStruct, field: number): readonly ThriftValue[] {
  const value = from.get(field)?.value
  return typeof value === 'object' && 'items' in value ? value.items : []
}

const strings = (from: ThriftStruct, field: number) => items(from, field).map(decoded)

const structs = (from: ThriftStruct, field: number) => items(from, field).map(asStruct)

const struct = (from: ThriftStruct, field: number) => asStruct(required(from, field))

function asStruct(value: ThriftValue): ThriftStruct {
  if (value instanceof Map) return value as ThriftStruct
  throw new RangeError('a struct was expected')
}

const STRUCT = 12
const list = (of: readonly ThriftStruct[]) => ({ element: STRUCT, items: of })

/** A copy with other values in some fields that it has, and without others. */
function changed(
  from: ThriftStruct,
  values: Readonly<Record<number, ThriftValue>>,
  without: readonly number[] = [],
): ThriftStruct {
  return new Map(
    [...from]
      .filter(([field]) => !without.includes(field))
      .map(([field, { type, value }]) => [field, { type, value: field in values ? values[field] : value }]),
  )
}

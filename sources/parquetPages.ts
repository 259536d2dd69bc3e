import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { readStructAt, type ThriftStruct } from './thrift.js'
import { count, integer, struct } from './thriftFields.js'
import { zstdFits } from './zstd.js'

// numbers of the fields, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
const COLUMN = { type: 1, codec: 4, values: 5 }
const PAGE = { type: 1, unpacked: 2, packed: 3, data: 5, dictionary: 7, dataV2: 8 }
const VALUES = 1
const V2 = { definitionBytes: 5, repetitionBytes: 6, isCompressed: 7 }
const DICTIONARY_PAGE = 2

/** Bytes of a value by its physical type, BOOLEAN to DOUBLE; byte arrays have lengths of their own. */
const WIDTHS = [1, 4, 8, 12, 4, 8]
const CODEC = { none: 0, snappy: 1, gzip: 2, brotli: 4, zstd: 6 }

/**
 * What a column chunk becomes in memory, bytes, by its page headers: the decoder makes room for what they say, and for what
 * the packed bytes say, before it finds that there is less.
 *
 * Values that a dictionary holds count as its average entry. A RangeError where a page does not fit the chunk, or unpacks to
 * more than its header says.
 *
 * @param bytes of the chunk
 * @param metadata its ColumnMetaData
 */
export function decodedBytes(bytes: Uint8Array, metadata: ThriftStruct, name: string): number {
  const codec = integer(metadata, COLUMN.codec)
  const expected = count(metadata, COLUMN.values)
  let width = WIDTHS.at(integer(metadata, COLUMN.type)) ?? 0
  let values = 0
  let unpacked = 0
  for (let at = 0; values < expected && at < bytes.length;) {
    const { struct: page, end } = readStructAt(bytes, at)
    const size = count(page, PAGE.packed)
    if (size > bytes.length - end) throw new RangeError(`a page of column ${name} is longer than the column`)
    const largest = count(page, PAGE.unpacked)
    const body = bytes.subarray(end, end + size)
    if (!fits(codec, ...packedPart(page, body, largest)))
      throw new RangeError(`a page of column ${name} unpacks to more than the ${largest} bytes that it says`)
    if (integer(page, PAGE.type) === DICTIONARY_PAGE)
      width ||= largest / Math.max(1, count(struct(page, PAGE.dictionary), VALUES))
    else if (page.has(PAGE.data)) values += count(struct(page, PAGE.data), VALUES)
    else if (page.has(PAGE.dataV2)) values += count(struct(page, PAGE.dataV2), VALUES)
    unpacked += largest
    at = end + size
  }
  return Math.max(unpacked, values * width)
}

/** The compressed part of a page and its size when unpacked: in version 2 the levels before it are not compressed. */
function packedPart(page: ThriftStruct, body: Uint8Array, size: number): readonly [Uint8Array, number] {
  if (!page.has(PAGE.dataV2)) return [body, size]
  const head = struct(page, PAGE.dataV2)
  const levels = count(head, V2.definitionBytes) + count(head, V2.repetitionBytes)
  if (levels > body.length || levels > size) throw new RangeError('the levels of a page are longer than it')
  const isPacked = head.get(V2.isCompressed)?.value !== false && body.length > levels
  return isPacked ? [body.subarray(levels), size - levels] : [new Uint8Array(0), 0]
}

/** Whether packed bytes give no more than `size`, as far as that can be told without unpacking them. */
function fits(codec: number, packed: Uint8Array, size: number): boolean {
  if (packed.length === 0) return true
  if (codec === CODEC.none) return packed.length <= size
  if (codec === CODEC.snappy) return snappySize(packed) <= size
  if (codec === CODEC.zstd) return zstdFits(packed, size)
  if (codec === CODEC.gzip) return inflates(gunzipSync, packed, size)
  return codec === CODEC.brotli ? inflates(brotliDecompressSync, packed, size) : true
}

/** The size that a snappy block begins with: a varint. */
function snappySize(packed: Uint8Array): number {
  let size = 0
  for (let i = 0; i < 5 && i < packed.length; i++) {
    size += (packed[i] & 127) * 2 ** (7 * i)
    if (packed[i] < 128) return size
  }
  return Infinity
}

function inflates(
  unpack: (bytes: Uint8Array, options: { maxOutputLength: number }) => unknown,
  packed: Uint8Array,
  size: number,
): boolean {
  try {
    unpack(packed, { maxOutputLength: Math.max(1, size) })
    return true
  } catch (error) {
    // what is corrupt is the decoder's to say
    return (error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE'
  }
}

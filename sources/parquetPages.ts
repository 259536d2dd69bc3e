import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { ColumnMetaData, CompressionCodec, PageHeader, ParquetType } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { sizeOf } from './parquetFields.js'
import { thriftEnd } from './thriftBounds.js'
import { zstdFits } from './zstd.js'

/** Bytes of a value by its physical type; byte arrays have lengths of their own. */
const WIDTHS: Partial<Record<ParquetType, number>> = {
  ...{ BOOLEAN: 1, INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 },
}

/**
 * What a column chunk becomes in memory, bytes, by its page headers: the decoder makes room for what they say, and for what
 * the packed bytes say, before it finds that there is less.
 *
 * Values that a dictionary holds count as its average entry. A RangeError where a page does not fit the chunk, or unpacks to
 * more than its header says.
 *
 * @param bytes of the chunk
 */
export function decodedBytes(
  bytes: Uint8Array,
  { codec, type, num_values }: ColumnMetaData,
  name: string,
): number {
  const expected = sizeOf(num_values, `the number of values of column ${name}`)
  const size = (value: unknown) => sizeOf(value, `a size in a page of column ${name}`)
  let width = WIDTHS[type] ?? 0
  let values = 0
  let unpacked = 0
  for (let at = 0; values < expected && at < bytes.length;) {
    const end = thriftEnd(bytes, at)
    const page = headerOf(bytes.subarray(at, end))
    const packed = size(page.compressed_page_size)
    if (packed > bytes.length - end)
      throw new RangeError(`a page of column ${name} is longer than the column`)
    const largest = size(page.uncompressed_page_size)
    const body = bytes.subarray(end, end + packed)
    if (!fits(codec, ...packedPart(page, body, largest, size)))
      throw new RangeError(`a page of column ${name} unpacks to more than the ${largest} bytes that it says`)
    if (page.type === 'DICTIONARY_PAGE')
      width ||= largest / Math.max(1, size(page.dictionary_page_header?.num_values))
    else {
      const data = page.data_page_header ?? page.data_page_header_v2
      if (data) values += size(data.num_values)
    }
    unpacked += largest
    at = end + packed
  }
  return Math.max(unpacked, values * width)
}

const headerOf = (bytes: Uint8Array): PageHeader =>
  parquetHeader({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 })

/** The compressed part of a page and its size when unpacked: in version 2 the levels before it are not compressed. */
function packedPart(
  { data_page_header_v2: head }: PageHeader,
  body: Uint8Array,
  unpacked: number,
  size: (value: unknown) => number,
): readonly [Uint8Array, number] {
  if (!head) return [body, unpacked]
  const levels = size(head.definition_levels_byte_length) + size(head.repetition_levels_byte_length)
  if (levels > body.length || levels > unpacked)
    throw new RangeError('the levels of a page are longer than it')
  const isPacked = head.is_compressed !== false && body.length > levels
  return isPacked ? [body.subarray(levels), unpacked - levels] : [new Uint8Array(0), 0]
}

/** Whether packed bytes give no more than `size` bytes, as far as that can be told without unpacking them. */
function fits(codec: CompressionCodec, packed: Uint8Array, size: number): boolean {
  if (packed.length === 0) return true
  if (codec === 'UNCOMPRESSED') return packed.length <= size
  if (codec === 'SNAPPY') return snappySize(packed) <= size
  if (codec === 'ZSTD') return zstdFits(packed, size)
  if (codec === 'GZIP') return inflates(gunzipSync, packed, size)
  return codec === 'BROTLI' ? inflates(brotliDecompressSync, packed, size) : true
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

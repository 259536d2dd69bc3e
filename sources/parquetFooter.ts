import { BlindspotError } from '../operators/errors.js'
import type { OpenFile } from './openFile.js'
import type { ParquetColumn } from './parquetColumns.js'
import type { PageBounds } from './parquetPageIndex.js'
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

/** Bytes of a footer at most. */
const LARGEST_FOOTER = 2 ** 27
/** Bytes after the footer: its length and the format's mark. */
export const TAIL = 8

/**
 * Reads the footer of an open Parquet file.
 *
 * A row group is handed out as a file of its own, its bytes moved together and the offsets in its footer with
 * them: the decoder's own way to read a part of a file ends the process where a page is corrupt, while its way
 * to decode bytes in memory reports it.
 *
 * @throws BlindspotError `bad-data`, naming the file
 */
export async function readFooter(file: OpenFile): Promise<ParquetFooter> {
  const { path, size } = file
  const tail = await file.read(Math.max(0, size - TAIL), size)
  const length = size >= TAIL + 4 && tail.toString('latin1', 4) === 'PAR1' ? tail.readUInt32LE(0) : Infinity
  if (length > size - TAIL - 4)
    throw new BlindspotError(
      'bad-data',
      `${path} is not a whole Parquet file: its ${size} bytes do not end with a footer and "PAR1"; ` +
        'it was cut off or is something else; write it again',
    )
  const [from, to] = [size - TAIL - length, size - TAIL]
  const where = `${path}: the footer, bytes ${from} to ${to},`
  if (length > LARGEST_FOOTER)
    throw new BlindspotError(
      'bad-data',
      `${where} is larger than the ${LARGEST_FOOTER} that are read; write the file with fewer row groups or columns`,
    )
  const { decodedFooter } = await import('./decodedFooter.js')
  try {
    return decodedFooter(file, await file.read(from, size))
  } catch (cause) {
    if (cause instanceof BlindspotError) throw cause
    // of a field that is missing or another's type the reader finds out by using it
    const reason =
      cause instanceof TypeError ? 'a field is missing or of another type' : (cause as Error).message
    throw new BlindspotError('bad-data', `${where} is corrupt (${reason}); write the file again`, { cause })
  }
}

import { BlindspotError } from '../operators/errors.js'
import type { ParquetFooter } from './decodedFooter.js'
import type { OpenFile } from './openFile.js'

export type { ParquetFooter } from './decodedFooter.js'

/** Bytes of a footer at most. */
const LARGEST_FOOTER = 2 ** 27
/** Bytes after the footer: its length and the format's mark. */
const TAIL = 8

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
    return decodedFooter(file, await file.read(from, size), length)
  } catch (cause) {
    if (cause instanceof BlindspotError) throw cause
    // of a field that is missing or another's type the reader finds out by using it
    const reason =
      cause instanceof TypeError ? 'a field is missing or of another type' : (cause as Error).message
    throw new BlindspotError('bad-data', `${where} is corrupt (${reason}); write the file again`, { cause })
  }
}

import { RowError } from '../../operators/records/rowError.js'
import { within } from '../../sources/place.js'

/** Something of a data set that is not as it should be. */
export interface Fault {
  /** Relative to the data set. */
  readonly file: string
  /** Of the file, from 0; null where it is not about a row. */
  readonly row: number | null
  /** Null where it is not about a column. */
  readonly column: string | null
  readonly message: string
}

/** An error as a fault of a file, of whose rows `before` come before those that were looked at. */
export function faultOf(file: string, error: unknown, before = 0): Fault {
  if (!(error instanceof RowError))
    return { file, row: null, column: null, message: error instanceof Error ? error.message : String(error) }
  const { row, column, expected, got } = error
  return { file, row: before + row, column, message: `expected ${expected}, got ${got}` }
}

/** A fault of a data set as a line, which names its file once, though the message may, too. */
export function faultText(folder: string, { file, row, column, message }: Fault): string {
  const where = [row === null ? '' : `row ${row}`, column === null ? '' : `column ${column}`].filter(Boolean)
  const said = message.replaceAll(within(folder, file), file)
  const place = said.includes(file) ? [] : [file]
  return [...place, ...(where.length > 0 ? [where.join(', ')] : []), said].join(': ')
}

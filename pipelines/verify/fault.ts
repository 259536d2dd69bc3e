import { RowError } from '../../operators/records/rowError.js'

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

/** A fault as a line. */
export function faultText({ file, row, column, message }: Fault): string {
  const where = [row === null ? '' : `row ${row}`, column === null ? '' : `column ${column}`].filter(Boolean)
  return [file, ...(where.length > 0 ? [where.join(', ')] : []), message].join(': ')
}

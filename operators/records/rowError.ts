import { BlindspotError } from '../errors.js'

/** A value in a row that is not what its column holds; who knows the file says so. */
export class RowError extends BlindspotError {
  constructor(
    readonly row: number,
    readonly column: string,
    readonly expected: string,
    readonly got: string,
    /** The file, and how many of its rows come before. */
    where = '',
    before = 0,
  ) {
    super('bad-data', `${where}column ${column}, row ${before + row}: expected ${expected}, got ${got}`)
  }

  /** The error with the file that the row is in, of which `before` rows come before the batch. */
  in(path: string, before: number): RowError {
    return new RowError(this.row, this.column, this.expected, this.got, `${path}: `, before)
  }
}

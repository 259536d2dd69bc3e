import type { RecordBatch } from 'apache-arrow'

/** A number that no number of JavaScript is, as a decimal of SQL, by its digits. */
export class ExactNumber {
  constructor(readonly digits: string) {}

  toString(): string {
    return this.digits
  }
}

/**
 * A value of SQL: whole numbers of 64 bits and more are bigint, decimals `ExactNumber`, lists and arrays arrays, structs and
 * maps a Map by the texts of their keys; times, intervals, bits, UUID and bytes the text that DuckDB has for them, times with
 * a zone in UTC.
 */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | ExactNumber
  | readonly SqlValue[]
  | ReadonlyMap<string, SqlValue>

/** A column of an answer; of several of one name the second is `NAME:1`. */
export interface AnswerColumn {
  readonly name: string
  /** DuckDB's type, as `DECIMAL(18,3)`. */
  readonly type: string
}

/** Some rows of an answer, up to 2048. */
export interface AnswerChunk {
  readonly size: number
  /** A value for each column, of each row. */
  rows(): readonly (readonly SqlValue[])[]
  /**
   * The same as an Arrow batch.
   *
   * @throws BlindspotError `bad-data` for a whole number of more than 38 digits
   */
  batch(): RecordBatch
}

/** What SQL asked for, as it comes. */
export interface Answer {
  readonly columns: readonly AnswerColumn[]
  /** A batch without rows, whose schema all batches have. */
  readonly empty: RecordBatch
  /** The rows in order, made as they are read, once. */
  readonly chunks: AsyncIterable<AnswerChunk>
}

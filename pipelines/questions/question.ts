import type { TableName } from '../../operators/records/tables.js'

/** A question that any data set can be asked. */
export interface Question {
  /** What it is called on the command line. */
  readonly name: string
  /** What is asked, in one sentence, and what a row of the answer is. */
  readonly question: string
  /** Tables that it needs rows of. */
  readonly tables: readonly TableName[]
  /** SQL over views with the names of the tables, and the macros of `INTERVALS` and `ATTACK_OPTIONS`. */
  readonly sql: string
}

import { adversarialFromArrow } from '../operators/records/adversarial.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { TABLES } from '../operators/records/tables.js'
import type { TableName, Tables } from '../operators/records/tables.js'
import { readParquet } from './parquet.js'
import type { ParquetReadOptions } from './parquet.js'

type Paths = string | readonly string[]

/**
 * The records of one table from Parquet files, in the order of the files and rows; NaN and -1 come back where
 * the file has null, float32 images come back bit for bit.
 *
 * @param paths as for `readParquet`, which says what the errors are.
 * @example for await (const scores of readRecords('scores', 'mnist/scores')) …
 */
export async function* readRecords<Name extends TableName>(
  table: Name,
  paths: Paths,
  options: Pick<ParquetReadOptions, 'batchSize'> = {},
): AsyncGenerator<Tables[Name], void, undefined> {
  const { fromArrow, empty } = TABLES[table]
  const columns = empty.schema.fields.map((field) => field.name)
  for await (const batch of readParquet(paths, { ...options, columns })) yield* fromArrow(batch)
}

export interface ExampleOptions extends Pick<ParquetReadOptions, 'batchSize'> {
  /** Default true; false leaves the arrays `original` and `adversarial` empty and their bytes unread. */
  readonly images?: boolean
}

/** Adversarial examples from Parquet files; each batch is of one run, source model, data set, split and goal. */
export async function* readExamples(
  paths: Paths,
  { images = true, ...options }: ExampleOptions = {},
): AsyncGenerator<AdversarialBatch, void, undefined> {
  if (images) return yield* readRecords('examples', paths, options)
  const columns = TABLES.examples.empty.schema.fields.map((field) => field.name)
  const small = columns.filter((name) => name !== 'original' && name !== 'adversarial')
  for await (const batch of readParquet(paths, { ...options, columns: small }))
    yield* adversarialFromArrow(batch, false)
}

/** Scores from Parquet files; each batch is of one pair of models and one kind. */
export const readScores = (paths: Paths, options: Pick<ParquetReadOptions, 'batchSize'> = {}) =>
  readRecords('scores', paths, options)

import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { checkImages } from '../operators/records/checkImages.js'
import { checkRows } from '../operators/records/checkRows.js'
import { RowError } from '../operators/records/rowError.js'
import { integersOf } from '../operators/records/rows.js'
import { isLater, isList } from '../operators/records/schema.js'
import { TABLES } from '../operators/records/tables.js'
import type { TableName, Tables } from '../operators/records/tables.js'
import { readPlaced } from './parquet.js'
import type { ParquetReadOptions, PlacedBatch } from './parquet.js'
import { requireOneOf } from '../operators/options/requireKinds.js'
import { requireKnown } from '../operators/options/knownOptions.js'

export type Paths = string | readonly string[]

/**
 * The records of one table from Parquet files, in the order of the files and rows; NaN and -1 come back where
 * the file has null, float32 images come back bit for bit. Columns that files of an earlier version lack are empty.
 *
 * @param paths as for `readParquet`, which says what the errors are.
 * @example
 * for await (const { model, error } of readRecords('scores', 'results/scores')) console.log(model, error)
 */
export async function* readRecords<Name extends TableName>(
  table: Name,
  paths: Paths,
  options: Pick<ParquetReadOptions, 'batchSize' | 'where'> = {},
): AsyncGenerator<Tables[Name], void, undefined> {
  requireKnown<Pick<ParquetReadOptions, 'batchSize' | 'where'>>('readRecords', options, {
    batchSize: true,
    where: true,
  })
  requireOneOf('readRecords: table', table, Object.keys(TABLES))
  const { columns: all, fromArrow } = TABLES[table]
  const columns = all.map(({ name }) => name)
  const optional = all.filter(isLater).map(({ name }) => name)
  for await (const placed of readPlaced(paths, { ...options, columns, optional }))
    yield* checkedRows(table, placed, (batch) => {
      if (table === 'images') checkImages(batch, ['pixels'])
      if (table === 'examples') checkImages(batch, IMAGES)
      return fromArrow(batch)
    })
}

/** Records of a batch whose values are those of its table, or an error that names file and row. */
export const checkedRows = <T>(
  table: TableName,
  placed: PlacedBatch,
  convert: (batch: RecordBatch) => T[],
): T[] =>
  rowsIn(placed, (batch) => {
    checkRows(TABLES[table], batch)
    return convert(batch)
  })

/** What a batch is converted to, or an error that names file and row. */
export function rowsIn<T>({ path, before, batch }: PlacedBatch, convert: (batch: RecordBatch) => T): T {
  try {
    return convert(batch)
  } catch (error) {
    if (error instanceof RowError) throw error.in(path, before)
    if (!(error instanceof BlindspotError)) throw error
    throw new BlindspotError(error.code, `${path}: ${error.message}`, { cause: error })
  }
}

/** Options of `readExamples`. */
export interface ExampleOptions extends Pick<ParquetReadOptions, 'batchSize' | 'where'> {
  /**
   * Whether images are read. Default true; false leaves the arrays `original` and `adversarial` empty and their bytes
   * unread.
   */
  readonly images?: boolean
  /**
   * Range that the pixels have to lie in, such as a victim's box. Default: the box that the file notes, else any
   * finite values.
   */
  readonly box?: readonly [low: number, high: number] | undefined
  /** Number that labels and targets have to be below. Default: any. */
  readonly classes?: number | undefined
}

/** Adversarial examples from Parquet files; each batch is of one run, source model, data set, split and goal. */
export async function* readExamples(
  paths: Paths,
  given: ExampleOptions = {},
): AsyncGenerator<AdversarialBatch, void, undefined> {
  requireKnown<ExampleOptions>('readExamples', given, {
    images: true,
    box: true,
    classes: true,
    batchSize: true,
    where: true,
  })
  const { images = true, box, classes = Infinity, ...options } = given
  const all = TABLES.examples.columns
  const columns = all.filter((column) => images || !isList(column)).map(({ name }) => name)
  const optional = all.filter(isLater).map(({ name }) => name)
  for await (const placed of readPlaced(paths, { ...options, columns, optional }))
    yield* checkedRows('examples', placed, (batch) => {
      if (images) checkImages(batch, IMAGES, box)
      for (const name of CLASSES) requireBelow(batch, name, classes)
      return TABLES.examples.fromArrow(batch, { lists: images })
    })
}

/** Columns of images; the second has a value where there is an example. */
const IMAGES: readonly string[] = ['original', 'adversarial']
const CLASSES = ['label', 'target', 'prediction', 'adversarial_prediction'] as const

function requireBelow(batch: RecordBatch, name: string, classes: number): void {
  integersOf(batch, name, -1).forEach((value, row) => {
    if (value >= classes) throw new RowError(row, name, `a class from 0 to ${classes - 1}`, String(value))
  })
}

/** Scores from Parquet files; each batch is of one pair of models and one kind. */
export const readScores = (paths: Paths, options: Pick<ParquetReadOptions, 'batchSize' | 'where'> = {}) =>
  readRecords('scores', paths, options)

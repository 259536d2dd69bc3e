import { DataType, Vector, type RecordBatch } from 'apache-arrow'
import { GOALS, METHODS, REASONS, STATUSES } from './codes.js'
import { ENDS } from './coherence.js'
import { columnOf, flagsOf, integersOf, numbersOf, RowError, textsOf } from './rows.js'
import { boxOf } from './image.js'
import { SCORE_KINDS } from './score.js'
import { TABLES, type TableName } from './tables.js'

/** Of a column in a row: NaN is a number, whole or not, or a flag that is null; of a list whether it is there. */
type Value = number | string | boolean

/** What holds of every row of a table, beside that no column is null which may not be. */
export interface RowCheck {
  readonly columns: readonly string[]
  readonly expected: string
  readonly holds: (...values: readonly never[]) => boolean
  /** The same for who asks files by DuckDB, null where it does not hold; none where a column is too large for that. */
  readonly sql?: string
}

const atLeast = (least: number, ...columns: readonly string[]): readonly RowCheck[] =>
  columns.map((column) => ({
    columns: [column],
    expected: `a number from ${least}`,
    holds: (value: number) => value >= least,
    sql: `"${column}" >= ${least}`,
  }))

/** A whole number from 0, or null. */
const orNull = (...columns: readonly string[]): readonly RowCheck[] =>
  columns.map((column) => ({
    columns: [column],
    expected: 'a whole number from 0, or null',
    holds: (value: number) => Number.isNaN(value) || value >= 0,
    sql: `("${column}" IS NULL OR "${column}" >= 0)`,
  }))

/** In [0, 1], or null. */
const fraction = (...columns: readonly string[]): readonly RowCheck[] =>
  columns.map((column) => ({
    columns: [column],
    expected: 'a number from 0 to 1, or null',
    holds: (value: number) => Number.isNaN(value) || (value >= 0 && value <= 1),
    sql: `("${column}" IS NULL OR "${column}" BETWEEN 0 AND 1)`,
  }))

const oneOf = (column: string, names: readonly string[]): RowCheck => ({
  columns: [column],
  expected: `one of ${names.join(', ')}`,
  holds: (value: string) => names.includes(value),
  sql: `"${column}" IN (${names.map((name) => `'${name}'`).join(', ')})`,
})

const notMore = (less: string, than: string): RowCheck => ({
  columns: [less, than],
  expected: `at most as many as its ${than}`,
  holds: (a: number, b: number) => a <= b,
  sql: `"${less}" <= "${than}"`,
})

const examples: readonly RowCheck[] = [
  oneOf('status', STATUSES),
  oneOf('reason', REASONS),
  oneOf('method', METHODS),
  oneOf('goal', GOALS),
  ...atLeast(0, 'index', 'label', 'solves', 'iterations', 'evaluations'),
  ...orNull('target', 'prediction', 'adversarial_prediction'),
  ...(['distortion', 'l2', 'linf'] as const).map((column) => ({
    columns: [column, 'status'],
    expected: 'a number from 0 of a success, and null of others',
    holds: (value: number, status: string) => (status === 'success' ? value >= 0 : Number.isNaN(value)),
    sql: `CASE status WHEN 'success' THEN "${column}" >= 0 AND NOT isnan("${column}") ELSE coalesce(isnan("${column}"), true) END`,
  })),
  {
    columns: ['adversarial_prediction', 'status', 'label'],
    expected: 'another class than the label of a success, and null of others',
    holds: (predicted: number, status: string, label: number) =>
      status === 'success' ? predicted >= 0 && predicted !== label : Number.isNaN(predicted),
    sql: `CASE status WHEN 'success' THEN adversarial_prediction <> label ELSE adversarial_prediction IS NULL END`,
  },
  {
    columns: ['reason', 'status'],
    expected: 'none of a success, and a reason of others',
    holds: (reason: string, status: string) => (reason === 'none') === (status === 'success'),
    sql: `(reason = 'none') = (status = 'success')`,
  },
  {
    columns: ['adversarial', 'status'],
    expected: 'an image of a success, and null of others',
    holds: (isThere: boolean, status: string) => isThere === (status === 'success'),
  },
]

const scores: readonly RowCheck[] = [
  oneOf('kind', SCORE_KINDS),
  oneOf('method', ['', ...METHODS]),
  oneOf('goal', ['', ...GOALS]),
  ...atLeast(0, 'index', 'label', 'prediction'),
  ...orNull('target'),
  {
    columns: ['stddev', 'kind'],
    expected: 'a number from 0 of gaussian and amplified, and null of others',
    holds: (stddev: number, kind: string) =>
      kind === 'gaussian' || kind === 'amplified' ? stddev >= 0 : Number.isNaN(stddev),
    sql: `CASE WHEN kind IN ('gaussian', 'amplified') THEN stddev >= 0 AND NOT isnan(stddev) ELSE coalesce(isnan(stddev), true) END`,
  },
  {
    columns: ['error', 'prediction', 'label'],
    expected: 'true where the prediction is not the label, and only there',
    holds: (error: number, prediction: number, label: number) => (error === 1) === (prediction !== label),
    sql: `error = (prediction <> label)`,
  },
]

/** By table. What is not said here may be any value of its column's type. */
export const CHECKS: { readonly [Name in TableName]: readonly RowCheck[] } = {
  images: atLeast(0, 'index', 'label'),
  examples,
  scores,
  training: [...atLeast(1, 'epoch'), notMore('epoch', 'epochs'), ...fraction('train_error')],
  models: [...atLeast(0, 'images', 'test_images'), ...fraction('train_error', 'test_error')],
  searches: [...atLeast(0, 'index', 'label', 'target', 'c', 'distortion'), ...atLeast(1, 'solve')],
  activations: atLeast(0, 'index', 'label'),
  ranks: [...atLeast(0, 'index', 'label', 'direction'), ...atLeast(1, 'rank'), notMore('rank', 'images')],
  coherence: [
    ...atLeast(0, 'direction', 'label'),
    ...atLeast(1, 'k'),
    notMore('k', 'images'),
    oneOf('end', ENDS),
    ...fraction('purity', 'purity_p', 'entropy_p', 'least_p'),
    ...atLeast(0, 'entropy'),
  ],
}

/** Columns of a table that are never null. */
export const requiredColumns = (table: TableName): readonly string[] =>
  TABLES[table].empty.schema.fields.filter(({ nullable }) => !nullable).map(({ name }) => name)

/**
 * Checks what is read of a table, before anything is made of it: that no column is null which may not be, and every value
 * is one that the table can have. What a file lacks is left to who needs it.
 *
 * @throws RowError `bad-data`, naming row, column, what was expected and what came
 */
export function checkRows(table: TableName, batch: RecordBatch): void {
  const there = new Set(batch.schema.fields.map(({ name }) => name))
  for (const name of requiredColumns(table).filter((column) => there.has(column))) {
    const column = columnOf(batch, name)
    if (column.nullCount === 0) continue
    const row = Array.from({ length: column.length }, (_, i) => i).find((i) => !column.isValid(i)) ?? 0
    throw new RowError(row, name, 'a value', 'null')
  }
  const loaded = new Map<string, ArrayLike<Value>>()
  const valuesOf = (name: string) => {
    const found = loaded.get(name) ?? load(table, batch, name)
    loaded.set(name, found)
    return found
  }
  for (const { columns, expected, holds } of CHECKS[table]) {
    if (!columns.every((name) => there.has(name))) continue
    const values = columns.map(valuesOf)
    for (let row = 0; row < batch.numRows; row++) {
      const [first, ...others] = values.map((column) => column[row])
      if (holds(...([first, ...others] as never[]))) continue
      const beside = others.map((value, i) => `${columns[i + 1]} ${String(value)}`).join(', ')
      throw new RowError(row, columns[0], expected, `${told(first)}${beside && ` beside ${beside}`}`)
    }
  }
}

const told = (value: Value | undefined) =>
  value === true ? 'one' : value === false || Number.isNaN(value) ? 'null' : String(value)

/** A column as its table has it, whatever type of numbers a file has it in. */
function load(table: TableName, batch: RecordBatch, name: string): ArrayLike<Value> {
  const field = TABLES[table].empty.schema.fields.find((one) => one.name === name)
  const type = field?.type as DataType | undefined
  if (DataType.isUtf8(type)) return textsOf(batch, name)
  if (DataType.isBool(type)) return nullsAsNaN(batch, name, flagsOf(batch, name, 0))
  if (DataType.isInt(type) && type.bitWidth === 32) return nullsAsNaN(batch, name, integersOf(batch, name, 0))
  if (DataType.isInt(type) || DataType.isFloat(type)) return numbersOf(batch, name)
  const column: Vector = columnOf(batch, name)
  return Array.from({ length: column.length }, (_, row) => column.isValid(row))
}

function nullsAsNaN(batch: RecordBatch, name: string, values: ArrayLike<number>): ArrayLike<number> {
  const column = columnOf(batch, name)
  if (column.nullCount === 0) return values
  return Float64Array.from({ length: values.length }, (_, row) => (column.isValid(row) ? values[row] : NaN))
}

/**
 * Checks the images of examples: of rows that have one, original and example are finite and, where one is given, within a
 * box: that which is given, or that which the file notes.
 */
export function checkImages(
  batch: RecordBatch,
  names: readonly string[],
  given?: readonly [number, number],
): void {
  const box = given ?? boxOf(batch).box
  const [low, high] = box ?? [-Number.MAX_VALUE, Number.MAX_VALUE]
  const counted = columnOf(batch, names[names.length - 1])
  for (const name of names) {
    const column: Vector = columnOf(batch, name)
    for (let row = 0; row < column.length; row++) {
      if (!counted.isValid(row)) continue
      const image: unknown = column.get(row)
      // what is no list is refused where it is converted
      if (!(image instanceof Vector)) continue
      const pixels = image.toArray() as Float32Array
      for (let at = 0; at < pixels.length; at++) {
        if (pixels[at] >= low && pixels[at] <= high) continue
        const expected = box ? `values from ${low} to ${high}` : 'finite values'
        throw new RowError(row, name, expected, `${pixels[at]} at ${at}`)
      }
    }
  }
}

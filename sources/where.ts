import { DataType, type RecordBatch, type Vector } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { numericOf, realOf, valueType } from '../operators/records/numeric.js'

/** What a column's value is compared with. */
export type WhereValue = string | number | bigint | boolean

/** What a column's value has to be; of several parts all. Texts go by their bytes in UTF-8. */
export interface WhereCondition {
  readonly equals?: WhereValue
  readonly in?: readonly WhereValue[]
  /** The least value that there may be. */
  readonly least?: WhereValue
  /** The largest. */
  readonly most?: WhereValue
}

/**
 * Which rows are read: those whose columns, by their names in the file, meet all conditions. A null and a NaN meet none.
 *
 * A name can also be the key of a folder `KEY=VALUE` that the file is in, which comes before a column of that name: its value
 * is a text, compared as a number with numbers, and with flags as `true` or `false`.
 */
export type Where = Readonly<Record<string, WhereCondition>>

/** Rows from one up to another. */
export type Run = readonly [from: number, to: number]

/** The least and the largest value of some rows of a column, as far as they are known; undefined: nothing is known. */
export interface Bounds {
  readonly least?: WhereValue
  readonly most?: WhereValue
  /** Whether all of the values are null. */
  readonly isNull: boolean
}

const PARTS = ['equals', 'in', 'least', 'most'] as const

/**
 * Checks conditions, before anything is read.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkWhere(where: Where): void {
  for (const [name, condition] of Object.entries<unknown>(where)) {
    const isOne = typeof condition === 'object' && condition !== null
    const parts = isOne ? Object.entries(condition).filter(([, value]) => value !== undefined) : []
    if (parts.length === 0 || parts.some(([part]) => !PARTS.some((known) => known === part)))
      throw new BlindspotError(
        'bad-option',
        `where: ${name}: expected one or more of ${PARTS.join(', ')}, got ${isOne ? Object.keys(condition).join(', ') || 'nothing' : JSON.stringify(condition)}`,
      )
    for (const [part, value] of parts) {
      const values: readonly unknown[] = part === 'in' && Array.isArray(value) ? value : [value]
      if (values.every((one) => kindOf(one) !== undefined)) continue
      throw new BlindspotError(
        'bad-option',
        `where: ${name}: ${part}: expected ${part === 'in' ? 'a list of texts, numbers or flags' : 'a text, a number or a flag'}, got ${String(value)}`,
      )
    }
  }
}

type Kind = 'text' | 'number' | 'flag'

function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'flag'
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value))
    ? 'number'
    : undefined
}

/** Which of two values comes first, as a number below, at or above 0; undefined where they are no two of a kind. */
function compared(a: WhereValue, b: WhereValue): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  const kind = kindOf(a)
  if (kind === undefined || kind === 'text' || kind !== kindOf(b)) return undefined
  // a bigint and a number compare by what they are, without rounding
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether a value, null where there is none, meets a condition. */
export function meets(
  { equals, in: some, least, most }: WhereCondition,
  value: WhereValue | null | undefined,
): boolean {
  if (value === null || value === undefined) return false
  const is = (other: WhereValue) => compared(value, other) === 0
  return (
    (equals === undefined || is(equals)) &&
    (some === undefined || some.some(is)) &&
    (least === undefined || (compared(value, least) ?? -1) >= 0) &&
    (most === undefined || (compared(value, most) ?? 1) <= 0)
  )
}

/** Whether no row within some bounds can meet a condition, for sure. */
export function rulesOut(condition: WhereCondition, { least: low, most: high, isNull }: Bounds): boolean {
  if (isNull) return true
  if (low === undefined || high === undefined) return false
  const order = compared(low, high)
  // what is no range says nothing
  if (order === undefined || order > 0) return false
  const isOutside = (value: WhereValue) => (compared(value, low) ?? 0) < 0 || (compared(value, high) ?? 0) > 0
  const { equals, in: some, least, most } = condition
  return (
    (equals !== undefined && isOutside(equals)) ||
    some?.every(isOutside) === true ||
    (least !== undefined && (compared(high, least) ?? 0) < 0) ||
    (most !== undefined && (compared(low, most) ?? 0) > 0)
  )
}

/** Whether the text of a folder `KEY=VALUE`, null for the folder of nulls, meets a condition. */
export function textMeets(condition: WhereCondition, text: string | null): boolean {
  if (text === null) return false
  const values: readonly WhereValue[] = [
    text,
    ...(text.trim() === '' || Number.isNaN(Number(text)) ? [] : [wholeOrReal(text)]),
    ...(text === 'true' || text === 'false' ? [text === 'true'] : []),
  ]
  const { equals, in: some, ...range } = condition
  const parts: readonly WhereCondition[] = [
    ...(equals === undefined ? [] : [{ equals }]),
    ...(some === undefined ? [] : [{ in: some }]),
    ...Object.entries(range).map(([part, value]) => ({ [part]: value })),
  ]
  return parts.every((part) => values.some((value) => meets(part, value)))
}

const wholeOrReal = (text: string): number | bigint => (/^[+-]?\d+$/.test(text) ? BigInt(text) : Number(text))

/**
 * Rows of a batch that meet all conditions, as runs of them.
 *
 * @throws BlindspotError `bad-option` for a column of another type than a condition's values
 */
export function runsIn(
  batch: RecordBatch,
  where: readonly (readonly [string, WhereCondition])[],
): readonly Run[] {
  const tests = where.map(([name, condition]) => {
    const column: Vector | null = batch.getChild(name)
    if (column === null) throw new Error(`a batch lacks the column ${name}`)
    const read = valuesOf(name, column, condition)
    return (row: number) => meets(condition, read(row))
  })
  if (tests.length === 0) return [[0, batch.numRows]]
  const runs: [number, number][] = []
  for (let row = 0; row < batch.numRows; row++) {
    if (!tests.every((test) => test(row))) continue
    const last = runs.at(-1)
    if (last?.[1] === row) last[1]++
    else runs.push([row, row + 1])
  }
  return runs
}

/** Reads the rows of a column that conditions can be of. */
function valuesOf(
  name: string,
  column: Vector,
  condition: WhereCondition,
): (row: number) => WhereValue | null {
  const type = valueType(column.type as DataType)
  const numeric = numericOf(column)
  const isText = DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)
  const kind: Kind | undefined = isText
    ? 'text'
    : DataType.isBool(type)
      ? 'flag'
      : numeric
        ? 'number'
        : undefined
  const { equals, in: some = [], least, most } = condition
  const asked = [equals, ...some, least, most].filter((value) => value !== undefined)
  const isOf = (value: WhereValue) => kindOf(value) === kind
  // of several values those of another kind are met by nothing
  if (kind === undefined || !(asked.some(isOf) || asked.length === 0 || DataType.isNull(type)))
    throw new BlindspotError(
      'bad-option',
      `where: ${name}: expected ${kind === undefined ? 'a column of texts, numbers or flags' : `a ${kind}`}, got ${
        kind === undefined
          ? `one of ${String(column.type)}`
          : `${asked.map((value) => JSON.stringify(String(value))).join(', ')}, and the column has ${String(column.type)}`
      }`,
    )
  if (!numeric) return (row) => column.get(row) as WhereValue | null
  return (row) => {
    const value = numeric(row)
    return typeof value === 'object' && value !== null ? (realOf(value) ?? null) : value
  }
}

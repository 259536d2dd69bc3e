import { DataType, type Decimal as ArrowDecimal, type Vector } from 'apache-arrow'

/** A number as its column has it: an integer of 64 bits is a bigint, a decimal is unscaled · 10^−scale. */
export type Numeric = number | bigint | Decimal
export interface Decimal {
  readonly unscaled: bigint
  /** Decimal places; negative for tens, hundreds, …. */
  readonly scale: number
}

/** The type of a column's values, behind a dictionary. */
export const valueType = (type: DataType): DataType =>
  DataType.isDictionary(type) ? valueType(type.dictionary as DataType) : type

/** Whether the values of a type are numbers: not so dates, times, durations, booleans, texts, which have them as memory. */
export const isNumeric = (type: DataType): boolean =>
  DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)

/** Reads the rows of a column of numbers, or of nothing but nulls; undefined where its type is another. */
export function numericOf(column: Vector): ((row: number) => Numeric | null) | undefined {
  const type = valueType(column.type as DataType)
  if (DataType.isDecimal(type))
    return (row) => (column.get(row) === null ? null : decimalAt(column, row, type))
  if (!isNumeric(type) && !DataType.isNull(type)) return undefined
  return (row) => column.get(row) as number | bigint | null
}

/** A decimal from its words in memory: Arrow's own reader knows no scale, and no width but 128 bits. */
function decimalAt(column: Vector, row: number, type: ArrowDecimal): Decimal {
  let at = row
  for (const { length, values, dictionary } of column.data) {
    if (at >= length) {
      at -= length
      continue
    }
    if (dictionary !== undefined)
      return decimalAt(dictionary, Number((values as ArrayLike<number | bigint>)[at]), type)
    const words = type.bitWidth / 32
    const own = (values as Uint32Array).subarray(words * at, words * (at + 1))
    const unsigned = own.reduceRight((value, word) => (value << 32n) | BigInt(word), 0n)
    return { unscaled: BigInt.asIntN(type.bitWidth, unsigned), scale: type.scale }
  }
  throw new RangeError(`row ${row} of ${column.length}`)
}

/** A whole number that a double holds with its neighbours, below 2^53; undefined for any other. */
export function wholeOf(value: Numeric): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : undefined
  if (typeof value === 'bigint') return wholeOf(Number(value))
  const whole = withoutFraction(value)
  return whole === undefined ? undefined : wholeOf(Number(whole))
}

/** A number as a double: itself, or a decimal of up to 15 digits, which come back; undefined for what is rounded. */
export function realOf(value: Numeric): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : undefined
  const digits = String(value.unscaled).replace(/^-|0+$/g, '')
  if (digits.length <= DIGITS) return Number(`${value.unscaled}e${-value.scale}`)
  const whole = withoutFraction(value)
  return whole === undefined ? undefined : realOf(whole)
}

/** Decimal digits that any double keeps. */
const DIGITS = 15

function withoutFraction({ unscaled, scale }: Decimal): bigint | undefined {
  const factor = 10n ** BigInt(Math.abs(scale))
  if (scale <= 0) return unscaled * factor
  return unscaled % factor === 0n ? unscaled / factor : undefined
}

/** A value as a message has it. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('unscaled' in value)) return String(value)
  const { unscaled, scale } = value as Decimal
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale))
  const digits = String(unscaled)
    .replace('-', '')
    .padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

import { DataType, Precision, type Data } from 'apache-arrow'

/** Numbers of a row of a column of lists, also of lists in lists. */
export interface NumbersOfRow {
  /** The numbers, whatever they are stored as. */
  readonly values: ArrayLike<number>
  /** Entries at each depth: of `[28][28]` lists 28 and 28. */
  readonly sizes: readonly number[]
}

/** The type of the numbers in a list, in a list of lists, …; undefined of anything else. */
export function numberTypeIn(type: DataType): DataType | undefined {
  if (!isList(type)) return undefined
  const inner = (type.children[0] as { readonly type: DataType } | undefined)?.type
  if (inner === undefined) return undefined
  return DataType.isInt(inner) || DataType.isFloat(inner) ? inner : numberTypeIn(inner)
}

/** Lists of any kind that Arrow has. */
export const isList = (type: DataType) =>
  DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)

/**
 * Reads the rows of a column of lists of numbers: the row's numbers, or in words why there are none, as `null at 3`.
 *
 * @param data the column's
 */
export const numbersIn =
  (data: Data) =>
  (row: number): NumbersOfRow | string => {
    if (!data.getValid(row)) return 'it is null'
    return numbersAt(data, row, row + 1)
  }

/** The numbers of some entries of a list, which all have as many. */
function numbersAt(data: Data, from: number, to: number): NumbersOfRow | string {
  const sizes: number[] = []
  let [at, end, level] = [from, to, data]
  while (isList(level.type)) {
    const size = startOf(level, at + 1) - startOf(level, at)
    for (let entry = at; entry < end; entry++) {
      if (!level.getValid(entry)) return `it has null at ${entry - at}`
      const own = startOf(level, entry + 1) - startOf(level, entry)
      if (own !== size) return `it has lists of ${size} and of ${own}`
    }
    // without entries there is nothing below
    const [first, last] = at === end ? [0, 0] : [startOf(level, at), startOf(level, end)]
    sizes.push(at === end ? 0 : size)
    ;[at, end, level] = [first, last, level.children[0]]
  }
  if (level.nullCount > 0)
    for (let entry = at; entry < end; entry++)
      if (!level.getValid(entry)) return `it has null at ${entry - at}`
  return { values: plain(level, at, end), sizes }
}

function startOf({ type, valueOffsets }: Data, entry: number): number {
  if (DataType.isFixedSizeList(type)) return entry * type.listSize
  return Number((valueOffsets as ArrayLike<number | bigint>)[entry])
}

function plain({ type, values }: Data, from: number, to: number): ArrayLike<number> {
  const part = (values as Float64Array | BigInt64Array).subarray(from, to)
  if (DataType.isFloat(type) && type.precision === Precision.HALF) return Array.from(part, halfOf)
  return part instanceof BigInt64Array || part instanceof BigUint64Array ? Array.from(part, Number) : part
}

/** A number of 16 bits: a sign, 5 bits of exponent, 10 of fraction. */
function halfOf(bits: number | bigint): number {
  const [exponent, fraction] = [(Number(bits) >> 10) & 31, Number(bits) & 1023]
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction > 0
          ? NaN
          : Infinity
        : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return Number(bits) >> 15 ? -size : size
}

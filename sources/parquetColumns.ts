import type { FileMetaData, SchemaElement } from 'hyparquet'
import { sizeOf, type Subtree } from './parquetFields.js'

/** Types of single values. */
export type ScalarType = 'utf8' | 'bool' | 'int32' | 'int64' | 'float32' | 'float64'

/** A value as its type has it: int32 and int64 are bigint, floating point numbers number. */
export type Scalar = string | boolean | bigint | number

/** What all values of a column in a file lie between, both with them; they need not be values themselves. */
export interface Bounds {
  readonly type: ScalarType
  readonly least: Scalar
  readonly most: Scalar
}

/** A column at the top level as a file's footer has it. */
export interface ParquetColumn {
  readonly name: string
  /** Undefined for a type that is none of these: nested deeper, unsigned, a time, …. */
  readonly type: ScalarType | `list<${ScalarType}>` | undefined
  /** Whether the file's schema says that no row is null. */
  readonly required: boolean
  /** The same of the values in its lists; true of a column without. */
  readonly elementRequired: boolean
  /** Parquet field id; files of earlier versions have none. */
  readonly id: number | undefined
  /** The same of the values in its lists. */
  readonly elementId: number | undefined
  /** Bytes that it takes in the file. */
  readonly bytes: number
  /** Rows that are null; undefined of lists, and where a row group does not say. */
  readonly nulls: number | undefined
  /**
   * Undefined of lists, where no row has a value, and where a row group with values does not say. Of floating point numbers
   * NaN does not count: writers leave it out, while readers find it beyond either.
   */
  readonly bounds: Bounds | undefined
}

/**
 * The columns of a file, with what its statistics say.
 *
 * @throws RangeError where a field that is a count is none
 */
export const parquetColumns = (metadata: FileMetaData, subtrees: readonly Subtree[]): ParquetColumn[] =>
  subtrees.map(({ name, elements }) => {
    const [element, ...below] = elements
    const leaf = below.length === 0 ? scalarOf(element) : undefined
    return {
      name,
      ...(leaf === undefined
        ? nested(element, below)
        : { type: leaf, elementRequired: true, elementId: undefined }),
      required: element.repetition_type === 'REQUIRED',
      id: element.field_id,
      bytes: bytesOf(metadata, name),
      nulls: leaf && nullsOf(metadata, name),
      bounds: leaf && boundsOf(metadata, name, leaf),
    }
  })

function scalarOf({
  type,
  converted_type: converted,
  logical_type: logical,
  repetition_type,
}: SchemaElement) {
  if (repetition_type === 'REPEATED') return undefined
  const plain = converted === undefined && logical === undefined
  const isWhole = (bits: number): boolean =>
    plain ||
    (converted === `INT_${bits}` && logical === undefined) ||
    (logical?.type === 'INTEGER' && logical.isSigned && logical.bitWidth === bits)
  if (type === 'BYTE_ARRAY') return converted === 'UTF8' || logical?.type === 'STRING' ? 'utf8' : undefined
  if (type === 'INT32') return isWhole(32) ? 'int32' : undefined
  if (type === 'INT64') return isWhole(64) ? 'int64' : undefined
  if (!plain) return undefined
  return ({ BOOLEAN: 'bool', FLOAT: 'float32', DOUBLE: 'float64' } as const)[type as 'BOOLEAN']
}

/** A list as the format's three levels have it. */
function nested(
  { converted_type: converted, logical_type: logical }: SchemaElement,
  below: readonly SchemaElement[],
): Pick<ParquetColumn, 'type' | 'elementRequired' | 'elementId'> {
  const isList = converted === 'LIST' || logical?.type === 'LIST'
  const [middle, values] = below
  const element = isList && below.length === 2 && middle.repetition_type === 'REPEATED' ? values : undefined
  const type = element && scalarOf(element)
  return {
    type: type && `list<${type}>`,
    elementRequired: element?.repetition_type === 'REQUIRED',
    elementId: element?.field_id,
  }
}

/** Of each row group its rows, and what it says of a column. */
const chunksOf = (metadata: FileMetaData, name: string) =>
  metadata.row_groups.map(({ num_rows, columns }) => ({
    rows: sizeOf(num_rows, 'the rows of a row group'),
    said: columns.find(({ meta_data: column }) => column?.path_in_schema[0] === name)?.meta_data?.statistics,
  }))

function bytesOf(metadata: FileMetaData, name: string): number {
  let bytes = 0
  for (const { columns } of metadata.row_groups)
    for (const { meta_data: column } of columns)
      if (column?.path_in_schema[0] === name)
        bytes += sizeOf(column.total_compressed_size, `the size of column ${name}`)
  return bytes
}

function nullsOf(metadata: FileMetaData, name: string): number | undefined {
  let nulls = 0
  for (const { said } of chunksOf(metadata, name)) {
    if (said?.null_count === undefined) return undefined
    nulls += sizeOf(said.null_count, `the nulls of column ${name}`)
  }
  return nulls
}

function boundsOf(metadata: FileMetaData, name: string, type: ScalarType): Bounds | undefined {
  const found: Bounds[] = []
  for (const { rows, said } of chunksOf(metadata, name)) {
    if (said?.null_count !== undefined && Number(said.null_count) === rows) continue
    const least = lower(type, said?.min_value)
    const most = upper(type, said?.max_value)
    if (least === undefined || most === undefined) return undefined
    found.push({ type, least, most })
  }
  return found.length === 0 ? undefined : found.reduce(around)
}

/** Characters of a text that is a bound, at most: a longer one says no more. */
const LONGEST = 64
/** The last character that there is, which no text has. */
const LAST = '\u{10ffff}'

function lower(type: ScalarType, value: unknown): Scalar | undefined {
  const least = valueOf(type, value)
  if (least === 0) return -0
  return typeof least === 'string' ? Array.from(least).slice(0, LONGEST).join('') : least
}

function upper(type: ScalarType, value: unknown): Scalar | undefined {
  const most = valueOf(type, value)
  // of two zeros which differ in sign alone either may be in the statistics
  if (most === 0) return 0
  if (typeof most !== 'string') return most
  const characters = Array.from(most)
  if (characters.length <= LONGEST) return most
  return characters[LONGEST] === LAST ? undefined : characters.slice(0, LONGEST).join('') + LAST
}

function valueOf(type: ScalarType, value: unknown): Scalar | undefined {
  if (type === 'utf8') return typeof value === 'string' ? value : undefined
  if (type === 'bool') return typeof value === 'boolean' ? value : undefined
  if (type === 'int32' || type === 'int64') return wholeNumber(value)
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined
}

const wholeNumber = (value: unknown): bigint | undefined =>
  typeof value === 'bigint'
    ? value
    : typeof value === 'number' && Number.isSafeInteger(value)
      ? BigInt(value)
      : undefined

const around = (a: Bounds, b: Bounds): Bounds => ({
  type: a.type,
  least: isLess(a.least, b.least) ? a.least : b.least,
  most: isLess(a.most, b.most) ? b.most : a.most,
})

/** The order of Parquet's texts is that of their bytes, which is not JavaScript's beyond the first 65,536 characters. */
const isLess = (a: Scalar, b: Scalar) =>
  typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 : a < b

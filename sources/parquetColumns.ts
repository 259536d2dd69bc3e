import type { FileMetaData, SchemaElement } from 'hyparquet'
import { sizeOf, type Subtree } from './parquetFields.js'

/** Types of single values. */
export type ScalarType = 'utf8' | 'bool' | 'int32' | 'int64' | 'float32' | 'float64'

/** What all values of a column in a file lie between, both with them. */
export type Bounds =
  | { readonly type: 'utf8'; readonly least: string; readonly most: string }
  | { readonly type: 'int32' | 'int64'; readonly least: bigint; readonly most: bigint }

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
  /** Rows that are null; undefined of lists, and where a row group does not say. */
  readonly nulls: number | undefined
  /** Only of texts and whole numbers, and where every row group with a value says so exactly. */
  readonly bounds: Bounds | undefined
}

/** Characters of a text that is a bound, at most: a longer one says no more. */
const LONGEST = 128

/**
 * The columns of a file, with what its statistics say for certain. Of floating point numbers they say nothing that could be
 * relied on: writers leave NaN out of least and largest, while readers find it beyond either.
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
  [middle, ...values]: readonly SchemaElement[],
): Pick<ParquetColumn, 'type' | 'elementRequired' | 'elementId'> {
  const isList = converted === 'LIST' || logical?.type === 'LIST'
  const element =
    isList && middle?.repetition_type === 'REPEATED' && values.length === 1 ? values[0] : undefined
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
    if (said?.is_min_value_exact === false || said?.is_max_value_exact === false) return undefined
    const bounds = between(type, said?.min_value, said?.max_value)
    if (bounds === undefined) return undefined
    found.push(bounds)
  }
  return found.length === 0 ? undefined : found.reduce(around)
}

function between(type: ScalarType, least: unknown, most: unknown): Bounds | undefined {
  if (type === 'utf8') return isShort(least) && isShort(most) ? { type, least, most } : undefined
  if (type !== 'int32' && type !== 'int64') return undefined
  return isWhole(least) && isWhole(most) ? { type, least: BigInt(least), most: BigInt(most) } : undefined
}

/** What is no UTF-8 was decoded to something else. */
const isShort = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST && !value.includes('\ufffd')

const isWhole = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isSafeInteger(value)

function around(a: Bounds, b: Bounds): Bounds {
  if (a.type === 'utf8' && b.type === 'utf8')
    return {
      type: 'utf8',
      least: byBytes(a.least, b.least) <= 0 ? a.least : b.least,
      most: byBytes(a.most, b.most) >= 0 ? a.most : b.most,
    }
  if (a.type === 'utf8' || b.type === 'utf8') return a
  return {
    type: a.type,
    least: a.least <= b.least ? a.least : b.least,
    most: a.most >= b.most ? a.most : b.most,
  }
}

/** The order of Parquet's texts, which is not JavaScript's beyond the first 65,536 characters. */
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

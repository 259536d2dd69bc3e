import type { Rule, Table, TableColumn } from './schema.js'
import { snakeCase } from './snakeCase.js'

/** What holds of every row of a table. */
export interface RowCheck extends Omit<Rule, 'sql'> {
  /** The check as SQL; none where a column is too large to be asked by SQL. */
  readonly sql?: string
}

/** All that is checked of a table's rows beside that no column is null which may not be: names first, others go by them. */
export const checksOf = ({
  columns,
  rules,
}: Pick<Table<never>, 'columns' | 'rules'>): readonly RowCheck[] => [
  ...columns.flatMap(({ name, kind }) => (kind.names === undefined ? [] : [oneOf(name, kind.names)])),
  ...columns.flatMap((column) => valueCheck(column) ?? []),
  ...rules,
]

/** The columns of a table that are never null. */
export const requiredColumns = ({ columns }: Pick<Table<never>, 'columns'>): readonly string[] =>
  columns.filter(({ kind }) => !kind.nullable).map(({ name }) => name)

/** What a column says of its values; undefined where all of its type will do. */
function valueCheck(column: TableColumn): RowCheck | undefined {
  const { type } = column.kind
  if (type === 'utf8' || type === 'bool') return undefined
  return type === 'list<float32>' ? presence(column) : range(column)
}

const oneOf = (column: string, names: readonly string[]): RowCheck => ({
  columns: [column],
  expected: `one of ${names.join(', ')}`,
  holds: (value: string) => names.includes(value),
  sql: `"${column}" IN ${listed(names)}`,
})

const listed = (names: readonly string[]) => `(${names.map((name) => `'${name}'`).join(', ')})`

/** The column by which another one has a value or is null, and where it has one. */
function onlyOf({ only }: TableColumn) {
  if (only === undefined) return undefined
  const [[field, names]] = Object.entries(only)
  const by = snakeCase(field)
  return { by, names, where: `where its ${by} is ${names.join(' or ')}, and null elsewhere` }
}

function presence(column: TableColumn): RowCheck | undefined {
  const only = onlyOf(column)
  return (
    only && {
      columns: [column.name, only.by],
      expected: `a list ${only.where}`,
      holds: (isThere: boolean, by: string) => isThere === only.names.includes(by),
    }
  )
}

/** Checks that numbers are within bounds, of which another column may be one, and null only where that may be. */
function range(column: TableColumn): RowCheck | undefined {
  const { name, kind, least, most } = column
  const only = onlyOf(column)
  const isReal = kind.type === 'float64'
  const mayBeNull = Boolean(column.null ?? column.optional)
  if (least === undefined && most === undefined && only === undefined && (mayBeNull || !isReal))
    return undefined
  const bound = typeof most === 'string' ? snakeCase(most) : undefined
  const number = `a ${isReal ? '' : 'whole '}number${rangeText(least, bound === undefined ? most : `its ${bound}`)}`
  // NaN is within no range
  const isWithin = (value: number, upper: number) => value >= (least ?? -Infinity) && value <= upper
  const limits = [
    ...(least === undefined ? [] : [`"${name}" >= ${least}`]),
    ...(most === undefined ? [] : [`"${name}" <= ${bound === undefined ? most : `"${bound}"`}`]),
  ]
  // in DuckDB NaN is above all numbers
  const isNull = isReal ? `("${name}" IS NULL OR isnan("${name}"::DOUBLE))` : `("${name}" IS NULL)`
  const within = [`NOT ${isNull}`, ...limits].join(' AND ')
  return {
    columns: [name, ...(bound === undefined ? [] : [bound]), ...(only === undefined ? [] : [only.by])],
    expected: only ? `${number} ${only.where}` : mayBeNull ? `${number}, or null` : number,
    holds(value: number, ...beside: readonly (number | string)[]) {
      const upper = bound === undefined ? (most ?? Infinity) : beside[0]
      if (only?.names.includes(String(beside.at(-1))) ?? !(mayBeNull && Number.isNaN(value)))
        return isWithin(value, Number(upper))
      return Number.isNaN(value)
    },
    sql: only
      ? `CASE WHEN "${only.by}" IN ${listed(only.names)} THEN ${within} ELSE ${isNull} END`
      : mayBeNull
        ? `(${isNull} OR ${within})`
        : within,
  }
}

/** Bounds in words, ` from LEAST to MOST`, as far as there are such. */
export const rangeText = (least: number | undefined, most: number | string | undefined): string =>
  [...(least === undefined ? [] : [` from ${least}`]), ...(most === undefined ? [] : [` to ${most}`])].join(
    '',
  )

import {
  codeKind,
  FLAG,
  FLAG_OR_NULL,
  integerKind,
  listKind,
  longKind,
  nameKind,
  NUMBER,
  TEXT,
  type Kind,
} from './kind.js'

/** What is said of a column beside its sentence; other columns go by their field's name in the record. */
export interface ColumnOptions {
  readonly unit?: string
  /** The least value. */
  readonly least?: number
  /** The largest value, or the column which has it. */
  readonly most?: number | string
  /** Where the column is null, as "where no c failed"; such a column, and one of `only`, has rows without a value. */
  readonly null?: string
  /** Another column, and the names of it with which this column has a value, always; with others it is null. */
  readonly only?: Readonly<Record<string, readonly string[]>>
  /** Whether all rows of a batch of records have one value: a batch ends where the value changes. */
  readonly constant?: true
  /** Whether files of earlier versions lack the column; their rows have nothing: an empty text, false or null. */
  readonly later?: true
  /**
   * Whether a record may do without the column, and files of earlier versions lack it; their rows have an empty text
   * or null.
   */
  readonly optional?: true
  /**
   * For lists that may be null: the column whose lists are as long, and are in the record where this column has none.
   */
  readonly like?: string
}

/** A column: how its values lie, and what is said of it. */
export type Column<Cell, Values, Options extends object = ColumnOptions> = Options & {
  readonly kind: Kind<Cell, Values>
  /** What the column holds, in one sentence. */
  readonly sentence: string
}

/** Whether rows may lack a value. */
const hasNull = ({ null: where, only, optional }: ColumnOptions) => Boolean(where ?? only ?? optional)

const columnOf =
  <Cell, Values>(kindOf: (options: ColumnOptions) => Kind<Cell, Values>) =>
  <const Options extends ColumnOptions = object>(
    sentence: string,
    options?: Options,
  ): Column<Cell, Values, Options> => ({
    ...(options ?? ({} as Options)),
    sentence,
    kind: kindOf(options ?? {}),
  })

/** Any text. */
export const text = columnOf(() => TEXT)

/** One of some names. */
export const name = <Name extends string, const Options extends ColumnOptions = object>(
  names: readonly Name[],
  sentence: string,
  options?: Options,
) => columnOf(() => nameKind(names))(sentence, options)

/** One of some names, in batches its position among them. */
export const code = <Name extends string, const Options extends ColumnOptions = object>(
  names: readonly Name[],
  sentence: string,
  options?: Options,
) => columnOf(() => codeKind(names))(sentence, options)

/** Whole numbers of 32 bits; null is -1 in records. */
export const integer = columnOf((options) => integerKind(hasNull(options)))

/** Whole numbers below 2^53; null is NaN in records. */
export const long = columnOf((options) => longKind(hasNull(options)))

/** Doubles; null is NaN in records. */
export const number = columnOf(() => NUMBER)

/** Whether something is so. */
export const flag = columnOf(() => FLAG)

/** Whether something is so, or null where that is not known; null is -1 in records. */
export const flagOrNull = columnOf(() => FLAG_OR_NULL)

/** Lists of float32, all of one length. */
export const list = columnOf((options) => listKind(hasNull(options)))

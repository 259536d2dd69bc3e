/** Numbers of a data set beside the paper's: made once, and shown as text, Markdown, CSV and HTML. */
export interface Table extends Grid {
  /** Id of the table's HTML element. */
  readonly id: string
  /** The claim of the paper that the table is about. */
  readonly claim: string
  readonly verdict: Verdict | undefined
  /** Why there are no rows, or not all. */
  readonly missing: readonly string[]
  /** What a cell holds, where that is not a number and its interval. */
  readonly caption?: string | undefined
  /** Tables of the same kind that are shown to who asks. */
  readonly folded?: readonly Grid[] | undefined
  readonly notes: readonly string[]
  /** SQL that the numbers come from, over views with the names of the tables. */
  readonly queries: readonly string[]
}

/** Whether a claim of the paper holds, computed from the rows. */
export interface Verdict {
  readonly state: 'holds' | 'partly' | 'no' | 'open'
  /** The verdict and the numbers that it is from, for people. */
  readonly sentence: string
  /** When the claim is said to hold. */
  readonly rule: string
}

/** A verdict's state in words. */
export const STATES: Readonly<Record<Verdict['state'], string>> = {
  holds: 'Holds',
  partly: 'Holds in part',
  no: 'Does not hold',
  open: 'Not sure',
}

/** Rows and columns of cells. */
export interface Grid {
  readonly title: string
  /** What the names of the grid's rows are. */
  readonly of: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** A column of a grid. */
export interface Column {
  /** The column's name in a file. */
  readonly key: string
  readonly title: string
  /** What a line of a file is of beside its row, such as `{fed_to: 'AE400-10'}`; columns of the same share the line. */
  readonly line?: Fields
  readonly names?: Names
  /** Whether the column is in files alone. */
  readonly aside?: boolean
}

/** Names of a number's parts in a file, where they are not KEY_n, KEY_low and KEY_high; a count without a name is in none. */
export type Names = Readonly<Partial<Record<'n' | 'count' | 'low' | 'high', string>>>

/** What one line of a file says, by column. */
export type Fields = Readonly<Record<string, string | number | null>>

/** A row of a grid, with a cell for each column that has one. */
export interface Row {
  /** Rows of one group follow each other under its name. */
  readonly group?: string | undefined
  readonly name: string
  /** The row's name in a file's columns. */
  readonly keys: Fields
  /** How many images or directions its cells are of; a cell of another number says its own. */
  readonly n?: number | undefined
  readonly cells: readonly (Cell | undefined)[]
}

/** A number beside the paper's, or a text. */
export type Cell = Measure | { readonly text: string }

/** How a number is written: a share in per cent, with a sign, to so many significant digits, or with decimals. */
export type Unit = 'percent' | 'rms' | 'bits' | 'count' | 'signed' | 'significant' | 'p' | 'plain'

export interface Quantity {
  /** NaN where there is none. */
  readonly value: number
  readonly unit: Unit
  readonly digits: number
  /** Lower end of the value's 95 % interval; NaN for a single value, which has none. */
  readonly low?: number | undefined
  readonly high?: number | undefined
  /** How many images or directions the value is of. */
  readonly n?: number | undefined
  /** How many of the n, for a share. */
  readonly count?: number | undefined
}

export interface Measure extends Quantity {
  /** The paper's value, in the unit of ours. */
  readonly paper?: number | undefined
  /** Whether the two differ by more than sampling explains. */
  readonly differs?: boolean | undefined
  readonly more?: readonly More[] | undefined
  /** Share of the colour scale that the cell is coloured with, in [0, 1]. */
  readonly heat?: number | undefined
}

/** Something else that a cell says: another number, or a text. */
export type More = (Quantity | { readonly text: string }) & {
  /** The number's name in a file. */
  readonly key: string
  readonly names?: Names
  /** Words before and after the number. */
  readonly before?: string
  readonly after?: string
  /** Whether the part is in files alone. */
  readonly aside?: boolean
  /** Whether a cell that opens has the part before that; without its interval where it is not `whole`. */
  readonly shown?: boolean
  /** Whether the number is nowhere without its interval, and its words say its N. */
  readonly whole?: boolean
}

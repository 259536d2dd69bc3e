/** What a field holds. */
export type JsonType =
  'text' | 'texts' | 'count' | 'number' | 'yes or no' | 'estimate' | 'object' | 'objects' | 'any'

export interface JsonField {
  readonly type: JsonType
  /** Whether it can be null, or is not there. */
  readonly optional?: boolean
  /** What it says. */
  readonly text: string
}

/** A kind of line that a command prints with `--json`. */
export interface JsonLine {
  /** The command's name, with that of its part. */
  readonly command: string
  /** What there is a line of. */
  readonly of: string
  readonly fields: Readonly<Record<string, JsonField>>
}

/** A field that is always there. */
export const field = (type: JsonType, text: string): JsonField => ({ type, text })
/** The same of one that can be null, or is not there. */
export const maybe = (type: JsonType, text: string): JsonField => ({ type, text, optional: true })

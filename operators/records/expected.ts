import * as v from 'valibot'

/** A check of a value whose message is what is expected, such as `a finite number`. */
export const expected = <T>(holds: (value: T) => boolean, what: string): v.CheckAction<T, string> =>
  v.check(holds, what)

/** An object that has these keys and no other; an error of another one names them. */
export const keyed = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, ({ expected: type, message }) =>
    type === 'never' ? `one of the keys ${Object.keys(entries).join(', ')}` : message,
  )

/** The keys from a value to the one that is wrong, as people write them: `files[2].rows`. */
export function placeOf({ path }: v.BaseIssue<unknown>, start = '', named: (key: string) => string = String) {
  const place = (path ?? []).reduce(
    (so, { key }) => so + (typeof key === 'number' ? `[${key}]` : `.${named(String(key))}`),
    start,
  )
  return place.replace(/^\./, '')
}

/** What an issue of valibot says, as all errors here do: `PLACE: expected X, got Y`; without a place only the rest. */
export function mismatch(issue: v.BaseIssue<unknown>, place: string): string {
  return `${place && `${place}: `}expected ${wanted(issue)}, got ${shown(issue.input)}`
}

/** A schema's own message is what it expects; valibot's are made from the names of its types. */
function wanted({ message, input, expected: type }: v.BaseIssue<unknown>): string {
  if (!message.startsWith('Invalid ')) return message
  // of a missing key valibot only tells the name
  if (input === undefined || type === null) return 'a value'
  const choices = type.replace(/^\((.*)\)$/, '$1').split(' | ')
  if (!choices.every((choice) => choice.startsWith('"'))) return choices.map(worded).join(' or ')
  return choices.length === 1 ? type : `one of ${choices.map((choice) => choice.slice(1, -1)).join(', ')}`
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'an object',
}

const worded = (type: string) =>
  WORDS[type] ?? type.replace(/^>=(.*)/, '$1 or more').replace(/^<=(.*)/, 'at most $1')

/** A value as an error shows it: as JSON where it is that, and no more than 60 characters of it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none'
  const text = jsonOf(value)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}

/** A value as JSON, or what it is where JSON has no word for it or another, such as null for NaN. */
function jsonOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  try {
    const text: unknown = JSON.stringify(value)
    if (typeof text === 'string') return text
  } catch {
    // a cycle, or a bigint in it
  }
  return `a value of type ${typeof value}`
}

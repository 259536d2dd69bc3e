import { ExactNumber, type Answer, type SqlValue } from '../../sources/query/answer.js'

/** An answer as one JSON array of objects, a line each. */
export async function* jsonAnswer(answer: Answer): AsyncGenerator<string, void, undefined> {
  let before = '[\n'
  for await (const lines of linesOf(answer)) {
    if (lines.length > 0) yield `${before}${lines.join(',\n')}`
    before = lines.length > 0 ? ',\n' : before
  }
  yield before === ',\n' ? '\n]\n' : '[]\n'
}

/** An answer as JSON objects, a line each. */
export async function* jsonLinesAnswer(answer: Answer): AsyncGenerator<string, void, undefined> {
  for await (const lines of linesOf(answer)) if (lines.length > 0) yield `${lines.join('\n')}\n`
}

async function* linesOf({ columns, chunks }: Answer): AsyncGenerator<readonly string[], void, undefined> {
  const keys = columns.map(({ name }) => jsonText(name))
  for await (const chunk of chunks)
    yield chunk.rows().map((row) => `{${row.map((value, i) => `${keys[i]}:${jsonText(value)}`).join(',')}}`)
}

/**
 * A value as JSON: whole numbers and decimals of any size by their digits, NaN and the infinities, which JSON does not have,
 * as null, structs and maps as objects. No character is one that terminals obey.
 */
export function jsonText(value: SqlValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quotedText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : 'null'
  if (typeof value !== 'object') return String(value)
  if (value instanceof ExactNumber) return value.digits
  if (value instanceof Map)
    return `{${[...(value as ReadonlyMap<string, SqlValue>)].map(([key, one]) => `${quotedText(key)}:${jsonText(one)}`).join(',')}}`
  return `[${(value as readonly SqlValue[]).map(jsonText).join(',')}]`
}

/** −0 is no 0. */
const numberText = (value: number) => (Object.is(value, -0) ? '-0.0' : String(value))

const quotedText = (text: string) =>
  JSON.stringify(text).replace(/\p{Cc}/gu, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)

import type { SchemaElement } from 'hyparquet'

/** What the footer's reader takes from a file is of any type, whatever its own types say: the fields that count are looked at. */

/** A whole number that is exact in float64. */
export function wholeOf(value: unknown, what: string): number {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : NaN
  if (!Number.isSafeInteger(number)) throw new RangeError(`${what} is no whole number`)
  return number
}

/** A field that is a size or a number of things. */
export function sizeOf(value: unknown, what: string): number {
  const number = wholeOf(value, what)
  if (number < 0) throw new RangeError(`${what} is ${number}, which is no size`)
  return number
}

export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw new RangeError(`${what} is no text`)
}

/** A column at the top level: its schema elements, itself and what is below it. */
export interface Subtree {
  readonly name: string
  readonly elements: readonly SchemaElement[]
}

/** Columns within each other. */
const DEEPEST = 64

/** The schema is a tree in depth-first order, each element with its number of children: the root's subtrees. */
export function subtreesOf([, ...elements]: readonly SchemaElement[]): readonly Subtree[] {
  const end = (at: number, depth: number): number => {
    if (at >= elements.length) throw new RangeError('the schema has fewer columns than it says')
    if (depth > DEEPEST) throw new RangeError(`columns lie more than ${DEEPEST} deep`)
    const children = sizeOf(elements[at].num_children ?? 0, 'a number of columns')
    let to = at + 1
    for (let child = 0; child < children; child++) to = end(to, depth + 1)
    return to
  }
  const subtrees: Subtree[] = []
  for (let from = 0, to = 0; from < elements.length; from = to) {
    to = end(from, 1)
    const name = textOf(elements[from].name, 'the name of a column')
    subtrees.push({ name, elements: elements.slice(from, to) })
  }
  return subtrees
}

/** A column's type in words, such as `list<uint8>` or `struct<bytes binary, path utf8>`. */
export function typeText([top, ...below]: readonly SchemaElement[]): string {
  const children = below.length === 0 ? [] : subtreesOf([top, ...below])
  if (children.length === 0) return leafText(top)
  if (top.logical_type?.type === 'MAP' || top.converted_type === 'MAP') return 'map'
  if (top.logical_type?.type !== 'LIST' && top.converted_type !== 'LIST')
    return `struct<${children.map(({ name, elements }) => `${name} ${typeText(elements)}`).join(', ')}>`
  // the format has a group of its own between a list and its values
  const [, ...values] = children[0].elements
  return `list<${typeText(values.length === 0 ? children[0].elements : values)}>`
}

const PLAIN: Readonly<Record<string, string>> = {
  ...{ BOOLEAN: 'bool', INT32: 'int32', INT64: 'int64', FLOAT: 'float32', DOUBLE: 'float64' },
  BYTE_ARRAY: 'binary',
}

function leafText({ type, converted_type: converted, logical_type: logical }: SchemaElement): string {
  if (logical?.type === 'INTEGER') return `${logical.isSigned ? 'int' : 'uint'}${logical.bitWidth}`
  if (converted === 'UTF8' || logical?.type === 'STRING') return 'utf8'
  const known = (converted ?? logical?.type)?.toLowerCase().replace(/^(u?int)_/, '$1')
  if (known !== undefined) return known
  const name = type ?? 'nothing'
  return Object.hasOwn(PLAIN, name) ? PLAIN[name] : name.toLowerCase()
}

import type { Test } from 'tap'
import { printResults, type PrintedResults } from '../../pipelines/commands/printResults.js'
import type { JsonType } from '../../pipelines/commands/jsonField.js'
import { JSON_LINES } from '../../pipelines/commands/jsonFields.js'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown) => typeof value === 'number'

const IS: Readonly<Record<JsonType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  count: (value) => Number.isInteger(value),
  number: isNumber,
  'yes or no': (value) => typeof value === 'boolean',
  estimate: (value) =>
    isObject(value) &&
    Object.keys(value).sort().join() === 'high,low,n,value' &&
    // of nothing there is no share
    (value['n'] === 0 || ['value', 'low', 'high'].every((name) => isNumber(value[name]))),
  object: isObject,
  objects: (value) => Array.isArray(value) && value.every(isObject),
  any: () => true,
}

/** Holds a line that a command printed to what is said of one of its lines: its names, all of them, and their types. */
export function heldTo(t: Test, command: string, line: string): void {
  const value = JSON.parse(line) as Readonly<Record<string, unknown>>
  const faults = JSON_LINES.filter((one) => one.command === command).map(({ of, fields }) => [
    of,
    ...Object.keys(value).flatMap((name) => (name in fields ? [] : [`${name} is not said`])),
    ...Object.entries(fields).flatMap(([name, { type, optional = false }]) => {
      const one = value[name]
      if (one === undefined || one === null) return optional ? [] : [`${name} is missing`]
      return IS[type](one) ? [] : [`${name}: expected ${type}, got ${JSON.stringify(one).slice(0, 80)}`]
    }),
  ])
  const fits = faults.some((one) => one.length === 1)
  t.ok(fits, `${command} --json${fits ? '' : `: ${JSON.stringify(faults)}`}`)
  const names = (one: unknown): readonly string[] =>
    Array.isArray(one)
      ? one.flatMap(names)
      : isObject(one)
        ? Object.entries(one).flatMap(([name, inner]) => [name, ...names(inner)])
        : []
  t.same(
    names(value).filter((name) => /^[a-z]+[A-Z]/.test(name)),
    [],
    'the names of columns',
  )
}

/** The line of JSON that is printed of what a job has made. */
export function printedResults(results: PrintedResults, fields: object): string {
  const log = console.log.bind(console)
  let line = ''
  console.log = (text: string) => void (line += text)
  try {
    printResults({ json: true }, results, [], performance.now(), { fields })
  } finally {
    console.log = log
  }
  return line
}

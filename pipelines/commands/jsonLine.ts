import { snakeCase } from '../../operators/records/snakeCase.js'

/** A name of code: words in camelCase, of at least two. */
const CAMEL = /^[a-z][a-z0-9]*([A-Z][a-z0-9]*)+$/

/**
 * A result as one line of JSON: what code calls `successRate` is `success_rate`, as a column of a table would be. Other keys, such as
 * names of networks or of files, are as they are. No character is one that terminals obey: JavaScript leaves those above 0x7e
 * as they are.
 *
 * @example jsonLine({ successRate: { n: 1, value: NaN } }) // {"success_rate":{"n":1,"value":null}}
 */
export const jsonLine = (value: object): string =>
  JSON.stringify(value, named).replace(/\p{Cc}/gu, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)

function named(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [columnName(key), one as unknown]))
}

/** A name of code as a column has it; other keys as they are. */
export const columnName = (key: string): string => (CAMEL.test(key) ? snakeCase(key) : key)

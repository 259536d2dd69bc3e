import { isObject } from './isObject.js'
import { unexpected } from './unexpected.js'

type Meaning = readonly [expected: string, holds: (given: unknown) => boolean]

const FUNCTION: Meaning = ['a function', (given) => typeof given === 'function']
const TEXT: Meaning = ['a path', (given) => typeof given === 'string']

/** What options are by their names, whoever has them. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  // by its tag: one of another realm, such as a test runner's, is one
  ['signal', ['an AbortSignal', (given) => Object.prototype.toString.call(given) === '[object AbortSignal]']],
  ['where', ['an object of conditions by columns', isObject]],
  ['report', ['true or false', (given) => typeof given === 'boolean']],
  ['out', TEXT],
  ['dir', TEXT],
])

/**
 * Checks the kinds of options whose names mean the same everywhere: `onProgress`, or on anything, is a function, `signal` an
 * AbortSignal. One that is undefined is none.
 *
 * @param of whose options they are
 * @throws BlindspotError `bad-option`
 * @example requireMeant('evaluateModels', { signal })
 */
export function requireMeant(of: string, options: object): void {
  for (const [name, given] of Object.entries(options) as [string, unknown][]) {
    const meaning = /^on[A-Z]/.test(name) ? FUNCTION : MEANINGS.get(name)
    if (given === undefined || meaning === undefined) continue
    const [expected, holds] = meaning
    if (!holds(given)) throw unexpected(`${of}: ${name}`, expected, given)
  }
}

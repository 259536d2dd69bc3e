import { BlindspotError } from '../errors.js'

/**
 * Checks that options have no other keys than these: TypeScript sees it beforehand, JavaScript does not.
 *
 * @throws BlindspotError `bad-option` that names the first unknown one, and those that there are
 */
export function knownOptions(owner: string, options: object, known: readonly string[]): void {
  const given: unknown = options
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new BlindspotError('bad-option', `${owner}: expected an object of options, got ${String(given)}`)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${owner}: expected options among ${known.join(', ')}, got '${unknown}'`,
  )
}

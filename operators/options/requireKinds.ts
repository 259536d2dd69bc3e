import { described } from './described.js'
import { BlindspotError } from '../errors.js'

/**
 * Checks that something is an array, which JavaScript does not: a text is a list of its letters.
 *
 * @param what what it is, such as `score: models`
 * @param of what it has, such as `classifiers`
 * @throws BlindspotError `bad-option`
 */
export function requireArray(what: string, given: unknown, of: string): void {
  if (Array.isArray(given)) return
  throw new BlindspotError('bad-option', `${what}: expected an array of ${of}, got ${described(given)}`)
}

/**
 * Checks that something is a text.
 *
 * @param what what it is, such as `loadClassifier`
 * @param form what the text is, such as `a folder with model.json`
 * @throws BlindspotError `bad-option`
 */
export function requireText(what: string, given: unknown, form: string): void {
  if (typeof given === 'string') return
  throw new BlindspotError('bad-option', `${what}: expected ${form}, got ${described(given)}`)
}

/**
 * Checks that something is an array of texts.
 *
 * @param of what it has, such as `paths of models`
 * @throws BlindspotError `bad-option`
 */
export function requireTextsIn(what: string, given: unknown, of: string): void {
  requireArray(what, given, of)
  for (const one of given as readonly unknown[]) requireText(what, one, of)
}

/**
 * Checks that a text is one of a few.
 *
 * @param what what it is, such as `exportExamples: as`
 * @throws BlindspotError `bad-option`
 */
export function requireOneOf(what: string, given: unknown, names: readonly string[]): void {
  if (typeof given === 'string' && names.includes(given)) return
  const choices = names.length === 2 ? names.join(' or ') : `one of ${names.join(', ')}`
  throw new BlindspotError('bad-option', `${what}: expected ${choices}, got ${described(given)}`)
}
